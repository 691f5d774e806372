/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file control.c  The methods of the control protocol: which there are
 *
 * Finds the method, answers the request. What a session can do stands in
 * control_session.c. Owns no state.
 */
#include <errno.h>
#include <string.h>
#include "answer.h"
#include "client.h"
#include "control.h"
#include "events.h"


#define ROOM "control"


static int relay_status(struct relay *r, struct rpc_conn *rc,
			const json_t *params, json_t **result,
			struct rpc_error *err)
{
	(void)rc;
	(void)params;
	(void)err;

	return answer_status(result, r);
}


static int relay_drain(struct relay *r, struct rpc_conn *rc,
		       const json_t *params, json_t **result,
		       struct rpc_error *err)
{
	bool on = true;
	(void)rc;

	if (param_bool(params, "", "on", &on, err))
		return EINVAL;

	if (on != r->draining)
		log_notice(ROOM, on ? "draining: no new sessions"
				    : "no longer draining");

	r->draining = on;
	*result = json_pack("{s:b}", "draining", r->draining);

	return *result ? 0 : ENOMEM;
}


static int stats(struct relay *r, struct rpc_conn *rc, const json_t *params,
		 json_t **result, struct rpc_error *err)
{
	(void)rc;
	(void)params;
	(void)err;

	return stats_json(result, r);
}


static int subscribe(struct relay *r, struct rpc_conn *rc,
		     const json_t *params, json_t **result,
		     struct rpc_error *err)
{
	const char *owner = NULL;

	if (param_str(params, "", "owner", OWNER_LEN_MAX, &owner, err))
		return EINVAL;

	if (rc && events_subscribe(r, rc, owner))
		return ENOMEM;

	*result = json_pack("{s:s}", "instance", r->instance);

	return *result ? 0 : ENOMEM;
}


static const struct {
	const char *name;
	control_method_h *methodh;
} methodv[] = {
	{"session.open", control_session_open},
	{"session.update", control_session_update},
	{"session.close", control_session_close},
	{"session.get", control_session_get},
	{"session.list", control_session_list},
	{"agent.add", control_agent_add},
	{"agent.set", control_agent_set},
	{"agent.revoke", control_agent_revoke},
	{"agent.get", control_agent_get},
	{"agent.list", control_agent_list},
	{"channel.get", control_channel_get},
	{"channel.attach", control_channel_attach},
	{"channel.close", control_channel_close},
	{"service.open", control_service_open},
	{"service.get", control_service_get},
	{"service.close", control_service_close},
	{"service.list", control_service_list},
	{"relay.status", relay_status},
	{"relay.drain", relay_drain},
	{"stats", stats},
	{"subscribe", subscribe},
};


/**
 * Do what a request asks
 *
 * @param r      Relay
 * @param rc     Connection it came on, may be NULL
 * @param method Method
 * @param params Parameters, may be NULL
 * @param result Result, new reference; NULL: see err
 * @param err    Error
 */
void control_dispatch(struct relay *r, struct rpc_conn *rc,
		      const char *method, const json_t *params,
		      json_t **result, struct rpc_error *err)
{
	size_t i;

	*result = NULL;
	metrics_inc(r->stats, STAT_REQUESTS);
	memset(err, 0, sizeof(*err));

	for (i = 0; i < sizeof(methodv) / sizeof(methodv[0]); i++) {

		if (strcmp(method, methodv[i].name))
			continue;

		if (!methodv[i].methodh(r, rc, params, result, err))
			return;

		break;
	}

	metrics_inc(r->stats, STAT_REQUEST_ERRORS);

	if (i == sizeof(methodv) / sizeof(methodv[0]))
		rpc_error_set(err, RPC_METHOD_NOT_FOUND,
			      "there is no method %.64s", method);
	else if (!err->code)
		rpc_error_set(err, RPC_INTERNAL_ERROR, "out of memory");
}


/* 0: it is answered later; ENOENT: there is no such method among these; else
 * an errno with *e */
static int ask_later(struct relay *r, struct rpc_conn *rc, const json_t *id,
		     const char *method, const json_t *params,
		     struct rpc_error *e)
{
	static const struct {
		const char *name;
		control_later_h *laterh;
	} laterv[] = {
		{"channel.open", control_channel_open},
		{"channel.listen", control_channel_listen},
	};
	struct client *c;
	size_t i;
	int err;

	for (i = 0; i < sizeof(laterv) / sizeof(laterv[0]); i++)
		if (!strcmp(method, laterv[i].name))
			break;
	if (i == sizeof(laterv) / sizeof(laterv[0]))
		return ENOENT;

	metrics_inc(r->stats, STAT_REQUESTS);
	memset(e, 0, sizeof(*e));
	c   = client_of(r, rc);
	err = c ? laterv[i].laterh(c, id, params, e) : ENOMEM;
	if (err) {
		metrics_inc(r->stats, STAT_REQUEST_ERRORS);
		if (!e->code)
			rpc_error_set(e, RPC_INTERNAL_ERROR, "out of memory");
	}

	return err ? EINVAL : 0;
}


/**
 * A request or notification came in; lib/rpc calls it
 *
 * @param rc     Connection
 * @param id     Its id, NULL: no answer wanted
 * @param method Method
 * @param params Parameters, may be NULL
 * @param fds    Descriptors beside it; lib/rpc closes them
 * @param nfds   How many
 * @param arg    The struct relay
 */
void control_request(struct rpc_conn *rc, const json_t *id,
		     const char *method, const json_t *params, int *fds,
		     size_t nfds, void *arg)
{
	struct relay *r = arg;
	struct rpc_error err;
	json_t *result = NULL;
	int e	       = id ? ask_later(r, rc, id, method, params, &err)
			    : ENOENT;
	(void)fds;
	(void)nfds;

	if (!e)
		return;
	if (e == ENOENT)
		control_dispatch(r, rc, method, params, &result, &err);
	e = 0;

	if (!result)
		log_info(ROOM, "%s: %d %s", method, err.code, err.message);

	if (id)
		e = result ? rpc_reply(rc, id, result, NULL, 0)
			   : rpc_reply_error(rc, id, &err);

	if (e)
		log_warn(ROOM, "%s: no answer: %s", method, strerror(e));

	json_decref(result);
}
