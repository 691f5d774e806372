/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file writer.h  The one process that writes the store; workers send to it
 *
 * A worker's call packs the record into one datagram and sends it without
 * blocking (a few microseconds). The writer coalesces records for at most
 * WRITER_DELAY_MS, then writes them in one transaction. Trouble with the store
 * is the writer's alone: a worker never waits for it.
 *
 * All return 0, or an errno the caller may ignore: EAGAIN (queue full; counted,
 * and contacts will be read from usrloc again), EMSGSIZE, ENOTCONN (there is no
 * store: modparam store is empty). Strings are borrowed for the call.
 *
 * Owns: the socketpair between workers and writer, and the shared counters
 * about it.
 */
#ifndef TRAVERSAL_GLUE_WRITER_H
#define TRAVERSAL_GLUE_WRITER_H

#include <stdbool.h>
#include "store/store.h"

enum {
	WRITER_DELAY_MS = 15, /**< from the first record to its transaction */
};

/* called by the module's own mod_init, child_init and destroy */
int writer_mod_init(const char *store_path);
int writer_child_init(int rank);
void writer_destroy(void);

/* before processes are forked: the store can't be opened, contacts are to be
 * read from usrloc when it can */
void writer_trouble(void);
/* the same for a store that is well: usrloc has contacts from elsewhere */
void writer_resync(void);

/** there is a store: records are not sent into the void */
bool writer_enabled(void);

int writer_contact_put(const struct store_contact *c);
int writer_contact_delete(
		enum store_kind kind, const char *id, const char *reason);
int writer_call_put(const struct store_call *c);
int writer_flow_put(const struct store_flow *f);
int writer_session_put(const struct store_session *se);
int writer_session_delete(const char *id);
int writer_audit_add(const struct store_audit *a);

#endif
