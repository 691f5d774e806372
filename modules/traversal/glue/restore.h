/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file restore.h  Contacts back from the store into usrloc, at the start
 */
#ifndef TRAVERSAL_GLUE_RESTORE_H
#define TRAVERSAL_GLUE_RESTORE_H

/* in mod_init, before there are workers. Brings the file's schema up to date,
 * too. -1: the store can't be read; that is logged, and no reason not to start */
int restore_contacts(const char *store_path);

#endif
