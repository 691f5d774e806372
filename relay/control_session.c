/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file control_session.c  The methods that concern sessions
 *
 * From parameters to session.c and back to an answer. Owns no state.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "agent_session.h"
#include "answer.h"
#include "control.h"
#include "events.h"


#define ROOM "control"

enum {
	LIST_DEFAULT = 500,
	LIST_MAX     = 500, /* one answer is one line of RPC_LINE_MAX */
	LIST_OCTETS  = RPC_LINE_MAX / 2,
	CLOSE_REASON_MAX = 128,
};


static struct session *find(struct relay *r, const json_t *params,
			    struct rpc_error *err)
{
	struct session *se;
	const char *id;

	if (param_id(params, &id, err))
		return NULL;

	se = session_find(r, id);
	if (!se)
		rpc_error_set(err, RPC_NOT_FOUND, "there is no session %s",
			      id);

	return se;
}


/**
 * session.open
 *
 * @param r      Relay
 * @param rc     Connection, may be NULL
 * @param params Parameters
 * @param result Result
 * @param err    Error
 *
 * @return 0 or an errno
 */
int control_session_open(struct relay *r, struct rpc_conn *rc,
			 const json_t *params, json_t **result,
			 struct rpc_error *err)
{
	struct session *se = NULL;
	struct session_req req;
	bool created;
	int e;
	(void)rc;

	e = session_req_decode(&req, params, err);
	if (e)
		return e;

	e = session_open(&se, r, &req, &created, err);
	if (e)
		return e;

	return answer_opened(result, se, created);
}


/* What a stream has counted is told when it goes, and nothing is passed on
 * in between */
static int update(struct session *se, const struct session_req *req,
		  json_t **result, struct rpc_error *err)
{
	struct worker *w = se->worker;
	json_t *removed	 = NULL;
	int e;

	worker_park(w);
	e = answer_removed(&removed, se, req);
	if (!e)
		e = session_update(se, req, err);
	worker_resume(w);

	if (!e)
		e = answer_opened(result, se, false);
	if (!e && removed)
		e = json_object_set_nocheck(*result, "removed", removed)
			    ? ENOMEM
			    : 0;
	json_decref(removed);

	return e;
}


/** session.update; parameters as control_session_open() */
int control_session_update(struct relay *r, struct rpc_conn *rc,
			   const json_t *params, json_t **result,
			   struct rpc_error *err)
{
	struct session *se;
	struct session_req req;
	int e;
	(void)rc;

	e = session_req_decode(&req, params, err);
	if (e)
		return e;

	se = find(r, params, err);
	if (!se)
		return ENOENT;

	return update(se, &req, result, err);
}


/* The counters are told first; who can't be told has them in the log */
static int close_session(struct session *se, const char *reason,
			 struct rpc_conn *rc, json_t **result)
{
	struct worker *w = se->worker;
	json_t *final	 = NULL;
	int err;

	/* nothing is passed on that the counters don't know */
	worker_park(w);
	err = answer_session(&final, se, se->relay->now());
	if (!err)
		events_closed(se, reason, final, rc);

	log_debug(ROOM, "call %s session %s: closed: %s", se->label, se->id,
		  reason);
	session_close(se);
	worker_resume(w);

	if (result)
		*result = final;
	else
		json_decref(final);

	return err;
}


/**
 * Close a session for whoever may ask for that
 *
 * @param se     Session; gone afterwards
 * @param reason Why
 * @param result Its counters, new reference
 *
 * @return 0 or ENOMEM: it is closed, and the counters are lost
 */
int control_close(struct session *se, const char *reason, json_t **result)
{
	return close_session(se, reason, NULL, result);
}


/** session.close; parameters as control_session_open() */
int control_session_close(struct relay *r, struct rpc_conn *rc,
			  const json_t *params, json_t **result,
			  struct rpc_error *err)
{
	struct session *se = find(r, params, err);
	const char *reason = "closed";

	if (!se)
		return ENOENT;

	if (param_str(params, "", "reason", CLOSE_REASON_MAX, &reason, err))
		return EINVAL;

	agent_session_closed(se, reason);

	return close_session(se, reason, rc, result);
}


/**
 * Close a session nobody asked to be closed
 *
 * @param se     Session; gone afterwards
 * @param reason Why
 */
void control_expire(struct session *se, const char *reason)
{
	log_notice(ROOM, "call %s session %s of %s: closed: %s", se->label,
		   se->id, se->owner, reason);
	agent_session_closed(se, reason);
	(void)close_session(se, reason, NULL, NULL);
}


static int answer_parked(json_t **jp, struct session *se)
{
	int err;

	worker_park(se->worker);
	err = answer_session(jp, se, se->relay->now());
	worker_resume(se->worker);

	return err;
}


/** session.get; parameters as control_session_open() */
int control_session_get(struct relay *r, struct rpc_conn *rc,
			const json_t *params, json_t **result,
			struct rpc_error *err)
{
	struct session *se = find(r, params, err);
	(void)rc;

	if (!se)
		return ENOENT;

	session_claim(se);

	return answer_parked(result, se);
}


static int by_id(const void *a, const void *b)
{
	const struct session *const *l = a, *const *m = b;

	return strcmp((*l)->id, (*m)->id);
}


/* Sessions whose id comes after `after`, sorted; free() it */
static struct session **select_sessions(const struct relay *r,
					const char *owner, const char *after,
					size_t *n)
{
	struct session **v;
	struct le *le;

	*n = 0;
	v = malloc((r->sessionc + 1) * sizeof(*v));
	if (!v)
		return NULL;

	for (le = list_head(&r->session_list); le; le = le->next) {
		struct session *se = le->data;

		if ((!owner || !strcmp(se->owner, owner)) &&
		    (!after || strcmp(se->id, after) > 0))
			v[(*n)++] = se;
	}

	qsort(v, *n, sizeof(*v), by_id);

	return v;
}


static int page(json_t *v, struct session **sessionv, size_t n, size_t limit,
		bool claim, size_t *done)
{
	size_t i, octets = 0;

	for (i = 0; i < n && i < limit && octets < LIST_OCTETS; i++) {
		struct session *se = sessionv[i];
		json_t *j = NULL;

		if (answer_parked(&j, se))
			return ENOMEM;

		octets += 256 + 1400 * list_count(&se->streams);

		if (json_array_append_new(v, j))
			return ENOMEM;

		if (claim)
			session_claim(se);
	}

	*done = i;

	return 0;
}


/** session.list; parameters as control_session_open() */
int control_session_list(struct relay *r, struct rpc_conn *rc,
			 const json_t *params, json_t **result,
			 struct rpc_error *err)
{
	const char *owner = NULL, *after = NULL;
	uint64_t limit = LIST_DEFAULT;
	struct session **sessionv;
	size_t n, done = 0;
	json_t *v;
	int e;
	(void)rc;

	if (param_str(params, "", "owner", OWNER_LEN_MAX, &owner, err) ||
	    param_str(params, "", "after", ID_LEN_MAX, &after, err) ||
	    param_uint(params, "", "limit", 1, LIST_MAX, &limit, err))
		return EINVAL;

	sessionv = select_sessions(r, owner, after, &n);
	v = json_array();
	if (!sessionv || !v) {
		free(sessionv);
		json_decref(v);
		return ENOMEM;
	}

	e = page(v, sessionv, n, (size_t)limit, owner != NULL, &done);
	free(sessionv);
	if (e) {
		json_decref(v);
		return e;
	}

	*result = json_pack("{s:o, s:b}", "sessions", v, "more", done < n);

	return *result ? 0 : ENOMEM;
}
