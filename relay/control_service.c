/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file control_service.c  The methods of the control protocol about services
 *
 * Owns no state.
 */
#include <errno.h>
#include <string.h>
#include "control.h"
#include "service.h"
#include "tunnels.h"


static int param_addr(const json_t *params, const char *name, struct addr *a,
		      struct rpc_error *err)
{
	const char *text = NULL;

	if (param_str(params, "", name, ADDR_STRLEN, &text, err))
		return EINVAL;
	if (text && !addr_parse_hostport(a, text) && addr_port(a) &&
	    !addr_is_multicast(a))
		return 0;

	rpc_error_set(err, RPC_INVALID_PARAMS,
		      "%s: a numeric address with its port", name);

	return EINVAL;
}


static void explain(int e, const char *agent, struct rpc_error *err)
{
	switch (e) {

	case EACCES:
		rpc_error_set(err, RPC_REFUSED, "[tunnel] services of the "
			      "relay's configuration does not allow that "
			      "address and port");
		break;
	case EEXIST:
		rpc_error_set(err, RPC_EXISTS,
			      "there is a service on that port already");
		break;
	case ENOTCONN:
		rpc_error_set(err, RPC_NO_RESOURCE, "agent %s is not there",
			      agent);
		break;
	default:
		rpc_error_set(err, RPC_NO_RESOURCE, "%s", strerror(e));
	}
}


/** A port of ours for a service behind an agent */
int control_service_open(struct relay *r, struct rpc_conn *rc,
			 const json_t *params, json_t **result,
			 struct rpc_error *err)
{
	const char *name = NULL;
	struct agent *ag = NULL;
	struct service *se;
	struct addr at, to;
	int e;
	(void)rc;

	if (param_str(params, "", "agent", AUTH_NAME_MAX, &name, err) ||
	    param_addr(params, "listen", &at, err) ||
	    param_addr(params, "to", &to, err))
		return EINVAL;
	if (name && r->tunnels)
		ag = agents_find(tunnels_agents(r->tunnels), name);
	if (!ag || addr_is_any(&to)) {
		rpc_error_set(err, ag ? RPC_INVALID_PARAMS : RPC_NOT_FOUND,
			      ag ? "to: an address is expected"
				 : "there is no such agent");
		return EINVAL;
	}
	e = service_open(&se, ag, &at, &to);
	if (e) {
		explain(e, name, err);
		return e;
	}
	*result = service_json(se);

	return *result ? 0 : ENOMEM;
}


static int service_param(struct service **sp, struct relay *r,
			 const json_t *params, struct rpc_error *err)
{
	struct addr at;

	if (param_addr(params, "listen", &at, err))
		return EINVAL;
	*sp = service_find(r, &at);
	if (!*sp)
		rpc_error_set(err, RPC_NOT_FOUND,
			      "there is no service on that port");

	return *sp ? 0 : ENOENT;
}


int control_service_get(struct relay *r, struct rpc_conn *rc,
			const json_t *params, json_t **result,
			struct rpc_error *err)
{
	struct service *se;
	(void)rc;

	if (service_param(&se, r, params, err))
		return EINVAL;
	*result = service_json(se);

	return *result ? 0 : ENOMEM;
}


int control_service_close(struct relay *r, struct rpc_conn *rc,
			  const json_t *params, json_t **result,
			  struct rpc_error *err)
{
	struct service *se;
	(void)rc;

	if (service_param(&se, r, params, err))
		return EINVAL;
	*result = service_json(se);
	service_close(se);

	return *result ? 0 : ENOMEM;
}


int control_service_list(struct relay *r, struct rpc_conn *rc,
			 const json_t *params, json_t **result,
			 struct rpc_error *err)
{
	json_t *list = json_array();
	struct le *le;
	(void)rc;
	(void)params;
	(void)err;

	for (le = list_head(&r->services); le; le = le->next)
		(void)json_array_append_new(list, service_json(le->data));
	*result = json_pack("{s:o}", "services", list);

	return *result ? 0 : ENOMEM;
}
