/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sessions.h  The table of sessions in Kamailio's shared memory
 *
 * Owns: the table with its locks, and one row a confirmed session in the
 * store, from which the table is filled at the start.
 */
#ifndef TRAVERSAL_GLUE_SESSIONS_H
#define TRAVERSAL_GLUE_SESSIONS_H

#include "call/relay_params.h"
#include "logic/table.h"

int sessions_mod_init(const struct relay_conf *conf);
void sessions_destroy(void);
/* what was there when Kamailio ended; before the workers are forked */
void sessions_restore(const char *store_path);
/* rows of calls that ended with an earlier Kamailio; in a process of our own,
 * after the writer has started */
void sessions_end_stale(const char *store_path);

struct table *sessions_table(void);
const struct relay_conf *sessions_conf(void);

/* writes it to the store, or takes it out of there */
void sessions_keep(const struct session *s);
void sessions_forget(const char *id);

#endif
