/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file events.c  What clients are told without asking
 *
 * A notification is built once and goes to every connection that subscribed
 * to its session's owner. What workers notice comes to the control thread as a
 * note, by a pipe. Owns the notes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "client.h"
#include "events.h"


#define ROOM "events"

/** Whom an event concerns */
struct audience {
	const char *owner;
	const struct rpc_conn *except;
};


/**
 * Send this connection the events of one owner, or of all
 *
 * @param r     Relay
 * @param rc    Connection
 * @param owner Owner, NULL: all
 *
 * @return 0 or ENOMEM
 */
int events_subscribe(struct relay *r, struct rpc_conn *rc, const char *owner)
{
	struct client *c = client_of(r, rc);
	char *copy	 = NULL;

	if (!c || (owner && str_dup(&copy, owner)))
		return ENOMEM;

	mem_deref(c->owner);
	c->owner      = copy;
	c->subscribed = true;

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


/** A leg has learnt a source, as its worker tells the control thread */
struct note {
	char session[ID_LEN_MAX + 1];
	struct addr source, previous;
	enum latch_component component;
	unsigned stream;
	char leg[2];
};


static void latched(const struct session *se, const struct note *no)
{
	const char *comp = no->component == LATCH_RTCP ? "rtcp" : "rtp";
	const bool again = addr_is_set(&no->previous);
	char now[ADDR_STRLEN], before[ADDR_STRLEN];

	addr_str(&no->source, now);
	if (again)
		addr_str(&no->previous, before);

	log_info(ROOM, "call %s session %s stream %u leg %s: %s latched to %s",
		 se->label, se->id, no->stream, no->leg, comp, now);

	emit(se, "leg.latched",
	     json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s?}", "id",
		       se->id, "owner", se->owner, "label", se->label,
		       "stream", (int)no->stream, "leg", no->leg,
		       "component", comp, "source", now, "previous",
		       again ? before : NULL),
	     NULL);
}


/* The session may be gone by now, and has told its sources then */
static void take_note(struct relay *r, struct note *no)
{
	const struct session *se = session_find(r, no->session);

	if (se)
		latched(se, no);
	free(no);
}


/** The control thread reads what a worker wrote down */
void events_note(int id, void *data, void *arg)
{
	(void)id;

	take_note(arg, data);
}


/**
 * A leg has learnt where its party's packets come from; its worker says so
 *
 * @param leg       Leg
 * @param component RTP or RTCP
 */
void events_latched(const struct leg *leg, enum latch_component component)
{
	const struct addr *previous = latch_previous(&leg->latch, component);
	struct relay *r		    = leg->relay;
	struct note *no		    = calloc(1, sizeof(*no));

	if (!no)
		return;

	(void)str_ncpy(no->session, leg->stream->session->id,
		       sizeof(no->session));
	no->source    = *latch_source(&leg->latch, component);
	no->component = component;
	no->stream    = leg->stream->index;
	no->leg[0]    = leg->name;
	if (previous)
		no->previous = *previous;

	if (!r->notes)
		take_note(r, no);
	else if (mqueue_push(r->notes, 0, no))
		free(no);
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
