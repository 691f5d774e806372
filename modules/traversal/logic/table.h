/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file table.h  All sessions, found by Call-ID
 *
 * Memory and locks come from the host by function pointers: shared memory and
 * its locks in Kamailio, malloc in a test. Every call copies in or out, so no
 * lock is held when it returns.
 */
#ifndef TRAVERSAL_LOGIC_TABLE_H
#define TRAVERSAL_LOGIC_TABLE_H

#include "call/session.h"

struct table;

struct table_host {
	void *(*alloc)(size_t size);
	void (*free)(void *p);
	void (*lock)(unsigned slot, void *arg);
	void (*unlock)(unsigned slot, void *arg);
	void *arg;
};

/* slots is a power of two; host is copied */
int table_alloc(
		struct table **tp, unsigned slots, const struct table_host *host);
void table_free(struct table *t);

/* id "…" of a new session: begins with its slot, so that it is found by id */
void table_id(const struct table *t, char id[SESSION_ID_SIZE],
		const char *callid, size_t len, const char *call, int branch);

/* EEXIST: id is taken; ENOMEM */
int table_add(struct table *t, const struct session *s);
/* ENOENT: it has been closed in the meantime and stays so; EAGAIN: somebody
 * else has changed it since s was copied out */
int table_replace(struct table *t, const struct session *s);
/* takes it out; s (may be NULL) gets the last state; ENOENT */
int table_remove(struct table *t, const char *id, struct session *s);

/* each: 0 with a copy in s (room for SESSION_STREAMS_MAX), or ENOENT */
int table_get(struct table *t, const char *id, struct session *s);
int table_find_branch(struct table *t, const struct session_dialog *d,
		int branch, struct session *s);
int table_find_dialog(struct table *t, const struct session_dialog *d,
		struct session *s, enum session_side *sender);
/* the first unconfirmed session of a call but the one with id `but` (may be
 * NULL), of any state if `all`; taken out of the table */
int table_take_call(struct table *t, const char *callid, const char *call,
		const char *but, bool all, struct session *s);

/** Stops at, and returns, what is not 0. Called with the slot locked: copy
 * what is needed and return. */
typedef int(table_h)(const struct session *s, void *arg);

int table_each(struct table *t, table_h *h, void *arg);
unsigned table_count(const struct table *t);

#endif
