/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file control_channel.c  The methods of the control protocol about channels
 *
 * Which terminal an address stands for, and connections of H.323 terminals
 * behind agents. Those that an agent has to do something for are answered when
 * it has. Owns the ids of such requests.
 */
#include <errno.h>
#include <string.h>
#include "agent_port.h"
#include "call_channel.h"
#include "control.h"
#include "terminal.h"
#include "tunnels.h"


#define ROOM "control"

/** A request that is answered later */
struct later {
	struct rpc_conn *rc; /* lives as long as what the answer comes from */
	json_t *id;
};


static void later_destructor(void *arg)
{
	struct later *l = arg;

	json_decref(l->id);
}


static struct later *later_new(struct rpc_conn *rc, const json_t *id)
{
	struct later *l = mem_zalloc(sizeof(*l), later_destructor);

	if (l) {
		l->rc = rc;
		l->id = json_incref((json_t *)(uintptr_t)id);
	}

	return l;
}


/* result: taken over, NULL: err says why not. fd: -1: none. It may end the
 * connection, and with it all that is the client's */
static void answer(const struct later *l, json_t *result, int fd,
		   const struct rpc_error *err)
{
	struct rpc_conn *rc    = mem_ref(l->rc);
	const struct client *c = rpc_conn_data(rc);
	int e;

	if (err) {
		metrics_inc(c->relay->stats, STAT_REQUEST_ERRORS);
		e = rpc_reply_error(rc, l->id, err);
	} else {
		e = rpc_reply(rc, l->id, result, &fd, fd >= 0);
	}
	if (e)
		log_warn(ROOM, "no answer: %s", strerror(e));
	json_decref(result);
	mem_deref(rc);
}


/** Whom does an address stand for that a server of terminals sees? */
int control_channel_get(struct relay *r, struct rpc_conn *rc,
			const json_t *params, json_t **result,
			struct rpc_error *err)
{
	char terminal[ADDR_STRLEN], door[ADDR_STRLEN], signalling[ADDR_STRLEN];
	const struct terminal *te;
	const char *text = NULL;
	struct addr a;
	bool calls;
	(void)rc;

	if (param_str(params, "", "address", ADDR_STRLEN, &text, err))
		return EINVAL;
	if (!text || addr_parse_hostport(&a, text)) {
		rpc_error_set(err, RPC_INVALID_PARAMS,
			      "address: a numeric address with its port");
		return EINVAL;
	}
	te = terminal_at(r, &a);
	if (!te) {
		rpc_error_set(err, RPC_NOT_FOUND,
			      "%s is no agent's terminal", text);
		return ENOENT;
	}
	calls	= addr_is_set(&te->who.signalling);
	*result = json_pack("{s:s,s:s,s:s,s:s,s:s*,s:s*}", "agent",
			    te->agent->name,
			    "terminal", addr_str(&te->who.addr, terminal),
			    "local", addr_str(&te->who.door, door),
			    "transport",
			    terminal_transport_name(te->who.transport),
			    "signalling",
			    calls ? addr_str(&te->who.signalling, signalling)
				  : NULL,
			    "hide", te->agent->hide[0] ? te->agent->hide : NULL);

	return *result ? 0 : ENOMEM;
}


static bool takes_calls(const json_t *kinds)
{
	const char *kind = json_string_value(json_array_get(kinds, 0));

	return json_array_size(kinds) == 1 && kind && !strcmp(kind, "h225");
}


/** Calls of terminals behind agents come to this connection from now on */
int control_channel_attach(struct relay *r, struct rpc_conn *rc,
			   const json_t *params, json_t **result,
			   struct rpc_error *err)
{
	struct client *c;

	if (!takes_calls(json_object_get(params, "kinds"))) {
		rpc_error_set(err, RPC_INVALID_PARAMS, "kinds: [\"h225\"]");
		return EINVAL;
	}
	c = rc ? client_of(r, rc) : NULL;
	if (!c)
		return ENOMEM;
	if (r->attached && r->attached != c)
		log_notice(ROOM, "another client takes terminals' calls now");
	r->attached = c;
	*result	    = json_object();

	return *result ? 0 : ENOMEM;
}


/** Nobody is to connect to a port of an agent's any more */
int control_channel_close(struct relay *r, struct rpc_conn *rc,
			  const json_t *params, json_t **result,
			  struct rpc_error *err)
{
	struct agent_port *p = NULL;
	uint64_t id	     = 0;
	(void)r;

	if (param_uint(params, "", "id", 1, UINT32_MAX, &id, err))
		return EINVAL;
	if (rc && rpc_conn_data(rc))
		p = agent_port_find(rpc_conn_data(rc), (uint32_t)id);
	if (!p) {
		rpc_error_set(err, RPC_NOT_FOUND, "there is no such port");
		return ENOENT;
	}
	mem_deref(p);
	*result = json_object();

	return *result ? 0 : ENOMEM;
}


/* ---- those that are answered later ---- */

static int agent_of(struct agent **agp, struct relay *r, const json_t *params,
		    struct rpc_error *err)
{
	const char *name = NULL;

	if (param_str(params, "", "agent", AUTH_NAME_MAX, &name, err))
		return EINVAL;
	*agp = name && r->tunnels ? agents_find(tunnels_agents(r->tunnels),
						name)
				  : NULL;
	if (!*agp)
		rpc_error_set(err, RPC_NOT_FOUND, "there is no agent %s",
			      name ? name : "without a name");

	return *agp ? 0 : ENOENT;
}


static bool is_host(const struct addr *a)
{
	return !addr_is_any(a) && !addr_is_multicast(a);
}


static int explain(int e, const struct agent *ag, struct rpc_error *err)
{
	if (e == ENOTCONN)
		rpc_error_set(err, RPC_NO_RESOURCE,
			      "agent %s is not there, or not for this",
			      ag->name);
	else if (e)
		rpc_error_set(err, RPC_NO_RESOURCE, "agent %s: %s", ag->name,
			      e == EADDRINUSE ? "all its ports are taken"
					      : strerror(e));

	return e;
}


static void on_connected(int fd, const struct rpc_error *err, void *arg)
{
	answer(arg, err ? NULL : json_object(), fd, err);
}


/** An agent is to connect to a terminal */
int control_channel_open(struct client *c, const json_t *id,
			 const json_t *params, struct rpc_error *err)
{
	const char *text = NULL, *key = NULL;
	struct later *l;
	struct agent *ag;
	struct addr to;
	int e;

	if (agent_of(&ag, c->relay, params, err) ||
	    param_str(params, "", "to", ADDR_STRLEN, &text, err) ||
	    param_str(params, "", "key", WHAT_KEY_LEN, &key, err))
		return EINVAL;
	if (key && !what_key_ok(key)) {
		rpc_error_set(err, RPC_INVALID_PARAMS,
			      "key: 16 hexadecimal digits, in lower case");
		return EINVAL;
	}
	if (!text || addr_parse_hostport(&to, text) || !addr_port(&to) ||
	    !is_host(&to)) {
		rpc_error_set(err, RPC_INVALID_PARAMS, "to: a numeric "
			      "address of a host, with its port");
		return EINVAL;
	}
	l = later_new(c->rc, id);
	e = l ? call_channel_ask(c, ag, &to, key, on_connected, l) : ENOMEM;
	mem_deref(l);

	return explain(e, ag, err);
}


static void on_listening(struct agent_port *p, const struct rpc_error *err,
			 void *arg)
{
	answer(arg, err ? NULL : agent_port_json(p), -1, err);
}


/** An agent is to wait for one connection of a terminal */
int control_channel_listen(struct client *c, const json_t *id,
			   const json_t *params, struct rpc_error *err)
{
	uint64_t expires = AGENT_PORT_EXPIRES;
	const char *text = NULL;
	struct addr terminal;
	struct agent *ag;
	struct later *l;
	int e;

	if (agent_of(&ag, c->relay, params, err) ||
	    param_str(params, "", "terminal", ADDR_STRLEN, &text, err) ||
	    param_uint(params, "", "expires", 1, AGENT_PORT_EXPIRES_MAX,
		       &expires, err))
		return EINVAL;
	if (!text || addr_parse(&terminal, text, 0) || !is_host(&terminal)) {
		rpc_error_set(err, RPC_INVALID_PARAMS,
			      "terminal: the numeric address of a host");
		return EINVAL;
	}
	l = later_new(c->rc, id);
	e = l ? agent_port_open(c, ag, &terminal, (uint32_t)expires,
				on_listening, l)
	      : ENOMEM;
	mem_deref(l);

	return explain(e, ag, err);
}
