/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file session.c  One call's streams, and the table of all calls
 *
 * A change is made whole or not at all: everything that may fail (looking,
 * opening sockets) comes before anything is altered. Owns the sessions, their
 * streams, and the relay's table of them.
 */
#include <errno.h>
#include <string.h>
#include "relay.h"
#include "session.h"
#include "tcp_leg.h"


#define ROOM "session"


static void destructor(void *arg)
{
	struct session *se = arg;

	if (se->he.list) {
		hash_unlink(&se->he);
		list_unlink(&se->le);
		list_unlink(&se->of_worker);
		--se->relay->sessionc;
	}

	list_flush(&se->streams);
	mem_deref(se->id);
	mem_deref(se->owner);
	mem_deref(se->label);
}


static bool id_cmp(struct le *le, void *arg)
{
	const struct session *se = le->data;

	return !strcmp(se->id, arg);
}


/**
 * Find a session
 *
 * @param r  Relay
 * @param id Its id
 *
 * @return Session, NULL if there is none
 */
struct session *session_find(const struct relay *r, const char *id)
{
	return list_ledata(hash_lookup(r->sessions, hash_joaat_str(id), id_cmp,
				       (void *)(uintptr_t)id));
}


struct stream *session_stream(const struct session *se, unsigned index)
{
	struct le *le;

	for (le = list_head(&se->streams); le; le = le->next) {
		struct stream *st = le->data;

		if (st->index == index)
			return st;
	}

	return NULL;
}


static int no_resource(struct relay *r, struct rpc_error *err, const char *what)
{
	metrics_inc(r->stats, STAT_SESSIONS_REFUSED);
	rpc_error_set(err, RPC_NO_RESOURCE, "%s", what);

	return ENOSPC;
}


/* How many streams would there be? */
static int check_count(const struct session *se, const struct session_req *req,
		       struct rpc_error *err)
{
	struct relay *r = se->relay;
	unsigned add = 0, del = 0;
	size_t i;

	for (i = 0; i < req->streamc; i++) {
		const bool there = session_stream(se, req->streamv[i].index) !=
				   NULL;

		if (req->streamv[i].remove)
			del += there;
		else
			add += !there;
	}

	if (list_count(&se->streams) + add > STREAMS_MAX + del)
		return no_resource(r, err, "a session may have 32 streams");

	if (add && r->streamc + add > r->conf.max_streams)
		return no_resource(r, err,
				   "max_streams of the configuration is "
				   "reached");

	return 0;
}


static int prepare_streams(struct session *se, const struct session_req *req,
			   struct list *fresh, struct rpc_error *err)
{
	size_t i;
	int e = 0;

	for (i = 0; i < req->streamc && !e; i++) {
		const struct stream_req *sr = &req->streamv[i];
		struct stream *st	    = session_stream(se, sr->index);

		if (st && !sr->remove)
			e = stream_check(st, sr, err);
	}

	for (i = 0; i < req->streamc && !e; i++) {
		const struct stream_req *sr = &req->streamv[i];
		struct stream *st	    = session_stream(se, sr->index);

		if (sr->remove)
			continue;

		if (st) {
			e = stream_prepare(st, sr, err);
			continue;
		}

		e = stream_open(&st, se->relay, se, sr, err);
		if (!e)
			list_append(fresh, &st->le, st);
	}

	if (e)
		list_flush(fresh);

	return e;
}


/* what can't be watched is deaf, and media that don't come are noticed */
static void start(struct stream *st)
{
	const int err = stream_start(st);

	if (err)
		log_error(ROOM, "call %s session %s: %s", st->session->label,
			  st->session->id, strerror(err));
}


static void apply_streams(struct session *se, const struct session_req *req,
			  struct list *fresh)
{
	const uint64_t now = se->relay->now();
	struct le *le;
	size_t i;

	for (i = 0; i < req->streamc; i++) {
		const struct stream_req *sr = &req->streamv[i];
		struct stream *st	    = session_stream(se, sr->index);

		if (!st)
			continue;
		if (sr->remove)
			mem_deref(st);
		else {
			start(st);
			stream_apply(st, sr);
		}
	}

	/* the call moves on (an answer, say): parties not heard yet get their
	   time again */
	for (le = list_head(&se->streams); le; le = le->next) {
		struct stream *st = le->data;

		latch_reopen(&st->leg[0].latch, now);
		latch_reopen(&st->leg[1].latch, now);
	}

	while ((le = list_head(fresh))) {
		struct stream *st = le->data;

		list_unlink(le);
		list_append(&se->streams, le, st);
		start(st);
	}
}


static void apply_session(struct session *se, const struct session_req *req)
{
	const uint64_t now = se->relay->now();

	if (req->label && strcmp(req->label, se->label)) {
		char *label = NULL;

		if (!str_dup(&label, req->label)) {
			mem_deref(se->label);
			se->label = label;
		}
	}

	if (req->timeout >= 0)
		se->timeout = (uint32_t)req->timeout;

	if (req->hold >= 0) {
		/* after hold, media has its whole time to come back */
		if (se->hold && !req->hold)
			se->since = now;
		se->hold = req->hold;
	}

	se->idle_next = 0;
	session_claim(se);
}


/**
 * Change a session
 *
 * @param se  Session
 * @param req What is asked
 * @param err Error
 *
 * @return 0, or an errno with *err; nothing is changed then
 */
int session_update(struct session *se, const struct session_req *req,
		   struct rpc_error *err)
{
	struct list fresh = LIST_INIT;
	int e;

	worker_park(se->worker);
	e = check_count(se, req, err);
	if (!e)
		e = prepare_streams(se, req, &fresh, err);
	if (!e) {
		apply_streams(se, req, &fresh);
		apply_session(se, req);
	}
	worker_resume(se->worker);

	return e;
}


static int session_alloc(struct session **sp, struct relay *r,
			 const struct session_req *req)
{
	struct session *se = mem_zalloc(sizeof(*se), destructor);
	int err;

	if (!se)
		return ENOMEM;

	se->relay   = r;
	se->worker  = worker_of(r, hash_joaat_str(req->id));
	se->created = r->wall();
	se->since   = r->now();
	se->timeout = r->conf.session_timeout;

	err  = str_dup(&se->id, req->id);
	err |= str_dup(&se->owner, req->owner);
	err |= str_dup(&se->label, req->label ? req->label : "-");
	if (err) {
		mem_deref(se);
		return ENOMEM;
	}

	*sp = se;

	return 0;
}


static int open_new(struct session **sp, struct relay *r,
		    const struct session_req *req, struct rpc_error *err)
{
	struct session *se = NULL;
	int e;

	if (r->draining) {
		metrics_inc(r->stats, STAT_SESSIONS_REFUSED);
		rpc_error_set(err, RPC_BUSY, "the relay is draining");
		return EBUSY;
	}

	if (r->sessionc >= r->conf.max_sessions)
		return no_resource(r, err,
				   "max_sessions of the configuration is "
				   "reached");

	e = session_alloc(&se, r, req);
	if (e) {
		rpc_error_set(err, RPC_NO_RESOURCE, "out of memory");
		return e;
	}

	e = session_update(se, req, err);
	if (e) {
		mem_deref(se);
		return e;
	}

	hash_append(r->sessions, hash_joaat_str(se->id), &se->he, se);
	list_append(&r->session_list, &se->le, se);
	list_append(&se->worker->sessions, &se->of_worker, se);
	++r->sessionc;
	metrics_inc(r->stats, STAT_SESSIONS_OPENED);

	log_debug(ROOM, "call %s session %s: opened by %s", se->label, se->id,
		  se->owner);
	*sp = se;

	return 0;
}


/**
 * Open a session, or change the one that is open under this id
 *
 * @param sp      Result; belongs to the relay
 * @param r       Relay
 * @param req     What is asked
 * @param created Whether it is new
 * @param err     Error
 *
 * @return 0, or an errno with *err; nothing is changed then
 */
int session_open(struct session **sp, struct relay *r,
		 const struct session_req *req, bool *created,
		 struct rpc_error *err)
{
	struct session *se;
	int e;

	if (!req->owner) {
		rpc_error_set(err, RPC_INVALID_PARAMS, "owner: is missing");
		return EINVAL;
	}

	se	 = session_find(r, req->id);
	*created = !se;

	if (!se)
		return open_new(sp, r, req, err);

	if (strcmp(se->owner, req->owner)) {
		rpc_error_set(err, RPC_EXISTS,
			      "session %s belongs to \"%s\"", req->id,
			      se->owner);
		return EEXIST;
	}

	e = session_update(se, req, err);
	if (!e)
		*sp = se;

	return e;
}


/**
 * Close a session: its ports are free afterwards
 *
 * @param se Session; gone afterwards
 */
void session_close(struct session *se)
{
	struct worker *w = se->worker;

	metrics_inc(se->relay->stats, STAT_SESSIONS_CLOSED);
	worker_park(w);
	mem_deref(se);
	worker_resume(w);
}


/** Note that somebody still wants this session */
void session_claim(struct session *se)
{
	se->claimed = se->relay->now();
}


static uint64_t heard_last(const struct session *se)
{
	uint64_t heard = se->since;
	struct le *le;

	for (le = list_head(&se->streams); le; le = le->next) {
		const struct stream *st = le->data;

		heard = max(heard, max(st->leg[0].heard, st->leg[1].heard));
	}

	return heard;
}


/**
 * How long no media came
 *
 * @param se  Session
 * @param now Milliseconds
 *
 * @return Milliseconds
 */
uint64_t session_idle(const struct session *se, uint64_t now)
{
	const uint64_t heard = heard_last(se);

	return now > heard ? now - heard : 0;
}


/**
 * Let time pass, about once a second
 *
 * @param se  Session
 * @param now Milliseconds
 *
 * @return What has to be done with it
 */
enum session_due session_tick(struct session *se, uint64_t now)
{
	const uint64_t timeout = se->timeout * 1000ull;
	const uint64_t orphan  = se->relay->conf.orphan_timeout * 1000ull;
	uint64_t idle;
	struct le *le;

	for (le = list_head(&se->streams); le; le = le->next) {
		struct stream *st = le->data;

		kpath_stream_tick(st, now);
		tcp_leg_refresh(&st->leg[0], now);
		tcp_leg_refresh(&st->leg[1], now);
		latch_tick(&st->leg[0].latch, now);
		latch_tick(&st->leg[1].latch, now);
	}

	idle = session_idle(se, now);
	if (orphan && idle >= orphan && now - se->claimed >= orphan)
		return SESSION_ORPHAN;

	if (se->hold || !timeout || idle < timeout) {
		se->idle_next = 0;
		return SESSION_NOTHING;
	}

	if (now < se->idle_next)
		return SESSION_NOTHING;

	se->idle_next = now + timeout;

	return SESSION_IDLE;
}


const char *session_id(const struct session *se)
{
	return se->id;
}


const char *session_label(const struct session *se)
{
	return se->label;
}
