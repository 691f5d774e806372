/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call_channel.c  Connections of H.323 terminals behind agents
 *
 * A terminal has connected to its agent, or a client wants the agent to connect
 * to one: in either case a byte channel, and the client has a descriptor for it
 * (handover.c). What goes through is not read here. Owns the questions to
 * agents that have no answer yet.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "agent_port.h"
#include "bytes/what.h"
#include "call_channel.h"
#include "handover.h"
#include "relay.h"


#define ROOM "channel"

enum {
	OPEN_MS = 15000, /* for the agent to have connected */
};

struct call_ask {
	struct le le; /* in the client's list */
	struct agent *agent;
	struct channel *ch; /* NULL: it was answered */
	struct tmr tmr;
	struct addr to;
	call_ask_h *answerh;
	void *arg;
};


static const struct channel_handlers no_handlers;


/* ---- a terminal has connected ---- */

static void refuse(struct agent *ag, struct channel *ch,
		   enum tunnel_reason reason, const char *why)
{
	metrics_inc(ag->relay->stats, STAT_CALLS_REFUSED);
	if (agent_may_log(ag))
		log_info(ROOM, "agent %s: connection refused: %s", ag->name,
			 why);
	channel_reset(ch, reason);
}


/**
 * Give a client a connection an agent has taken: channel.accepted
 *
 * @param c	 Client; it may be gone afterwards
 * @param ag	 Agent
 * @param ch	 Its channel, asked for; taken or refused
 * @param peer	 Whose connection it is
 * @param params What the client is told; taken over, NULL: no memory
 */
void call_channel_give(struct client *c, struct agent *ag, struct channel *ch,
		       const struct addr *peer, json_t *params)
{
	struct rpc_conn *rc = mem_ref(c->rc);
	int fd		    = -1;
	int err		    = params ? 0 : ENOMEM;
	char buf[ADDR_STRLEN];

	if (!err && !handover_may(ag))
		err = EMFILE;
	if (!err)
		err = channel_accept(ch, &no_handlers, NULL);
	if (!err)
		err = handover(&fd, ag, ch, peer);
	if (err) {
		refuse(ag, ch, TUNNEL_LIMIT, strerror(err));
	} else {
		metrics_inc(ag->relay->stats, STAT_CALLS_ACCEPTED);
		if (agent_may_log(ag))
			log_info(ROOM, "agent %s: %s: connected", ag->name,
				 addr_str(peer, buf));
		/* if it can't be told the descriptor ends the channel */
		(void)rpc_notify_fds(rc, "channel.accepted", params, &fd, 1);
		(void)close(fd);
	}
	json_decref(params);
	mem_deref(rc);
}


static void give_door(struct agent *ag, struct channel *ch,
		      const struct what_h225 *w)
{
	char from[ADDR_STRLEN], local[ADDR_STRLEN];

	call_channel_give(ag->relay->attached, ag, ch, &w->from,
			  json_pack("{s:s,s:s,s:s,s:s,s:s*}", "kind", "h225",
				    "agent", ag->name, "from",
				    addr_str(&w->from, from), "local",
				    addr_str(&w->local, local), "key",
				    w->key[0] ? w->key : NULL));
}


/* one that had a channel of another tunnel: whoever takes calls knows it */
static void give_again(struct agent *ag, struct channel *ch,
		       const struct what_h225 *w)
{
	char from[ADDR_STRLEN];

	call_channel_give(ag->relay->attached, ag, ch, &w->from,
			  json_pack("{s:s,s:s,s:s,s:s,s:I}", "kind", "again",
				    "agent", ag->name, "from",
				    addr_str(&w->from, from), "key", w->key,
				    "received", (json_int_t)w->received));
}


/**
 * An agent opens a channel: is it an H.323 terminal's connection?
 *
 * @return false: it is for something else
 */
bool call_channel_open(struct agent *ag, struct channel *ch, const char *what,
		       size_t len)
{
	struct what_h225 w;
	const int err = what_h225_decode(&w, what, len);

	if (err == ENOENT)
		return false;
	if (err || !addr_is_set(&w.from) || channel_kind(ch) != CHANNEL_BYTES)
		refuse(ag, ch, TUNNEL_REFUSED, "it makes no sense");
	else if (w.id)
		agent_port_take(ag, ch, &w);
	else if (!ag->relay->attached)
		refuse(ag, ch, TUNNEL_UNREACHABLE, "nobody takes calls");
	else if (w.again)
		give_again(ag, ch, &w);
	else
		give_door(ag, ch, &w);

	return true;
}


/* ---- a client wants one ---- */

static void ask_destructor(void *arg)
{
	struct call_ask *a = arg;

	list_unlink(&a->le);
	tmr_cancel(&a->tmr);
	mem_deref(a->arg);
	if (!a->ch)
		return;
	channel_handlers_set(a->ch, &no_handlers, NULL);
	channel_reset(a->ch, TUNNEL_SHUTDOWN);
}


/* the client may end by it, and no longer owns the question */
static void answered(struct call_ask *a, int fd, const struct rpc_error *err)
{
	list_unlink(&a->le);
	a->answerh(fd, err, a->arg);
	mem_deref(a);
}


static void fail(struct call_ask *a, int code, const char *why)
{
	char buf[ADDR_STRLEN];
	struct rpc_error err;

	metrics_inc(a->agent->relay->stats, STAT_CALLS_REFUSED);
	rpc_error_set(&err, code, "agent %s: %s: %s", a->agent->name,
		      addr_str(&a->to, buf), why);
	answered(a, -1, &err);
}


static void on_accepted(struct channel *ch, void *arg)
{
	struct call_ask *a = arg;
	char buf[ADDR_STRLEN];
	int fd	   = -1;
	int err	   = handover(&fd, a->agent, ch, &a->to);

	if (err) {
		fail(a, RPC_NO_RESOURCE, strerror(err));
		return;
	}
	a->ch = NULL;
	metrics_inc(a->agent->relay->stats, STAT_CALLS_OPENED);
	if (agent_may_log(a->agent))
		log_info(ROOM, "agent %s: connected to %s", a->agent->name,
			 addr_str(&a->to, buf));
	answered(a, fd, NULL);
	(void)close(fd);
}


static void on_refused(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct call_ask *a = arg;
	(void)ch;

	a->ch = NULL;
	if (why == TUNNEL_REFUSED)
		fail(a, RPC_REFUSED, "its policy does not allow it");
	else if (why == TUNNEL_UNREACHABLE)
		fail(a, RPC_UNREACHABLE, "it can't be reached");
	else
		fail(a, RPC_NO_RESOURCE, tunnel_reason_name(why));
}


static const struct channel_handlers ask_handlers = {
	.accepth = on_accepted,
	.closeh	 = on_refused,
};


static void on_late(void *arg)
{
	fail(arg, RPC_UNREACHABLE, "no answer in time");
}


/**
 * Have an agent connect to a terminal
 *
 * @param c	  Client that asks; it owns the question
 * @param ag	  Agent
 * @param to	  Where the terminal listens, in its network
 * @param key	  The connection's, if it may go on in another tunnel; NULL
 * @param answerh Is called once, and not before this returns
 * @param arg	  Its argument, libre's memory; a reference is kept
 *
 * @return 0; ENOTCONN: the agent is not there; EMFILE: it has too many; or
 *	   another errno
 */
int call_channel_ask(struct client *c, struct agent *ag, const struct addr *to,
		     const char *key, call_ask_h *answerh, void *arg)
{
	struct what_h225 w = {.to = *to};
	struct call_ask *a;
	char what[WHAT_LEN];
	size_t len;
	int err;

	if (key)
		str_ncpy(w.key, key, sizeof(w.key));
	len = what_h225_encode(&w, what);
	if (!ag->tunnel)
		return ENOTCONN;
	if (!handover_may(ag))
		return EMFILE;
	a = mem_zalloc(sizeof(*a), ask_destructor);
	if (!a)
		return ENOMEM;

	a->agent   = ag;
	a->to	   = *to;
	a->answerh = answerh;
	a->arg	   = mem_ref(arg);
	err	   = tunnel_open(&a->ch, ag->tunnel, CHANNEL_BYTES, what, len,
				 &ask_handlers, a);
	if (err) {
		mem_deref(a);
		return err;
	}
	list_append(&c->asks, &a->le, a);
	tmr_start(&a->tmr, OPEN_MS, on_late, a);

	return 0;
}
