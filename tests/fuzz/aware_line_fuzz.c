/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent: aware mode: messages through a terminal's line, up and down, before a
 * relay that grants, refuses, forgets and closes sessions. Messages end with a
 * NUL; the low bits of an octet before each say what happens (enum happens).
 *
 * Whatever comes: what a message came down with is given back once, nothing is
 * left waiting, and the relay has no session the agent does not know of.
 */
#include "rpc/libre.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "agent/aware_priv.h"
#include "control_pipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum happens {
	UP	= 1,  /* the message is the terminal's */
	REFUSED = 2,  /* what it takes of the relay */
	WAITS	= 4,  /* the relay does not answer yet */
	FORGETS = 8,  /* the relay was started anew */
	CLOSES	= 16, /* a session is closed by the relay before */
	LOST	= 32, /* the terminal's channel ends before; it gets another */
};

enum {
	SESSIONS_MAX = PIPE_LINES_MAX,
};

/** The relay that is played: the names of its sessions */
static struct {
	char id[SESSIONS_MAX][SESSION_ID_SIZE];
	unsigned n;
	bool refuses;
} relay;

static size_t owed; /* octets the channel is to be given back */


/* ---- the relay ---- */

static unsigned find(const char *id)
{
	unsigned i = 0;

	while (i < relay.n && strcmp(relay.id[i], id))
		++i;

	return i;
}


static void forget(unsigned i)
{
	if (i < relay.n)
		memcpy(relay.id[i], relay.id[--relay.n], SESSION_ID_SIZE);
}


static json_t *stream_opened(const json_t *asked)
{
	static const char *const at = "192.0.2.9";

	return json_pack("{s:O,s:{s:{s:s,s:i,s:i}},s:{s:{s:s,s:i,s:i}}}",
			 "index", json_object_get(asked, "index"), "a",
			 "local", "address", at, "port", 20000, "rtcpPort",
			 20001, "b", "local", "address", at, "port", 20002,
			 "rtcpPort", 20003);
}


static json_t *opened(const json_t *params)
{
	json_t *o = json_array(), *st;
	size_t i;

	json_array_foreach (json_object_get(params, "streams"), i, st) {
		if (!json_is_true(json_object_get(st, "remove")))
			(void)json_array_append_new(o, stream_opened(st));
	}

	return json_pack("{s:o}", "streams", o);
}


static void on_request(const char *method, const json_t *params,
		       json_t **result, struct rpc_error *err, void *arg)
{
	const char *id = json_string_value(json_object_get(params, "id"));
	(void)arg;

	pipe_check(id && strlen(id) < SESSION_ID_SIZE);
	if (!strcmp(method, "session.close")) {
		forget(find(id));
		*result = json_object();
	} else if (relay.refuses) {
		rpc_error_set(err, RPC_NO_RESOURCE, "no");
	} else if (!strcmp(method, "session.open")) {
		if (find(id) == relay.n) {
			pipe_check(relay.n < SESSIONS_MAX);
			strcpy(relay.id[relay.n++], id);
		}
		*result = opened(params);
	} else if (find(id) == relay.n) {
		rpc_error_set(err, RPC_NOT_FOUND, "no");
	} else {
		*result = opened(params);
	}
}


/* ---- the terminal ---- */

static void on_up(const uint8_t *p, size_t len, void *arg)
{
	(void)arg;

	pipe_check(p && len);
}


static void give_back(size_t credit)
{
	pipe_check(credit <= owed);
	owed -= credit;
}


static void on_down(const uint8_t *p, size_t len, size_t credit, void *arg)
{
	(void)arg;

	pipe_check(p && len);
	give_back(credit);
}


static void on_dropped(size_t credit, void *arg)
{
	(void)arg;

	give_back(credit);
}


static struct edge place(void)
{
	struct edge e = {.transport = EDGE_UDP};

	pipe_check(!addr_parse(&e.door, "10.0.0.1", 5060) &&
		   !addr_parse(&e.terminal, "10.0.0.5", 5060) &&
		   !addr_parse(&e.channel, "192.0.2.1", 10000) &&
		   !addr_parse(&e.self, "192.0.2.1", 5060));

	return e;
}


/* ---- */

/* the message's channel is gone, and what it would be given back */
static void lose(struct aware_line *l)
{
	const struct edge e = place();

	aware_line_lost(l);
	owed = 0;
	aware_line_place(l, &e);
}


static void close_one(struct aware *aw)
{
	json_t *o = relay.n ? json_pack("{s:s}", "id", relay.id[0]) : NULL;

	forget(0);
	if (o)
		pipe_check(aware_request(aw, "session.closed", o));
	json_decref(o);
}


static void message(struct aware *aw, struct aware_line *l,
		    struct control_pipe *c, const uint8_t *p, size_t len)
{
	const unsigned what = *p;

	if (what & CLOSES)
		close_one(aw);
	if (what & LOST)
		lose(l);
	if (what & FORGETS)
		relay.n = 0;
	relay.refuses = what & REFUSED;
	owed += what & UP ? 0 : len - 1;
	aware_line_push(l, what & UP, p + 1, len - 1);
	if (!(what & WAITS))
		pipe_run(c);
}


static void check_end(const struct aware *aw, const struct aware_line *l)
{
	pipe_check(!l->asking && !list_head(&l->jobs) && !owed);
	for (unsigned i = 0; i < relay.n; i++)
		pipe_check(aware_call_by_id(aw->calls, relay.id[i]) != NULL);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct aware_line_handlers h = {on_up, on_down,
						     on_dropped};
	static bool ready;
	const uint8_t *end    = data + size;
	struct control *other = NULL;
	struct control_pipe c;
	struct aware_line *l  = NULL;
	struct aware *aw      = NULL;
	unsigned n = 0;

	if (!ready) {
		log_handler_set(pipe_log, NULL);
		pipe_check(!libre_init());
	}
	ready = true;
	pipe_open(&c, on_request, NULL);
	pipe_check(!control_alloc(&other, c.t[0], on_request, NULL));
	pipe_check(!aware_alloc(&aw, "branch") &&
		   !aware_line_alloc(&l, aw, &h, NULL));
	relay.n = 0;
	owed	= 0;
	aware_tunnel(aw, other);
	lose(l);
	while (data < end && n++ < PIPE_LINES_MAX) {
		const uint8_t *nul  = memchr(data, 0, (size_t)(end - data));
		const uint8_t *stop = nul ? nul : end;

		if (stop > data)
			message(aw, l, &c, data, (size_t)(stop - data));
		data = nul ? nul + 1 : end;
	}
	pipe_run(&c);
	check_end(aw, l);
	mem_deref(l);
	mem_deref(aw);
	mem_deref(other);
	pipe_close(&c);

	return 0;
}
