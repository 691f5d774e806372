/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file leg_open.c  A leg is opened: ours on a pair of the interface's pool, or
 * an agent's
 */
#include <errno.h>
#include <string.h>
#include "agent_leg.h"
#include "leg_priv.h"
#include "leg_sock.h"
#include "relay.h"
#include "stream.h"
#include "tcp_agent.h"
#include "tunnels.h"


enum {
	BIND_TRIES = 16, /* pairs tried when others hold their ports */
};


static int socks_open(struct leg *leg, struct agent *ag)
{
	int err;

	if (ag) /* the agent's sockets; it is told when all is known */
		return 0;
	if (leg->tcp)
		return tcp_leg_open(leg);

	err = leg_sock_open(leg, LATCH_RTP);
	if (!err && leg->rtcp == RTCP_SEPARATE)
		err = leg_sock_open(leg, LATCH_RTCP);

	if (err)
		leg_sock_close(leg);

	return err;
}


static int open_exact(struct leg *leg, struct agent *ag, uint16_t port,
		      struct rpc_error *rerr)
{
	int fd[2], err;

	if (!ag && !leg->tcp && stock_take_exact(leg->ifc->stock, port, fd)) {
		leg->port = port;
		leg_sock_use(leg, fd);
		return 0;
	}

	err = ports_take_exact(leg->ifc->ports, port);
	if (err == ERANGE)
		return leg_reject(rerr, leg, RPC_INVALID_PARAMS, "local.port",
				  "is not one of the interface's");

	leg->port = port;
	if (!err) {
		err = socks_open(leg, ag);
		if (err)
			ports_give(leg->ifc->ports, port);
	}

	if (!err)
		return 0;

	leg->port = 0;
	rpc_error_set(rerr, RPC_NO_RESOURCE,
		      "stream %u, leg %c: local.port %u: %s",
		      leg->stream->index, leg->name, port, strerror(err));

	return err;
}


/* A port some other program sits on stays aside until we have one */
static int open_any(struct leg *leg, struct agent *ag, struct rpc_error *rerr)
{
	struct ports *pool = leg->ifc->ports;
	uint16_t aside[BIND_TRIES];
	size_t n = 0;
	int fd[2], err;

	if (!ag && !leg->tcp && stock_take(leg->ifc->stock, &leg->port, fd)) {
		leg_sock_use(leg, fd);
		return 0;
	}

	do {
		leg->port = 0;
		err = ports_take(pool, &leg->port);
		if (err)
			break;

		err = socks_open(leg, ag);
		if (err)
			aside[n++] = leg->port;

	} while (err == EADDRINUSE && n < BIND_TRIES);

	while (n)
		ports_give(pool, aside[--n]);

	if (!err)
		return 0;

	leg->port = 0;
	rpc_error_set(rerr, RPC_NO_RESOURCE,
		      "stream %u, leg %c: no port on interface %s: %s",
		      leg->stream->index, leg->name, leg->ifc->name,
		      err == ENOSPC ? "all are taken" : strerror(err));

	return err;
}


/* an agent whose tunnel is there, and its ports */
static struct agent *agent_for(struct leg *leg, const struct leg_req *req,
			       struct rpc_error *rerr)
{
	struct relay *r = leg->relay;
	struct agent *ag =
		r->tunnels ? agents_find(tunnels_agents(r->tunnels),
					 req->agent)
			   : NULL;

	if (ag)
		leg->ifc = iface_find(&ag->ifaces, ag->name, req->family);
	if (ag && leg->ifc)
		return ag;

	rpc_error_set(rerr, RPC_NO_RESOURCE,
		      "stream %u, leg %c: agent %s: %s", leg->stream->index,
		      leg->name, req->agent,
		      !ag			  ? "there is none"
		      : list_isempty(&ag->ifaces) ? "it is not here"
						  : "it has no such family");
	return NULL;
}


/* The interface it is on, and whose it is, where it is an agent's */
static int place(struct leg *leg, const struct leg_req *req,
		 struct agent **agp, struct rpc_error *rerr)
{
	if (given(req, LEG_AGENT)) {
		*agp = agent_for(leg, req, rerr);
		if (!*agp)
			return EINVAL;
	} else {
		leg->ifc = iface_find(&leg->relay->ifaces, req->interface,
				      req->family);
	}
	if (!leg->ifc) {
		rpc_error_set(rerr, RPC_INVALID_PARAMS,
			      "stream %u, leg %c: interface: there is no "
			      "\"%s\" with an %s address",
			      leg->stream->index, leg->name, req->interface,
			      req->family == AF_INET6 ? "IPv6" : "IPv4");
		return EINVAL;
	}

	return 0;
}


/* The agent's part of a leg that has its port; without it that is given back */
static int agent_open(struct leg *leg, struct agent *ag,
		      struct rpc_error *rerr)
{
	const int err = leg->tcp ? tcp_agent_open(leg, ag)
				 : agent_leg_open(leg, ag);

	if (err) {
		rpc_error_set(rerr, RPC_NO_RESOURCE, "%s",
			      err == ENOTSUP ? "the agent shares no media_modes "
					       "with this relay"
					     : "out of memory");
		ports_give(leg->ifc->ports, leg->port);
		leg->port = 0;
		mem_deref(leg->ifc);
	}

	return err;
}


/**
 * Open a leg: ports, sockets, latch
 *
 * @param leg  Leg with relay, stream, peer and name set, else zero
 * @param req  What is asked
 * @param rtp  Whether the stream is RTP
 * @param rerr Error
 *
 * @return 0, or an errno with *rerr; nothing is open then
 */
int leg_open(struct leg *leg, const struct leg_req *req, bool rtp,
	     struct rpc_error *rerr)
{
	struct relay *r = leg->relay;
	struct agent *ag = NULL;
	struct latch_conf conf;
	size_t i;
	int err;

	for (i = 0; i < LATCH_COMPONENTS; i++)
		leg->sock[i].watch.fd = leg->catcher[i].watch.fd = -1;

	if (place(leg, req, &ag, rerr))
		return EINVAL;

	leg->dscp = given(req, LEG_DSCP) ? req->dscp : leg->ifc->dscp;
	leg->rtcp = given(req, LEG_RTCP) ? req->rtcp : RTCP_SEPARATE;
	if (leg->tcp)
		leg->rtcp = RTCP_NONE;

	if (leg_check_remote(leg, leg->ifc, req, rerr) ||
	    leg_check_policy(leg, req, rerr))
		return EINVAL;

	if (ag && agent_leg_too_much(ag, req->bandwidth)) {
		rpc_error_set(rerr, RPC_NO_RESOURCE,
			      "stream %u, leg %c: agent %s: its bandwidth is "
			      "taken", leg->stream->index, leg->name,
			      ag->name);
		return ENOSPC;
	}

	err = given(req, LEG_LOCAL) ? open_exact(leg, ag, req->local, rerr)
				    : open_any(leg, ag, rerr);
	if (err)
		return err;
	if (ag)
		(void)mem_ref(leg->ifc);

	leg_latch_conf(leg, req->policy, rtp, &conf);
	latch_init(&leg->latch, &conf, r->now());
	leg_apply(leg, req, rtp);
	return ag ? agent_open(leg, ag, rerr) : 0;
}
