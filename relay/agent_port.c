/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agent_port.c  A port of an agent's that waits for one connection
 *
 * H.245 of a terminal that was told an address to connect to. The agent listens
 * (h323.listen), lets in who was named, once, and listens no more; we may end
 * it before (h323.close). It ends with its time, with the client that wanted it
 * and with the agent's tunnel. Owns the port until then.
 */
#include <errno.h>
#include <string.h>
#include "agent_port.h"
#include "call_channel.h"
#include "iface.h"
#include "relay.h"
#include "tunnel/control.h"


#define ROOM "channel"

enum {
	ANSWER_MS = 10000,
	TRIES	  = 4, /* ports that somebody else has on that machine */
};

struct agent_port {
	struct le le;  /* in the client's list */
	struct le ale; /* in the agent's */
	struct client *client;
	struct agent *agent;
	struct iface *ifc;
	struct addr terminal; /* without a port */
	struct tmr tmr;
	struct control_ask *ask; /* NULL: it listens */
	agent_port_h *answerh;
	void *arg;
	uint32_t id, expires;
	unsigned tries;
	uint16_t port; /* 0: none */
};


static void port_give(struct agent_port *p)
{
	if (p->port)
		ports_give(p->ifc->ports, p->port);
	p->port = 0;
}


static void agent_port_destructor(void *arg)
{
	struct agent_port *p = arg;

	list_unlink(&p->le);
	list_unlink(&p->ale);
	tmr_cancel(&p->tmr);
	mem_deref(p->ask);
	mem_deref(p->arg);
	if (p->port && p->agent->control)
		(void)control_notify(p->agent->control, "h323.close",
				     json_pack("{s:I}", "id",
					       (json_int_t)p->id));
	port_give(p);
	mem_deref(p->ifc);
}


/* the client is told that nobody will come any more */
static void end(struct agent_port *p, const char *why)
{
	struct rpc_conn *rc = mem_ref(p->client->rc);
	json_t *o	    = json_pack("{s:I,s:s}", "id", (json_int_t)p->id,
					"reason", why);

	mem_deref(p);
	(void)rpc_notify(rc, "channel.closed", o);
	json_decref(o);
	mem_deref(rc);
}


static void on_expired(void *arg)
{
	end(arg, "expired");
}


/* ---- the agent is to listen ---- */

static int ask(struct agent_port *p);


static void failed(struct agent_port *p, const struct rpc_error *e)
{
	struct rpc_error err;

	if (e->code == RPC_REFUSED || e->code == RPC_METHOD_NOT_FOUND)
		rpc_error_set(&err, RPC_REFUSED, "agent %s: %.200s",
			      p->agent->name, e->message);
	else
		rpc_error_set(&err, RPC_NO_RESOURCE, "agent %s: %.200s",
			      p->agent->name, e->message);
	/* the client may end by it, and no longer owns the port */
	list_unlink(&p->le);
	p->answerh(p, &err, p->arg);
	mem_deref(p);
}


static void on_answer(const json_t *result, const struct rpc_error *err,
		      void *arg)
{
	struct agent_port *p = arg;

	p->ask = mem_deref(p->ask);
	if (result) {
		metrics_inc(p->agent->relay->stats, STAT_CALL_PORTS);
		tmr_start(&p->tmr, (uint64_t)p->expires * 1000, on_expired, p);
		p->answerh(p, NULL, p->arg);
		return;
	}
	port_give(p);
	if (err->code != RPC_NO_RESOURCE || ++p->tries >= TRIES || ask(p))
		failed(p, err);
}


static int ask(struct agent_port *p)
{
	char terminal[ADDR_STRLEN];
	int err = ports_take(p->ifc->ports, &p->port);

	if (err)
		return err;
	err = control_ask(&p->ask, p->agent->control, "h323.listen",
			  json_pack("{s:I,s:i,s:s,s:I}", "id",
				    (json_int_t)p->id, "port", p->port,
				    "terminal",
				    addr_ip_str(&p->terminal, terminal),
				    "expires", (json_int_t)p->expires),
			  ANSWER_MS, on_answer, p);
	if (err)
		port_give(p);

	return err;
}


static struct agent_port *find(const struct agent *ag, uint32_t id)
{
	struct le *le;

	for (le = list_head(&ag->ports); le; le = le->next) {
		struct agent_port *p = le->data;

		if (p->id == id)
			return p;
	}

	return NULL;
}


/* the agent knows it by this, and the client */
static uint32_t id_new(const struct agent *ag, const struct client *c)
{
	uint32_t id;

	do {
		id = rand_u32();
	} while (!id || find(ag, id) || agent_port_find(c, id));

	return id;
}


/**
 * Have an agent listen for one connection of a terminal
 *
 * @param c	   Client that asks; it owns the port. mem_deref() ends it
 * @param ag	   Agent
 * @param terminal Whose connection it is to take: an address
 * @param expires  Seconds it waits
 * @param answerh  Is called once, and not before this returns
 * @param arg	   Its argument, libre's memory; a reference is kept
 *
 * @return 0; ENOTCONN: the agent is not there, or has no such port; EMFILE: the
 *	   client has too many; EADDRINUSE: all are taken; or another errno
 */
int agent_port_open(struct client *c, struct agent *ag,
		    const struct addr *terminal, uint32_t expires,
		    agent_port_h *answerh, void *arg)
{
	struct iface *ifc = iface_find(&ag->ifaces, ag->name,
				       addr_family(terminal));
	struct agent_port *p;
	int err;

	if (!ag->control || !ifc)
		return ENOTCONN;
	if (list_count(&c->ports) >= AGENT_PORTS_MAX)
		return EMFILE;
	p = mem_zalloc(sizeof(*p), agent_port_destructor);
	if (!p)
		return ENOMEM;

	p->client   = c;
	p->agent    = ag;
	p->ifc	    = mem_ref(ifc);
	p->terminal = *terminal;
	p->id	    = id_new(ag, c);
	p->expires  = expires;
	p->answerh  = answerh;
	p->arg	    = mem_ref(arg);
	err	    = ask(p);
	if (err) {
		mem_deref(p);
		return err;
	}
	list_append(&c->ports, &p->le, p);
	list_append(&ag->ports, &p->ale, p);

	return 0;
}


/** A client's, by its number; NULL: none */
struct agent_port *agent_port_find(const struct client *c, uint32_t id)
{
	struct le *le;

	for (le = list_head(&c->ports); le; le = le->next) {
		struct agent_port *p = le->data;

		if (p->id == id)
			return p;
	}

	return NULL;
}


/** As channel.listen answers; new reference */
json_t *agent_port_json(const struct agent_port *p)
{
	char buf[ADDR_STRLEN];

	return json_pack("{s:I,s:s,s:i}", "id", (json_int_t)p->id, "address",
			 addr_ip_str(&p->ifc->address, buf), "port", p->port);
}


/* ---- somebody has connected ---- */

/**
 * An agent opens a channel for a connection it took at such a port
 *
 * @param ag Agent
 * @param ch Channel; taken or refused
 * @param w  What it says
 */
void agent_port_take(struct agent *ag, struct channel *ch,
		     const struct what_h225 *w)
{
	struct agent_port *p = find(ag, w->id);
	char from[ADDR_STRLEN];
	struct client *c;

	if (!p || p->ask || !addr_ip_eq(&p->terminal, &w->from)) {
		metrics_inc(ag->relay->stats, STAT_CALLS_REFUSED);
		channel_reset(ch, TUNNEL_REFUSED);
		return;
	}
	c = p->client;
	port_give(p); /* the agent listens there no more */
	mem_deref(p);
	call_channel_give(c, ag, ch, &w->from,
			  json_pack("{s:s,s:s,s:I,s:s,s:s*}", "kind",
				    "listen", "agent", ag->name, "id",
				    (json_int_t)w->id, "from",
				    addr_str(&w->from, from), "key",
				    w->key[0] ? w->key : NULL));
}


/** The agent's tunnel is gone, and with it all its ports */
void agent_ports_gone(struct agent *ag)
{
	struct le *le;

	while ((le = list_head(&ag->ports)) != NULL) {
		struct agent_port *p = le->data;

		if (p->ask) {
			const struct rpc_error e = {.message = "it is gone"};

			p->ask = mem_deref(p->ask);
			port_give(p);
			failed(p, &e);
		} else {
			port_give(p);
			end(p, "agent");
		}
	}
}
