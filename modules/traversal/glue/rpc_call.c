/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc_call.c  RPC commands about calls: traversal.sessions, .session,
 * .relays
 *
 * What is printed is copied out of the table first: no lock is held while an
 * operator's tool reads. Owns nothing.
 */
#include <stdlib.h>
#include <string.h>
#include "glue/compat.h"
#include "core/rpc.h"
#include "core/rpc_lookup.h"
#include "glue/clock.h"
#include "glue/relays.h"
#include "glue/rpc_call.h"
#include "glue/sessions.h"

enum {
	LIST_DEFAULT = 1000, /* sessions shown when no limit is given */
	LIST_MAX = 10000,
};

static const char *const state_names[] = {"unknown", "up", "down"};
static const char *const stream_states[] = {"offered", "active", "ended"};

static const char *state_of(const struct session *s)
{
	return !s->confirmed ? "ringing" : s->hold ? "hold" : "answered";
}

static void add_session(rpc_t *rpc, void *h, const struct session *s)
{
	int64_t age = (clock_wall_ms() - s->created) / 1000;

	rpc->struct_add(h, "sssssd", "id", s->id, "callid", s->callid, "call",
			s->call, "state", state_of(s), "relay",
			s->opened ? relays_name(s->relay) : "", "age", (int)age);
}

/* ---- traversal.sessions [limit] */

struct list {
	unsigned n, limit;
	struct session *s; /* heads only, without their streams' tail */
};

static int list_one(const struct session *s, void *arg)
{
	struct list *l = arg;

	if(l->n >= l->limit)
		return 1;
	memcpy(&l->s[l->n++], s, sizeof(*s));
	return 0;
}

static void cmd_sessions(rpc_t *rpc, void *ctx)
{
	struct list l = {.limit = LIST_DEFAULT};
	void *h;
	int limit;

	if(rpc->scan(ctx, "*d", &limit) == 1) {
		if(limit < 1 || limit > LIST_MAX) {
			rpc->fault(ctx, 400, "limit: expected 1 to %d", LIST_MAX);
			return;
		}
		l.limit = (unsigned)limit;
	}
	l.s = calloc(l.limit, sizeof(*l.s));
	if(!l.s) {
		rpc->fault(ctx, 500, "no memory");
		return;
	}

	(void)table_each(sessions_table(), list_one, &l);
	for(unsigned i = 0; i < l.n; i++) {
		if(rpc->add(ctx, "{", &h) < 0)
			break;
		add_session(rpc, h, &l.s[i]);
	}
	free(l.s);
}

/* ---- traversal.session ID */

static void add_leg(rpc_t *rpc, void *h, const char *name,
		const struct session_leg *leg)
{
	char local[ADDR_STRLEN] = "", remote[ADDR_STRLEN] = "";
	void *l;

	if(addr_is_set(&leg->local))
		(void)addr_str(&leg->local, local);
	if(addr_is_set(&leg->cur.addr))
		(void)addr_str(&leg->cur.addr, remote);
	rpc->struct_add(h, "{", name, &l);
	rpc->struct_add(l, "sdsdss", "local", local, "rtcp", (int)leg->local_rtcp,
			"remote", remote, "hint", (int)leg->cur.hint, "hold",
			leg->hold ? "yes" : "no", "ice", leg->ice ? "lite" : "no");
}

static void add_streams(rpc_t *rpc, void *h, const struct session *s)
{
	void *list, *st;

	rpc->struct_add(h, "[", "streams", &list);
	for(unsigned i = 0; i < s->streams_count; i++) {
		const struct session_stream *stream = &s->streams[i];

		rpc->array_add(list, "{", &st);
		rpc->struct_add(st, "dss", "mline", (int)stream->mline, "media",
				stream->media, "state", stream_states[stream->state]);
		add_leg(rpc, st, "caller", &stream->leg[SESSION_A]);
		add_leg(rpc, st, "callee", &stream->leg[SESSION_B]);
	}
}

static void cmd_session(rpc_t *rpc, void *ctx)
{
	struct session *s = session_alloc();
	char *id;
	void *h;

	if(!s) {
		rpc->fault(ctx, 500, "no memory");
		return;
	}
	if(rpc->scan(ctx, "s", &id) < 1)
		rpc->fault(ctx, 400, "expected a session's id");
	else if(table_get(sessions_table(), id, s))
		rpc->fault(ctx, 404, "no session %s", id);
	else if(rpc->add(ctx, "{", &h) == 0) {
		add_session(rpc, h, s);
		add_streams(rpc, h, s);
	}
	free(s);
}

/* ---- traversal.relays */

static int count_one(const struct session *s, void *arg)
{
	unsigned *n = arg;

	if(s->opened && s->relay < RELAYSET_MAX)
		++n[s->relay];
	return 0;
}

static void cmd_relays(rpc_t *rpc, void *ctx)
{
	const struct relayset *rs = relays_set();
	unsigned n[RELAYSET_MAX] = {0};
	void *h;

	(void)table_each(sessions_table(), count_one, n);
	for(unsigned i = 0; i < rs->n; i++) {
		if(rpc->add(ctx, "{", &h) < 0)
			return;
		rpc->struct_add(h, "sssdd", "name", rs->m[i].name, "socket",
				rs->m[i].path, "state", state_names[relays_state(i)], "weight",
				(int)rs->m[i].weight, "sessions", (int)n[i]);
	}
}

static const char *doc_sessions[] = {
		"Sessions with media, one structure each; optional: how many at most",
		NULL};
static const char *doc_session[] = {"One session with its streams and legs; "
									"expects its id",
		NULL};
static const char *doc_relays[] = {"The relays, whether they are up, and how "
								   "many sessions each has",
		NULL};

static rpc_export_t commands[] = {
		{"traversal.sessions", cmd_sessions, doc_sessions, RET_ARRAY},
		{"traversal.session", cmd_session, doc_session, 0},
		{"traversal.relays", cmd_relays, doc_relays, RET_ARRAY},
		{NULL, NULL, NULL, 0},
};

int rpc_call_mod_init(void)
{
	if(rpc_register_array(commands) == 0)
		return 0;
	LM_ERR("the RPC commands could not be registered\n");
	return -1;
}
