/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file monitor.h  The process that watches the relays
 *
 * It closes sessions for the workers, so that none waits for a BYE's sake;
 * opens them again when a relay was restarted; and ends calls whose media
 * stopped. Owns: the queue from the workers, the connections for events.
 */
#ifndef TRAVERSAL_GLUE_MONITOR_H
#define TRAVERSAL_GLUE_MONITOR_H

#include "logic/session.h"

/* store_path: "" for none */
int monitor_mod_init(const char *store_path);
/* in child_init(PROC_MAIN): 0, -1 */
int monitor_fork(void);
void monitor_destroy(void);

/* from any process, without waiting: the session, which is no longer in the
 * table, is closed at its relay and its flows are recorded */
void monitor_close(const struct session *s, const char *reason);
/* the offer that was open is refused */
void monitor_reject(const char *id);

#endif
