/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file watch.c  One relay as the monitor sees it: up, down, what it reports
 *
 * When a relay can be reached (again), what it has and what we have are laid
 * side by side: what it lacks is opened again, what nobody here knows of is
 * closed. Then calls may go there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "glue/ask.h"
#include "glue/call_record.h"
#include "glue/clock.h"
#include "glue/media_timeout.h"
#include "glue/monitor.h"
#include "glue/relays.h"
#include "glue/sessions.h"
#include "glue/watch.h"

enum {
	CONNECT_MS = 200,
	LIST_MS = 2000, /* nobody waits for the monitor but a dead relay's calls */
	PAGE = 100, /* session.list's most */
	YOUNG_MS = 10000, /* a session may be at the relay before it is in our table */
};

/* the connections that are subscribed */
static const struct rpc_sync *watched[RELAYSET_MAX];

/* when what was young is looked at again (clock_ms()), or 0 */
static uint64_t again[RELAYSET_MAX];

/* the connection events come on, or NULL */
static struct rpc_sync *subscribed(unsigned i)
{
	struct rpc_sync *conn = relays_conn(i);

	return conn == watched[i] ? conn : NULL;
}

int watch_fd(unsigned i)
{
	return subscribed(i) ? rpc_sync_fd(subscribed(i)) : -1;
}

static int call(unsigned i, const char *method, json_t *params,
		unsigned timeout, json_t **result)
{
	struct rpc_error e;
	int err = relays_call(i, method, params, timeout, result, &e);

	if(err == EREMOTEIO)
		LM_ERR("relay %s: %s: %s\n", relays_name(i), method, e.message);
	json_decref(params);
	return err;
}

/* ---- what we have */

struct ids {
	unsigned relay;
	size_t n, room;
	char (*id)[SESSION_ID_SIZE];
};

static int ids_add(const struct session *s, void *arg)
{
	struct ids *l = arg;

	if(!s->opened || s->relay != l->relay)
		return 0;
	if(l->n == l->room) {
		size_t room = l->room ? l->room * 2 : 256;
		void *p = reallocarray(l->id, room, sizeof(*l->id));

		if(!p)
			return ENOMEM;
		l->id = p;
		l->room = room;
	}
	memcpy(l->id[l->n++], s->id, SESSION_ID_SIZE);
	return 0;
}

static int ids_cmp(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* ---- what it has */

/* unknown here, and not just being opened: nobody will ever close it */
static void close_orphan(unsigned i, const char *id)
{
	json_t *result = NULL;

	LM_NOTICE("relay %s: session %s belongs to no call of ours: closed\n",
			relays_name(i), id);
	(void)call(i, "session.close",
			json_pack("{s:s,s:s}", "id", id, "reason", "orphan"), LIST_MS,
			&result);
	json_decref(result);
}

static void compare_one(unsigned i, const json_t *o, const struct ids *ours,
		bool *there)
{
	const char *id = json_string_value(json_object_get(o, "id"));
	const char(*hit)[SESSION_ID_SIZE];
	char key[SESSION_ID_SIZE];

	if(!id || strlen(id) >= sizeof(key))
		return;
	memset(key, 0, sizeof(key));
	(void)snprintf(key, sizeof(key), "%s", id);
	hit = ours->n ? bsearch(key, ours->id, ours->n, sizeof(key), ids_cmp)
				  : NULL;
	if(hit)
		there[hit - (const char(*)[SESSION_ID_SIZE])ours->id] = true;
	else if(json_integer_value(json_object_get(o, "created"))
			< clock_wall_ms() - YOUNG_MS)
		close_orphan(i, id);
}

/* marks in `there` which of ours it has */
static int compare(unsigned i, const struct ids *ours, bool *there)
{
	char after[SESSION_ID_SIZE] = "";
	bool more = true;

	while(more) {
		json_t *params = json_pack("{s:s,s:i}", "owner",
				sessions_conf()->owner, "limit", PAGE);
		json_t *result = NULL, *list, *o;
		const char *last = NULL;
		size_t k;
		int err;

		if(after[0])
			(void)json_object_set_new(params, "after", json_string(after));
		err = call(i, "session.list", params, LIST_MS, &result);
		if(err)
			return err;

		list = json_object_get(result, "sessions");
		json_array_foreach(list, k, o)
		{
			compare_one(i, o, ours, there);
			last = json_string_value(json_object_get(o, "id"));
		}
		more = json_is_true(json_object_get(result, "more")) && last
			   && strlen(last) < sizeof(after) && strcmp(last, after);
		if(last)
			(void)snprintf(after, sizeof(after), "%s", last);
		json_decref(result);
	}
	return 0;
}

static void reopen(const char *id)
{
	struct session *s = session_alloc();

	if(s && table_get(sessions_table(), id, s) == 0) {
		int err = ask_reopen(s);

		if(err == EADDRINUSE)
			LM_ERR("call %s: session %s could not be opened again on its "
				   "ports: it has lost its media\n",
					s->callid, id);
		/* it ended while we asked */
		if(!err && table_get(sessions_table(), id, s) == ENOENT)
			monitor_close(s, "closed");
	}
	free(s);
}

static int repair(unsigned i)
{
	struct ids ours = {.relay = i};
	size_t reopened = 0;
	bool *there;
	int err;

	(void)table_each(sessions_table(), ids_add, &ours);
	if(ours.n)
		qsort(ours.id, ours.n, sizeof(*ours.id), ids_cmp);
	there = calloc(ours.n + 1, sizeof(*there));
	err = there ? compare(i, &ours, there) : ENOMEM;
	for(size_t k = 0; !err && k < ours.n; k++) {
		if(there[k])
			continue;
		reopen(ours.id[k]);
		++reopened;
	}
	if(reopened)
		LM_NOTICE("relay %s: %zu sessions opened again\n", relays_name(i),
				reopened);
	free(there);
	free(ours.id);
	return err;
}

/* what a worker asked for and no longer waits for may come to be after this,
 * and is too young to be told from what is just being opened */
static void up(unsigned i)
{
	again[i] = clock_ms() + YOUNG_MS + LIST_MS;
	relays_state_set(i, RELAY_UP);
}

static void meet(unsigned i)
{
	json_t *result = NULL;
	int err;

	err = call(i, "subscribe", json_pack("{s:s}", "owner", sessions_conf()->owner),
			CONNECT_MS, &result);
	if(!err)
		err = repair(i);
	json_decref(result);
	if(!err) {
		watched[i] = relays_conn(i);
		up(i);
	} else {
		relays_drop(i);
	}
}

/* somebody found it down, but our connection stands: slow, or back already */
static void ping(unsigned i)
{
	json_t *result = NULL;

	if(call(i, "relay.status", json_object(), CONNECT_MS, &result) == 0
			&& repair(i) == 0)
		up(i);
	json_decref(result);
}

/* by us: then it is no longer in the table; or by an operator */
static void closed_event(unsigned i, const char *id, const json_t *params)
{
	const char *reason = json_string_value(json_object_get(params, "reason"));
	struct session *s = session_alloc();

	record_flows(id, i, params);
	if(s && table_remove(sessions_table(), id, s) == 0) {
		LM_NOTICE("call %s: session %s was closed at relay %s: %s\n",
				s->callid, id, relays_name(i), reason ? reason : "");
		record_end(s->call, "closed", 0, "operator");
		sessions_forget(id);
		media_timeout_end(s);
	}
	free(s);
}

static void event(unsigned i, const struct rpc_msg *m)
{
	const char *id = json_string_value(json_object_get(m->params, "id"));

	if(!m->method)
		return;
	/* after the relay's restart: now there are its agents' ports again */
	if(!strcmp(m->method, "agent.ports"))
		(void)repair(i);
	if(!id)
		return;
	if(!strcmp(m->method, "session.idle"))
		media_timeout(id);
	else if(!strcmp(m->method, "session.closed"))
		closed_event(i, id, m->params);
}

void watch_relay(unsigned i)
{
	struct rpc_msg m;
	int err = 0;

	if(!subscribed(i)) {
		meet(i);
		return;
	}

	while(!err && subscribed(i)) {
		err = rpc_sync_event(subscribed(i), 0, &m);
		if(!err) {
			event(i, &m);
			rpc_msg_reset(&m);
		}
	}
	if(err && err != ETIMEDOUT)
		relays_drop(i);
	else if(relays_state(i) == RELAY_DOWN)
		ping(i);
	else if(again[i] && clock_ms() >= again[i]) {
		again[i] = 0;
		(void)repair(i);
	}
}
