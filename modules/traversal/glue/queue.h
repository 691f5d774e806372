/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file queue.h  Datagrams from Kamailio's processes to one of the module's
 *
 * A pair of sockets made before any process is forked, the same in all: [0] is
 * read by the one, [1] written by the others. Nobody waits. The descriptors are
 * the caller's.
 */
#ifndef TRAVERSAL_GLUE_QUEUE_H
#define TRAVERSAL_GLUE_QUEUE_H

/* in mod_init; bytes that may wait, 0: as the system has it; 0 or an errno */
int queue_open(int fd[2], int bytes);
void queue_close(int fd[2]);

#endif
