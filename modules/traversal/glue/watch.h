/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file watch.h  One relay as the monitor sees it: up, down, what it reports
 *
 * Owns: a connection a relay, on which its events come.
 */
#ifndef TRAVERSAL_GLUE_WATCH_H
#define TRAVERSAL_GLUE_WATCH_H

/* connects where it isn't, reads the events that have come. In the monitor
 * only */
void watch_relay(unsigned i);
/* to poll; -1: not connected */
int watch_fd(unsigned i);

#endif
