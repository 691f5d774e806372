/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file monitor.h  The process that watches the relays
 *
 * It hears what each session has moved when it was closed; opens sessions again
 * when a relay was restarted; ends calls whose media stopped; and does what a
 * worker can't wait for. Owns: the queue from the workers.
 */
#ifndef TRAVERSAL_GLUE_MONITOR_H
#define TRAVERSAL_GLUE_MONITOR_H

#include "call/session.h"

/* store_path: "" for none */
int monitor_mod_init(const char *store_path);
/* in child_init(PROC_MAIN): 0, -1 */
int monitor_fork(void);
void monitor_destroy(void);

/* from any process, without waiting for the relay: the session, which is no
 * longer in the table, is closed there, and its flows are recorded */
void monitor_close(const struct session *s, const char *reason);
/* the offer that was open is refused */
void monitor_reject(const char *id);

#endif
