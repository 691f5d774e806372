/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between what a call's messages want and what the relay has: one request at a
 * time brings the second to the first. Owns media's told, asked and before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "log/log.h"
#include "h323gw/media/media_priv.h"

#define ROOM "media"

enum {
	AGAIN_MS  = 1000,
	TRIES_MAX = 30,		/* until a relay that has lost it gave up */
};


struct session *media_session_copy(const struct session *se)
{
	const size_t size = session_size(se->streams_count);
	struct session *c = malloc(size);

	if (c)
		memcpy(c, se, size);
	return c;
}


/* Who waits is told, last of all: it may end the call. */
void media_ready(struct media *m, int err)
{
	media_ready_h *h = m->readyh;

	streams_free(m->before);
	m->before = NULL;
	m->readyh = NULL;
	if (h)
		h(err, m->ready_arg);
}


/* The same, and everything is as if the message had not come. */
static void refuse(struct media *m, int err)
{
	if (m->before) {
		streams_free(m->s);
		m->s = m->before;
		m->before = NULL;
	}
	media_ready(m, err);
}


void media_ended(struct media *m, enum media_end why, const char *reason)
{
	if (m->ended)
		return;
	m->ended = true;
	if (m->h.endh && !m->closedh)
		m->h.endh(why, reason ? reason : "", m->arg);
}


/* ---- the relay's answers ---- */

/* The addresses it chose, to where messages find them */
static void locals(struct media *m)
{
	const struct session *told = m->told;
	const int64_t now = media_now();

	for (unsigned i = 0; i < told->streams_count; i++) {
		struct stream *st = &m->s->v[i];

		if (told->streams[i].state == SESSION_STREAM_ENDED)
			continue;
		if (!st->start)
			st->start = now;
		for (int x = 0; x < SIDES; x++) {
			struct session_leg *to = &m->s->se->streams[i].leg[x];
			const struct session_leg *leg =
				&told->streams[i].leg[x];

			to->local = leg->local;
			to->local_rtcp = leg->local_rtcp;
		}
	}
}


static void removed(struct media *m, const json_t *result)
{
	json_t *gone = json_object_get(result, "removed");
	json_t *o = gone ? json_pack("{s:O}", "streams", gone) : NULL;

	if (o)
		media_flows(m, o);
	json_decref(o);
}


static void take(struct media *m, const json_t *result)
{
	int err = relay_result_read(m->asked, result);

	free(m->told);
	m->told = m->asked;
	m->asked = NULL;
	if (err) {
		log_warn(ROOM, "session %s: the relay's answer is none",
			 m->told->id);
		refuse(m, EPROTO);
		return;
	}
	locals(m);
	removed(m, result);
	streams_settled(m->s, m->told);
	media_state(m);

	err = media_ask(m);
	if (err == EINPROGRESS)
		return;
	if (err)
		refuse(m, err);
	else
		media_ready(m, 0);
}


/* An address may be none that media can be sent to from where the relay is;
 * then the party is heard, and answered where it comes from. */
static bool without_addresses(struct media *m)
{
	const struct session *told = m->told;
	bool any = false;

	for (unsigned i = 0; i < m->asked->streams_count; i++) {
		for (int x = 0; x < SIDES; x++) {
			const struct addr *a =
				&m->asked->streams[i].leg[x].cur.addr;

			if (!m->s->v[i].open || !addr_is_set(a) ||
			    (told && i < told->streams_count &&
			     addr_eq(a, &told->streams[i].leg[x].cur.addr)))
				continue;
			any |= !m->s->v[i].bare[x];
			m->s->v[i].bare[x] = true;
		}
	}
	if (any)
		streams_refresh(m->s);
	return any;
}


static void answer_handler(const struct rpc_error *err, const json_t *result,
			   int *fds, size_t nfds, void *arg)
{
	struct media *m = arg;
	int e = link_errno(err);
	(void)fds;
	(void)nfds;

	m->req = NULL;
	mem_ref(m);
	if (!e) {
		take(m, result);
		goto out;
	}
	if ((e == EINVAL || e == EACCES) && without_addresses(m)) {
		free(m->asked);
		m->asked = NULL;
		e = media_ask(m);
		if (e == EINPROGRESS)
			goto out;
	}
	free(m->asked);
	m->asked = NULL;
	/* it is being opened again: then */
	if (e == ENOENT && m->absent)
		goto out;
	log_info(ROOM, "call %s session %s: %s", m->s->se->callid,
		 m->s->se->id, err ? err->message : strerror(e));
	refuse(m, e);
	/* somebody has closed it, and we were not there to hear of it */
	if (e == ENOENT && m->told) {
		free(m->told);
		m->told = NULL;
		media_ended(m, MEDIA_CLOSED, "unknown to the relay");
	}
out:
	mem_deref(m);
}


static bool any_open(const struct session *se)
{
	for (unsigned i = 0; i < se->streams_count; i++) {
		if (se->streams[i].state != SESSION_STREAM_ENDED)
			return true;
	}
	return false;
}


int media_ask(struct media *m)
{
	json_t *params;
	int err;

	if (m->asked || m->absent)
		return EINPROGRESS;
	if (m->closedh || m->ended)
		return ENOTCONN;

	if (m->told)
		params = relay_update_params(m->told, m->s->se, &m->words);
	else
		params = any_open(m->s->se)
				 ? relay_open_params(m->s->se, &m->words)
				 : NULL;
	if (!params) {
		streams_settled(m->s, m->told);
		return 0;
	}

	m->asked = media_session_copy(m->s->se);
	err = m->asked ? link_call(&m->req, m->link,
				   m->told ? "session.update" : "session.open",
				   params, answer_handler, m)
		       : ENOMEM;
	json_decref(params);
	if (!err)
		return EINPROGRESS;
	free(m->asked);
	m->asked = NULL;
	return err;
}


/* ---- after a restart of the relay ---- */

static json_t *open_handler(void *arg)
{
	struct media *m = arg;

	if (!m->told || m->closedh || m->ended)
		return NULL;
	if (!any_open(m->told)) {
		/* nothing to be lost */
		free(m->told);
		m->told = NULL;
		return NULL;
	}
	return relay_open_params(m->told, &m->words);
}


static void again_handler(void *arg);


static void opened_handler(const struct rpc_error *err, const json_t *result,
			   void *arg)
{
	struct media *m = arg;

	(void)result;
	if (!err) {
		int e;

		m->absent = false;
		m->tries = 0;
		tmr_cancel(&m->tmr);
		e = media_ask(m);
		if (!e)
			media_ready(m, 0);
		else if (e != EINPROGRESS)
			refuse(m, e);
		return;
	}
	m->absent = true;
	/* an agent may need some time until it is back, too */
	if (++m->tries < TRIES_MAX) {
		tmr_start(&m->tmr, AGAIN_MS, again_handler, m);
		return;
	}
	m->absent = false;
	free(m->told);
	m->told = NULL;
	mem_ref(m);
	media_ended(m, MEDIA_LOST, err->message);
	refuse(m, ENOTCONN);
	mem_deref(m);
}


static void again_answer(const struct rpc_error *err, const json_t *result,
			 int *fds, size_t nfds, void *arg)
{
	struct media *m = arg;
	(void)fds;
	(void)nfds;

	m->req = NULL;
	opened_handler(err, result, m);
}


static void again_handler(void *arg)
{
	struct media *m = arg;
	json_t *params = open_handler(m);

	if (m->req || !params ||
	    link_call(&m->req, m->link, "session.open", params, again_answer,
		      m))
		tmr_start(&m->tmr, AGAIN_MS, again_handler, m);
	json_decref(params);
}


/* ---- events ---- */

static bool is_behind(const struct media *m, const char *agent)
{
	const struct session *se = m->s->se;

	return agent && agent[0] && (!strcmp(se->agent[SIDE_A], agent) ||
				     !strcmp(se->agent[SIDE_B], agent));
}


static void event_handler(const char *method, const json_t *params, void *arg)
{
	struct media *m = arg;
	const char *agent = json_string_value(json_object_get(params,
							      "agent"));
	const char *reason = json_string_value(json_object_get(params,
							       "reason"));

	if (!strcmp(method, "session.idle") && m->told) {
		media_ended(m, MEDIA_IDLE, "no media");
	}
	else if (!strcmp(method, "session.closed") && m->told) {
		media_flows(m, params);
		free(m->told);
		m->told = NULL;
		media_ended(m, MEDIA_CLOSED, reason);
	}
	else if (!strcmp(method, "agent.down") && is_behind(m, agent) &&
		 m->told && !m->absent) {
		media_ended(m, MEDIA_AGENT_DOWN, reason);
	}
	else if (m->absent && is_behind(m, agent) && !m->req) {
		tmr_start(&m->tmr, 0, again_handler, m);
	}
}


const struct link_session_handlers media_session_handlers = {
	.openh = open_handler,
	.openedh = opened_handler,
	.eventh = event_handler,
};
