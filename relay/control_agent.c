/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file control_agent.c  The methods of the control protocol about agents
 *
 * Owns no state.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <openssl/crypto.h>
#include "control.h"
#include "media_link.h"
#include "tunnel/control.h"
#include "tunnel/tunnel.h"
#include "tunnels.h"


#define ROOM "control"


static struct agents *agents_of(struct relay *r, struct rpc_error *err)
{
	if (r->tunnels)
		return tunnels_agents(r->tunnels);

	rpc_error_set(err, RPC_REFUSED, "no agents here: the configuration "
		      "has no [tunnel] listen");
	return NULL;
}


static int agent_param(struct agent **agp, struct relay *r,
		       const json_t *params, struct rpc_error *err)
{
	struct agents *a = agents_of(r, err);
	const char *name = NULL;

	if (!a ||
	    param_str(params, "", "name", AUTH_NAME_MAX, &name, err))
		return EINVAL;
	*agp = name ? agents_find(a, name) : NULL;
	if (!*agp)
		rpc_error_set(err, RPC_NOT_FOUND, "there is no agent %s",
			      name ? name : "without a name");

	return *agp ? 0 : ENOENT;
}


/* what there is to say of a tunnel that is there */
static void add_tunnel(json_t *o, struct agent *ag)
{
	const struct tunnel_stats *s = tunnel_stats(ag->tunnel);
	char buf[ADDR_STRLEN];
	json_t *link;

	(void)json_object_update_new(
		o, json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I}", "address",
			     addr_str(&ag->peer, buf), "software",
			     ag->software, "mediaMode",
			     media_mode_name(ag->mode), "channels",
			     (json_int_t)tunnel_channels(ag->tunnel),
			     "bytesIn", (json_int_t)s->bytes_in, "bytesOut",
			     (json_int_t)s->bytes_out, "resent",
			     (json_int_t)s->resent));
	(void)json_object_update_new(
		o, json_pack("{s:I,s:I,s:I,s:I}", "mediaKeepalive",
			     (json_int_t)ag->alive_ms, "mappingsLost",
			     (json_int_t)ag->lost, "channelsRefused",
			     (json_int_t)s->channels_refused, "controlErrors",
			     (json_int_t)control_refused(ag->control)));
	if (agent_way(ag))
		(void)json_object_set_new(o, "mediaWay",
					  json_string(agent_way(ag)));
	link = media_link_json(ag);
	if (link)
		(void)json_object_set_new(o, "mediaLink", link);
}


static json_t *agent_json(struct agent *ag)
{
	static const char *const states[] = {"down", "waiting", "up"};
	json_t *o = json_pack(
		"{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:{s:I,s:I}}", "name",
		ag->name, "state", states[agent_state(ag)], "proof",
		ag->public[0] ? "secret" : "certificate", "since",
		(json_int_t)ag->since, "created",
		(json_int_t)ag->created * 1000, "came", (json_int_t)ag->came,
		"resumed", (json_int_t)ag->resumed, "bandwidth",
		(json_int_t)ag->bandwidth, "reserved",
		(json_int_t)ag->reserved, "overBandwidth", "up",
		(json_int_t)ceiling_dropped(&ag->up), "down",
		(json_int_t)ceiling_dropped(&ag->down));

	if (o && ag->tunnel)
		add_tunnel(o, ag);

	return o;
}


int control_agent_add(struct relay *r, struct rpc_conn *rc,
		      const json_t *params, json_t **result,
		      struct rpc_error *err)
{
	char secret[AUTH_TEXT], public[AUTH_TEXT];
	struct agents *a = agents_of(r, err);
	const char *name = NULL;
	bool certificate = false;
	uint64_t most	 = 0;
	struct agent *ag;
	int e = 0;
	(void)rc;

	if (!a || param_str(params, "", "name", AUTH_NAME_MAX, &name, err) ||
	    param_bool(params, "", "certificate", &certificate, err) ||
	    param_uint(params, "", "bandwidth", 0, AGENT_BANDWIDTH_MAX, &most,
		       err))
		return EINVAL;
	secret[0] = public[0] = '\0';
	if (certificate && !r->conf.tunnel.client_ca[0]) {
		rpc_error_set(err, RPC_REFUSED, "no certificates here: the "
			      "configuration has no [tunnel] client_ca");
		return EINVAL;
	}
	if (!certificate)
		e = auth_key_new(secret, public);
	if (!e)
		e = name ? agents_add(&ag, a, name, public, most) : EINVAL;
	if (e == EINVAL)
		rpc_error_set(err, RPC_INVALID_PARAMS,
			      "name: letters, digits, \"-\", \"_\" and \".\"");
	else if (e == EEXIST)
		rpc_error_set(err, RPC_EXISTS, "there is an agent %s already",
			      name);
	else if (e)
		rpc_error_set(err, RPC_NO_RESOURCE,
			      "the list of agents could not be written: %s",
			      strerror(e));
	if (!e) {
		log_notice(ROOM, "agent %s: added", name);
		*result = json_pack("{s:s,s:s*,s:s,s:s}", "name", name,
				    "secret", certificate ? NULL : secret,
				    "server",
				    tunnels_address(r->tunnels), "fingerprint",
				    tunnels_fingerprint(r->tunnels));
	}
	OPENSSL_cleanse(secret, sizeof(secret));

	return *result ? 0 : e ? e : ENOMEM;
}


/** How much its media may take */
int control_agent_set(struct relay *r, struct rpc_conn *rc,
		      const json_t *params, json_t **result,
		      struct rpc_error *err)
{
	struct agent *ag;
	uint64_t most;
	int e;
	(void)rc;

	if (agent_param(&ag, r, params, err))
		return EINVAL;
	most = ag->bandwidth;
	if (param_uint(params, "", "bandwidth", 0, AGENT_BANDWIDTH_MAX, &most,
		       err))
		return EINVAL;
	e = agents_set(tunnels_agents(r->tunnels), ag, most);
	if (e) {
		rpc_error_set(err, RPC_NO_RESOURCE,
			      "the list of agents could not be written: %s",
			      strerror(e));
		return e;
	}
	log_notice(ROOM, "agent %s: bandwidth %" PRIu64 " bit/s", ag->name,
		   most);
	*result = agent_json(ag);

	return *result ? 0 : ENOMEM;
}


int control_agent_revoke(struct relay *r, struct rpc_conn *rc,
			 const json_t *params, json_t **result,
			 struct rpc_error *err)
{
	struct agent *ag;
	int e;
	(void)rc;

	if (agent_param(&ag, r, params, err))
		return EINVAL;

	log_notice(ROOM, "agent %s: revoked", ag->name);
	*result = json_pack("{s:s,s:b}", "name", ag->name, "ended",
			    agent_state(ag) != AGENT_DOWN);
	tunnels_revoke(ag);
	e = agents_remove(tunnels_agents(r->tunnels), ag);
	if (e) {
		json_decref(*result);
		*result = NULL;
		rpc_error_set(err, RPC_NO_RESOURCE,
			      "it is gone, but still in the list on disk: %s",
			      strerror(e));
	}

	return *result ? 0 : e ? e : ENOMEM;
}


int control_agent_get(struct relay *r, struct rpc_conn *rc,
		      const json_t *params, json_t **result,
		      struct rpc_error *err)
{
	struct agent *ag;
	(void)rc;

	if (agent_param(&ag, r, params, err))
		return EINVAL;
	*result = agent_json(ag);

	return *result ? 0 : ENOMEM;
}


enum {
	PAGE_MAX = 100,
};

/** All of them, or a page: after a name */
int control_agent_list(struct relay *r, struct rpc_conn *rc,
		       const json_t *params, json_t **result,
		       struct rpc_error *err)
{
	struct agents *a  = agents_of(r, err);
	const char *after = NULL;
	json_t *list;
	struct le *le;
	(void)rc;

	if (!a || param_str(params, "", "after", AUTH_NAME_MAX, &after, err))
		return EINVAL;

	le = list_head(agents_list(a));
	if (after) {
		const struct agent *ag = agents_find(a, after);

		le = ag ? ag->le.next : NULL;
	}
	list = json_array();
	for (; le && json_array_size(list) < PAGE_MAX; le = le->next)
		(void)json_array_append_new(list, agent_json(le->data));
	*result = json_pack("{s:o,s:b}", "agents", list, "more", le != NULL);

	return *result ? 0 : ENOMEM;
}
