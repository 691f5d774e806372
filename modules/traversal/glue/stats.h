/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stats.h  The module's counters: traversal:NAME in kamcmd stats
 *
 * One line a counter in STATS_TABLE: the name, and the sentence that goes into
 * the reference. Counting costs no lock: Kamailio keeps a row a process.
 */
#ifndef TRAVERSAL_GLUE_STATS_H
#define TRAVERSAL_GLUE_STATS_H

#include "glue/compat.h"
#include "core/counters.h"

#define STATS_TABLE(X)                                                         \
	X(sessions_opened, "sessions opened at a relay")                           \
	X(sessions_closed, "sessions closed at a relay")                           \
	X(sessions_reopened, "sessions opened again after a relay's restart")      \
	X(sessions_restored, "sessions taken back from the store at the start")    \
	X(offers, "SDP offers rewritten")                                          \
	X(answers, "SDP answers rewritten")                                        \
	X(sdp_malformed, "bodies refused because their SDP could not be read")     \
	X(sdp_limit, "bodies refused because a limit was reached")                 \
	X(relay_errors, "requests a relay refused")                                \
	X(relay_timeouts, "requests a relay did not answer in time")               \
	X(relay_unavailable, "offers for which no relay was there")                \
	X(media_refused, "SDPs sent on with their streams refused: no relay")      \
	X(media_timeouts, "calls whose media stopped")                             \
	X(orders_lost, "orders to the monitor lost: its queue was full")           \
	X(agent_messages, "messages of terminals behind agents, rewritten")        \
	X(registers_natted, "REGISTERs from behind a NAT")                         \
	X(aliases_added, "Contacts given an alias")                                \
	X(contacts_restored, "contacts taken back from the store at the start")    \
	X(keepalives_sent, "keepalives sent")                                      \
	X(keepalive_answers, "keepalives answered")                                \
	X(keepalive_removed, "contacts removed: they answered no keepalive")       \
	X(store_written, "records written to the store")                           \
	X(store_refused, "records the store would not take")                       \
	X(store_errors, "transactions and openings of the store that failed")      \
	X(store_queue_full, "records not sent to the writer: its queue was full")  \
	X(store_resyncs, "times the store was brought up to date from usrloc")

#define STATS_ENUM(name, text) STAT_##name,
enum stats_counter {
	STATS_TABLE(STATS_ENUM) STATS_COUNT,
};

extern counter_handle_t stats_handles[STATS_COUNT];

#define stats_inc(name) counter_inc(stats_handles[STAT_##name])
#define stats_add(name, n) counter_add(stats_handles[STAT_##name], (n))

/* in mod_init; 0 or -1 */
int stats_init(void);
/* for the RPC command: -1 when i is beyond the last */
int stats_get(unsigned i, const char **name, long *value);

#endif
