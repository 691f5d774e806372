/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agent_session.c  Sessions an agent asks for itself
 *
 * An agent that knows SIP (one in aware mode) says on its control channel what
 * the proxy's module says elsewhere: session.open, session.update,
 * session.close, in the same words. What it may say is less: each stream has
 * one leg in its own network and one that is the relay's; its sessions have a
 * name of its own before their id, and it reaches no others.
 *
 * Owns no state: the sessions are the relay's, and their owner is the agent.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "agent_session.h"
#include "answer.h"
#include "control.h"
#include "relay.h"
#include "tunnel/control.h"
#include "tunnels.h"


#define ROOM	 "control"
#define OWNER_IS "agent "

enum {
	AGENT_ID_MAX	    = 48,   /* as the agent says it */
	AGENT_TIMEOUT_MAX   = 3600, /* s without media */
	STREAMS_PER_SESSION = 4,    /* of all its sessions, on average */
	OWNER_SIZE	= sizeof(OWNER_IS) + AUTH_NAME_MAX,
	N_METHODS	= 3,
	SESSION_ID_SIZE = AUTH_NAME_MAX + 1 + AGENT_ID_MAX + 1,
	/* members of a leg that are not the agent's to say */
	LEG_OURS = LEG_INTERFACE | LEG_POLICY | LEG_ICE,
};


static void owner_of(char owner[OWNER_SIZE], const struct agent *ag)
{
	(void)snprintf(owner, OWNER_SIZE, OWNER_IS "%s", ag->name);
}


/* "branch-1/5f2c…": letters and digits, so that no two mean the same */
static int id_of(char id[SESSION_ID_SIZE], const struct agent *ag,
		 const json_t *params, struct rpc_error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-";
	const char *own;

	if (param_id(params, &own, err))
		return EINVAL;
	if (strlen(own) > AGENT_ID_MAX || own[strspn(own, allowed)]) {
		rpc_error_set(err, RPC_INVALID_PARAMS,
			      "id: up to %d letters, digits and hyphens",
			      AGENT_ID_MAX);
		return EINVAL;
	}
	(void)snprintf(id, SESSION_ID_SIZE, "%s/%s", ag->name, own);

	return 0;
}


/* NULL: it has none of that name, whoever else may */
static struct session *find(struct agent *ag, const char *id,
			    struct rpc_error *err)
{
	struct session *se = session_find(ag->relay, id);
	char owner[OWNER_SIZE];

	owner_of(owner, ag);
	if (se && !strcmp(se->owner, owner))
		return se;
	rpc_error_set(err, RPC_NOT_FOUND, "there is no session %s", id);

	return NULL;
}


/* ---- what it may ask for ---- */

static bool has_stream(const struct session *se, unsigned index)
{
	struct le *le = se ? list_head(&se->streams) : NULL;

	while (le && ((struct stream *)le->data)->index != index)
		le = le->next;

	return le != NULL;
}


static int refuse(struct rpc_error *err, unsigned index, const char *what)
{
	rpc_error_set(err, RPC_REFUSED, "stream %u: %s", index, what);

	return EACCES;
}


static int check_stream(const struct agent *ag, const struct stream_req *sr,
			bool there, struct rpc_error *err)
{
	unsigned own = 0;

	for (unsigned i = 0; i < 2; i++) {
		const struct leg_req *leg = &sr->leg[i];

		if (leg->set & LEG_OURS)
			return refuse(err, sr->index, "interface, policy and "
						      "ice are the relay's");
		if (!(leg->set & LEG_AGENT))
			continue;
		if (!leg->agent || strcmp(leg->agent, ag->name))
			return refuse(err, sr->index,
				      "agent: that is not who asks");
		++own;
	}
	if (own > 1 || (!own && !there))
		return refuse(err, sr->index, "one leg is the agent's");

	return 0;
}


static int check_timeout(const struct session_req *req, struct rpc_error *err)
{
	if (req->timeout && req->timeout <= AGENT_TIMEOUT_MAX)
		return 0;
	rpc_error_set(err, RPC_REFUSED, "timeout: 1 s to %d",
		      AGENT_TIMEOUT_MAX);

	return EACCES;
}


/* what it has, and asks for besides */
static int check_number(const struct agent *ag, size_t sessions,
			size_t streams, struct rpc_error *err)
{
	const size_t max = ag->relay->conf.tunnel.agent_sessions;
	char owner[OWNER_SIZE];
	struct le *le;

	if (!sessions && !streams)
		return 0;
	owner_of(owner, ag);
	for (le = list_head(&ag->relay->session_list); le; le = le->next) {
		const struct session *se = le->data;

		if (strcmp(se->owner, owner))
			continue;
		++sessions;
		streams += list_count(&se->streams);
	}
	if (sessions <= max && streams <= max * STREAMS_PER_SESSION)
		return 0;
	rpc_error_set(err, RPC_NO_RESOURCE,
		      "agent_sessions of the configuration is reached");

	return ENOSPC;
}


static int check(const struct agent *ag, const struct session *se,
		 const struct session_req *req, struct rpc_error *err)
{
	int e	   = check_timeout(req, err);
	size_t add = 0;

	for (size_t i = 0; i < req->streamc && !e; i++) {
		const struct stream_req *sr = &req->streamv[i];
		const bool there	    = has_stream(se, sr->index);

		if (sr->remove)
			continue;
		e = check_stream(ag, sr, there, err);
		add += !there;
	}

	return e ? e : check_number(ag, !se, add, err);
}


/* ---- what it asks for ---- */

/* it knows its sessions by its own ids */
static int own_words(json_t *result, const char *id)
{
	return result && !json_object_set_new(result, "id",
					      json_string(strchr(id, '/') + 1))
		       ? 0
		       : ENOMEM;
}


static int session_put(struct agent *ag, const json_t *params, bool open,
		       json_t **result, struct rpc_error *err)
{
	char id[SESSION_ID_SIZE], owner[OWNER_SIZE];
	struct rpc_error none = {0};
	struct session_req req;
	bool created = false;
	struct session *se;
	int e = id_of(id, ag, params, err);

	if (!e)
		e = session_req_decode(&req, params, err);
	if (e)
		return e;

	owner_of(owner, ag);
	req.id	  = id;
	req.owner = owner;
	se	  = find(ag, id, open ? &none : err);
	if (!se && !open)
		return ENOENT;
	e = check(ag, se, &req, err);
	if (!e)
		e = open ? session_open(&se, ag->relay, &req, &created, err)
			 : session_update(se, &req, err);
	if (!e)
		e = answer_opened(result, se, created);

	return e ? e : own_words(*result, id);
}


static int session_open_of(struct agent *ag, const json_t *params,
			   json_t **result, struct rpc_error *err)
{
	return session_put(ag, params, true, result, err);
}


static int session_update_of(struct agent *ag, const json_t *params,
			     json_t **result, struct rpc_error *err)
{
	return session_put(ag, params, false, result, err);
}


static int session_close_of(struct agent *ag, const json_t *params,
			    json_t **result, struct rpc_error *err)
{
	char id[SESSION_ID_SIZE];
	struct session *se;
	int e = id_of(id, ag, params, err);

	if (e)
		return e;
	se = find(ag, id, err);
	if (!se)
		return ENOENT;
	log_debug(ROOM, "call %s session %s: closed by its agent", se->label,
		  se->id);
	e = control_close(se, "closed", result);

	return e ? e : own_words(*result, id);
}


static const struct {
	const char *name;
	int (*methodh)(struct agent *ag, const json_t *params, json_t **result,
		       struct rpc_error *err);
} methods[N_METHODS] = {
	{"session.open", session_open_of},
	{"session.update", session_update_of},
	{"session.close", session_close_of},
};


/**
 * An agent asks for a session, or for a change of one
 *
 * @param ag	 Agent
 * @param method Method
 * @param params Parameters
 * @param result Result, new reference; NULL: see err
 * @param err	 Error
 *
 * @return false: it asks for something else
 */
bool agent_session_request(struct agent *ag, const char *method,
			   const json_t *params, json_t **result,
			   struct rpc_error *err)
{
	struct metrics *stats = ag->relay->stats;
	size_t i	      = 0;
	int e		      = EACCES;

	while (i < N_METHODS && strcmp(method, methods[i].name))
		++i;
	if (i == N_METHODS)
		return false;

	metrics_inc(stats, STAT_AGENT_REQUESTS);
	if (!addr_is_set(&ag->relay->conf.tunnel.registrar))
		rpc_error_set(err, RPC_REFUSED,
			      "agents have no sessions of their own here");
	else
		e = methods[i].methodh(ag, params, result, err);
	if (!e)
		return true;

	json_decref(*result);
	*result = NULL;
	if (!err->code)
		rpc_error_set(err, RPC_INTERNAL_ERROR, "out of memory");
	metrics_inc(stats, STAT_AGENT_REQUESTS_REFUSED);
	if (agent_may_log(ag))
		log_info(ROOM, "agent %s: %s: %d %s", ag->name, method,
			 err->code, err->message);

	return true;
}


/* ---- what becomes of them ---- */

/** Is an agent its owner? */
bool agent_session_is(const struct session *se)
{
	return !strncmp(se->owner, OWNER_IS, sizeof(OWNER_IS) - 1);
}


/** A session is closed, and not by its agent, which is told */
void agent_session_closed(const struct session *se, const char *reason)
{
	const struct agent *ag =
		agent_session_is(se) && se->relay->tunnels
			? agents_find(tunnels_agents(se->relay->tunnels),
				      se->owner + sizeof(OWNER_IS) - 1)
			: NULL;

	if (ag && ag->control)
		(void)control_notify(ag->control, "session.closed",
				     json_pack("{s:s,s:s}", "id",
					       strchr(se->id, '/') + 1,
					       "reason", reason));
}


/** The agent is no more */
void agent_session_forget(struct agent *ag)
{
	struct le *le = list_head(&ag->relay->session_list);
	char owner[OWNER_SIZE];

	owner_of(owner, ag);
	while (le) {
		struct session *se = le->data;

		le = le->next;
		if (!strcmp(se->owner, owner))
			control_expire(se, "revoked");
	}
}
