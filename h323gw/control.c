/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file h323gw/control.c  The control socket: what operators ask of h323gw
 *
 * Owns no state.
 */
#include <errno.h>
#include <string.h>
#include "rpc/libre.h"
#include "control.h"
#include "h323gw/call/calls.h"
#include "h323gw/gk/gk.h"
#include "gw.h"
#include "h323gw/link/link.h"
#include "h323gw/security/secrets.h"
#include "log/log.h"
#include "metrics/metrics.h"


#define ROOM "control"

/** 0 with *result, or an errno with *err if there is more to say */
typedef int(method_h)(struct gw *gw, const json_t *params, json_t **result,
		      struct rpc_error *err);


static const char *param(const json_t *params, const char *key)
{
	return json_string_value(json_object_get(params, key));
}


/* the same, of one that must be there; NULL: err says so */
static const char *needed(const json_t *params, const char *key,
			  struct rpc_error *err)
{
	const char *text = param(params, key);

	if (!text)
		rpc_error_set(err, RPC_INVALID_PARAMS, "%s is missing", key);

	return text;
}


static int status(struct gw *gw, const json_t *params, json_t **result,
		  struct rpc_error *err)
{
	json_t *j = gk_status(gw->gk);
	(void)params;
	(void)err;

	if (j && gw->link)
		(void)json_object_set_new(j, "relay", link_status(gw->link));
	*result = j;

	return j ? 0 : ENOMEM;
}


static int endpoints(struct gw *gw, const json_t *params, json_t **result,
		     struct rpc_error *err)
{
	(void)err;
	*result = gk_endpoints(gw->gk, param(params, "filter"));

	return *result ? 0 : ENOMEM;
}


static int unregister(struct gw *gw, const json_t *params, json_t **result,
		      struct rpc_error *err)
{
	const char *who = needed(params, "endpoint", err);
	int e;

	if (!who)
		return EINVAL;
	e = gk_unregister(gw->gk, who);
	if (e) {
		rpc_error_set(err, RPC_NOT_FOUND,
			      "nobody is registered as %.128s", who);
		return e;
	}
	*result = json_pack("{s:s}", "endpoint", who);

	return *result ? 0 : ENOMEM;
}


static int calls(struct gw *gw, const json_t *params, json_t **result,
		 struct rpc_error *err)
{
	(void)params;
	(void)err;
	*result = json_pack("{s:o}", "calls", calls_json(gw->calls));

	return *result ? 0 : ENOMEM;
}


static int disconnect(struct gw *gw, const json_t *params, json_t **result,
		      struct rpc_error *err)
{
	const char *id = needed(params, "id", err);
	int e;

	if (!id)
		return EINVAL;
	e = calls_disconnect(gw->calls, id);
	if (e) {
		rpc_error_set(err, RPC_NOT_FOUND, "there is no call %.64s",
			      id);
		return e;
	}
	*result = json_pack("{s:s}", "id", id);

	return *result ? 0 : ENOMEM;
}


/* what went wrong with a password, or 0 */
static int secret_result(int e, const char *alias, json_t **result,
			 struct rpc_error *err)
{
	switch (e) {

	case 0:
		*result = json_pack("{s:s}", "alias", alias);
		return *result ? 0 : ENOMEM;

	case EINVAL:
		rpc_error_set(err, RPC_INVALID_PARAMS, "a password has 1 to "
			      "%d characters, an alias too has some",
			      SECRET_LEN_MAX);
		break;

	case ENOENT:
		rpc_error_set(err, RPC_NOT_FOUND, "%.128s has no password",
			      alias);
		break;

	default:
		rpc_error_set(err, RPC_INTERNAL_ERROR, "the password can't be "
			      "kept: %s: the log says more", strerror(e));
		break;
	}

	return e;
}


static int secret_set(struct gw *gw, const json_t *params, json_t **result,
		      struct rpc_error *err)
{
	const char *alias  = needed(params, "alias", err);
	const char *secret = alias ? needed(params, "secret", err) : NULL;

	if (!secret)
		return EINVAL;

	return secret_result(gk_secret_set(gw->gk, alias, secret), alias,
			     result, err);
}


static int secret_remove(struct gw *gw, const json_t *params, json_t **result,
			 struct rpc_error *err)
{
	const char *alias = needed(params, "alias", err);

	if (!alias)
		return EINVAL;

	return secret_result(gk_secret_set(gw->gk, alias, NULL), alias,
			     result, err);
}


static int secret_list(struct gw *gw, const json_t *params, json_t **result,
		       struct rpc_error *err)
{
	json_t *list = gk_secrets(gw->gk);
	(void)params;
	(void)err;

	*result = list ? json_pack("{s:o}", "secrets", list) : NULL;

	return *result ? 0 : ENOMEM;
}


static int upstream(struct gw *gw, const json_t *params, json_t **result,
		    struct rpc_error *err)
{
	(void)err;
	*result = gk_upstream_json(gw->gk, param(params, "filter"));

	return *result ? 0 : ENOMEM;
}


static int add_metric(const struct metric *m, uint64_t value, void *arg)
{
	return json_object_set_new(arg, m->name,
				   json_integer((json_int_t)value));
}


static int stats(struct gw *gw, const json_t *params, json_t **result,
		 struct rpc_error *err)
{
	json_t *counters = json_object();
	(void)params;
	(void)err;

	if (!counters ||
	    metrics_each(gk_metrics(gw->gk), add_metric, counters) ||
	    metrics_each(calls_metrics(gw->calls), add_metric, counters)) {
		json_decref(counters);
		return ENOMEM;
	}
	*result = json_pack("{s:o}", "counters", counters);

	return *result ? 0 : ENOMEM;
}


static const struct {
	const char *name;
	method_h *h;
} methods[] = {
	{"h323.status", status},
	{"h323.endpoints", endpoints},
	{"h323.unregister", unregister},
	{"h323.secret.set", secret_set},
	{"h323.secret.remove", secret_remove},
	{"h323.secret.list", secret_list},
	{"h323.calls", calls},
	{"h323.disconnect", disconnect},
	{"h323.upstream", upstream},
	{"stats", stats},
};


static json_t *dispatch(struct gw *gw, const char *method,
			const json_t *params, struct rpc_error *err)
{
	json_t *result = NULL;
	size_t i;

	memset(err, 0, sizeof(*err));
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strcmp(method, methods[i].name))
			continue;
		if (!methods[i].h(gw, params, &result, err))
			return result;
		if (!err->code)
			rpc_error_set(err, RPC_INTERNAL_ERROR,
				      "out of memory");
		return NULL;
	}
	rpc_error_set(err, RPC_METHOD_NOT_FOUND, "there is no method %.64s",
		      method);

	return NULL;
}


void gw_control(struct rpc_conn *rc, const json_t *id, const char *method,
		const json_t *params, int *fds, size_t nfds, void *arg)
{
	struct rpc_error err;
	json_t *result = dispatch(arg, method, params, &err);
	int e	       = 0;
	(void)fds;
	(void)nfds;

	if (!result)
		log_info(ROOM, "%s: %d %s", method, err.code, err.message);
	if (id)
		e = result ? rpc_reply(rc, id, result, NULL, 0)
			   : rpc_reply_error(rc, id, &err);
	if (e)
		log_warn(ROOM, "%s: no answer: %s", method, strerror(e));
	json_decref(result);
}
