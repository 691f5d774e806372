/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file holes.h  Free blocks of the usual sizes in a worker's private memory
 *
 * Kamailio's default allocator looks for a free block from the list of the
 * wanted size on, through about a thousand lists up to the largest. In a
 * process that has freed little they are all empty, and each pkg_malloc(), some
 * thirty for a REGISTER, walks through all of them: a third of a worker's time.
 * So there are to be free blocks of the sizes that a message takes, each between
 * two that are in use, since free neighbours are joined.
 *
 * Owns: what it leaves in the process's private memory, about 40 KB.
 */
#ifndef TRAVERSAL_GLUE_HOLES_H
#define TRAVERSAL_GLUE_HOLES_H

/* in a SIP worker's child_init */
void holes_make(void);

#endif
