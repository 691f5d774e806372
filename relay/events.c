/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file events.c  What clients are told without asking
 *
 * A notification is built once and goes to every connection that subscribed
 * to its session's owner. Owns the connections' struct client.
 */
#include <errno.h>
#include <string.h>
#include "events.h"
#include "relay.h"


#define ROOM "events"

/** Whom an event concerns */
struct audience {
	const char *owner;
	const struct rpc_conn *except;
};


static void client_destructor(void *arg)
{
	struct client *c = arg;

	mem_deref(c->owner);
}


/**
 * Send this connection the events of one owner, or of all
 *
 * @param rc    Connection
 * @param owner Owner, NULL: all
 *
 * @return 0 or ENOMEM
 */
int events_subscribe(struct rpc_conn *rc, const char *owner)
{
	struct client *c = mem_zalloc(sizeof(*c), client_destructor);

	if (!c)
		return ENOMEM;

	if (owner && str_dup(&c->owner, owner)) {
		mem_deref(c);
		return ENOMEM;
	}

	c->subscribed = true;
	rpc_conn_data_set(rc, c);

	return 0;
}


static bool listens(const struct rpc_conn *rc, void *arg)
{
	const struct client *c = rpc_conn_data(rc);
	const struct audience *au = arg;

	return c && c->subscribed && rc != au->except &&
	       (!c->owner || !strcmp(c->owner, au->owner));
}


/* Takes params over */
static void emit(const struct session *se, const char *method, json_t *params,
		 const struct rpc_conn *except)
{
	struct audience au = {.owner = se->owner, .except = except};
	int err;

	if (!params) {
		log_warn(ROOM, "call %s session %s: no memory for %s",
			 se->label, se->id, method);
		return;
	}

	if (se->relay->server) {
		err = rpc_broadcast(se->relay->server, method, params, listens,
				    &au);
		if (err)
			log_warn(ROOM, "call %s session %s: %s: %s", se->label,
				 se->id, method, strerror(err));
	}

	json_decref(params);
}


/**
 * A leg has learnt where its party's packets come from
 *
 * @param leg       Leg
 * @param component RTP or RTCP
 */
void events_latched(const struct leg *leg, enum latch_component component)
{
	const struct session *se    = leg->stream->session;
	const struct addr *source   = latch_source(&leg->latch, component);
	const struct addr *previous = latch_previous(&leg->latch, component);
	const char *comp = component == LATCH_RTCP ? "rtcp" : "rtp";
	const char leg_name[2] = {leg->name, '\0'};
	char now[ADDR_STRLEN], before[ADDR_STRLEN];

	addr_str(source, now);
	if (previous)
		addr_str(previous, before);

	log_info(ROOM, "call %s session %s stream %u leg %s: %s latched to %s",
		 se->label, se->id, leg->stream->index, leg_name, comp, now);

	emit(se, "leg.latched",
	     json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s?}", "id",
		       se->id, "owner", se->owner, "label", se->label,
		       "stream", (int)leg->stream->index, "leg", leg_name,
		       "component", comp, "source", now, "previous",
		       previous ? before : NULL),
	     NULL);
}


/**
 * No media came for the session's timeout
 *
 * @param se   Session
 * @param idle Milliseconds
 */
void events_idle(const struct session *se, uint64_t idle)
{
	log_notice(ROOM, "call %s session %s: no media for %u s", se->label,
		   se->id, (unsigned)(idle / 1000));

	emit(se, "session.idle",
	     json_pack("{s:s, s:s, s:s, s:I}", "id", se->id, "owner",
		       se->owner, "label", se->label, "idle",
		       (json_int_t)(idle / 1000)),
	     NULL);
}


/**
 * A session was closed, and not by the connection that `closer` is
 *
 * @param se     Session, still there
 * @param reason Why
 * @param final  As session.get answers, borrowed
 * @param closer Connection that closed it, NULL: the relay itself
 */
void events_closed(const struct session *se, const char *reason,
		   const json_t *final, const struct rpc_conn *closer)
{
	json_t *params = json_copy((json_t *)(uintptr_t)final);

	if (params && json_object_set_new(params, "reason",
					  json_string(reason))) {
		json_decref(params);
		params = NULL;
	}

	emit(se, "session.closed", params, closer);
}


static bool listens_at_all(const struct rpc_conn *rc, void *arg)
{
	const struct client *c = rpc_conn_data(rc);
	(void)arg;

	return c && c->subscribed;
}


/**
 * An agent came, went, or was not let in: for all who subscribed
 *
 * @param r      Relay
 * @param method Event
 * @param params Taken over; NULL: there was no memory
 */
void events_agent(struct relay *r, const char *method, json_t *params)
{
	if (!params) {
		log_warn(ROOM, "no memory for %s", method);
		return;
	}
	if (r->server)
		(void)rpc_broadcast(r->server, method, params, listens_at_all,
				    NULL);
	json_decref(params);
}
