/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ask.c  Sessions opened, changed and closed at their relay
 */
#include <errno.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/rand/kam_rand.h"
#include "glue/ask.h"
#include "glue/call_record.h"
#include "glue/clock.h"
#include "glue/relays.h"
#include "glue/sessions.h"
#include "glue/stats.h"

static unsigned timeout_ms;

void ask_timeout_set(unsigned ms)
{
	timeout_ms = ms;
}

/* params is taken over. What the relay chose goes into s, if it is given */
static int ask(unsigned relay, const char *method, json_t *params,
		unsigned timeout, struct session *s, struct rpc_error *e)
{
	json_t *result = NULL;
	int err;

	e->code = 0;
	err = params ? relays_call(relay, method, params, timeout, &result, e)
				 : ENOMEM;
	if(!err && s && relay_result_read(s, result)) {
		LM_ERR("relay %s: %s: its answer is not as agreed\n",
				relays_name(relay), method);
		err = EBADMSG;
	}
	if(err == EREMOTEIO)
		LM_NOTICE("relay %s: %s: %s (%d)\n", relays_name(relay), method,
				e->message, e->code);
	json_decref(params);
	json_decref(result);
	return err;
}

/* a relay that hangs must leave time for another */
static unsigned share(uint64_t spent, bool others)
{
	unsigned left = timeout_ms - (unsigned)spent;

	return others && left > 1 ? left / 2 : left;
}

int ask_open(struct session *s)
{
	uint32_t usable = relays_usable();
	const bool bound = session_has_agent(s);
	uint64_t start = clock_ms();
	struct rpc_error e;

	for(;;) {
		uint64_t spent = clock_ms() - start;
		int i = !bound ? relayset_pick(relays_set(), usable, kam_rand())
				: usable & (1u << s->relay) ? (int)s->relay
											: RELAYSET_NONE;

		if(i == RELAYSET_NONE || spent >= timeout_ms) {
			stats_inc(relay_unavailable);
			LM_ERR("call %s: no relay takes its media\n", s->callid);
			return ENETDOWN;
		}
		s->relay = (unsigned)i;
		usable &= ~(1u << i);
		if(ask(s->relay, "session.open",
				   relay_open_params(s, sessions_conf()),
				   share(spent, usable && !bound), s, &e)
				== 0) {
			s->opened = true;
			stats_inc(sessions_opened);
			return 0;
		}
	}
}

int ask_reopen(struct session *s)
{
	struct rpc_error e;
	int err = ask(s->relay, "session.open",
			relay_open_params(s, sessions_conf()), timeout_ms, s, &e);

	if(!err)
		stats_inc(sessions_reopened);
	return err == EREMOTEIO ? EADDRINUSE : err;
}

/* a stream is about to go: what it moved is asked for while it is there */
static void keep_flows(const struct session *old, const struct session *now)
{
	json_t *params, *result = NULL;
	bool gone = false;

	for(unsigned i = 0; i < old->streams_count; i++)
		gone = gone
			   || (old->streams[i].state == SESSION_STREAM_ACTIVE
					   && now->streams[i].state == SESSION_STREAM_ENDED);
	if(!gone)
		return;

	params = json_pack("{s:s}", "id", now->id);
	if(relays_call(now->relay, "session.get", params, timeout_ms, &result, NULL)
			== 0)
		record_flows(now->id, now->relay, result);
	json_decref(params);
	json_decref(result);
}

int ask_update(const struct session *old, struct session *now)
{
	struct rpc_error e;
	json_t *params;
	int err;

	if(!now->opened)
		return session_streams_open(now) ? ask_open(now) : 0;

	params = relay_update_params(old, now, sessions_conf());
	if(!params)
		return 0;

	keep_flows(old, now);
	err = ask(now->relay, "session.update", params, timeout_ms, now, &e);
	if(err == EREMOTEIO && e.code == RPC_NOT_FOUND)
		err = ask_reopen(now);
	if(err == EREMOTEIO || err == EADDRINUSE || err == EBADMSG)
		return ENETDOWN;
	/* down: the monitor opens it anew from what is in the table */
	return 0;
}

static json_t *close_params(const char *id, const char *reason)
{
	return json_pack("{s:s,s:s}", "id", id, "reason", reason);
}

int ask_close(unsigned relay, const char *id, const char *reason)
{
	json_t *params;
	int err;

	/* its sessions ended with it, or are laid side by side when it is back */
	if(relays_state(relay) == RELAY_DOWN)
		return 0;
	params = close_params(id, reason);
	err = params ? relays_notify(relay, "session.close", params, timeout_ms)
				 : ENOMEM;
	json_decref(params);
	return err;
}

void ask_close_now(unsigned relay, const char *id, const char *reason)
{
	json_t *params, *result = NULL;

	if(relays_state(relay) == RELAY_DOWN)
		return;
	params = close_params(id, reason);
	if(relays_call(relay, "session.close", params, timeout_ms, &result, NULL)
			== 0)
		record_flows(id, relay, result);
	json_decref(params);
	json_decref(result);
}
