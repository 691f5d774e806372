/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file leg.c  One party's end of a stream: ports, latch, limits, counters
 *
 * Owns a leg's pair of the interface's pool.
 */
#include <errno.h>
#include <string.h>
#include "agent_leg.h"
#include "ice.h"
#include "leg.h"
#include "leg_sock.h"
#include "relay.h"
#include "stream.h"
#include "tcp_agent.h"
#include "tunnels.h"


enum {
	BIND_TRIES  = 16,   /* pairs tried when others hold their ports */
	BURST_MS    = 500,  /* of a leg's bandwidth, in hand */
	BURST_LEAST = 3000, /* octets */
};


static int refuse(struct rpc_error *err, const struct leg *leg, int code,
		  const char *what, const char *why)
{
	rpc_error_set(err, code, "stream %u, leg %c: %s %s",
		      leg->stream->index, leg->name, what, why);

	return code == RPC_INVALID_PARAMS ? EINVAL : EACCES;
}


static bool given(const struct leg_req *req, uint32_t bit)
{
	return (req->set & bit) && !(req->clear & bit);
}


static int check_remote(const struct leg *leg, const struct iface *ifc,
			const struct leg_req *req, struct rpc_error *err)
{
	const char *why = NULL;
	const struct leg *own[] = {leg, leg->peer};
	size_t i;
	int e;

	if (!given(req, LEG_REMOTE))
		return 0;

	e = iface_remote_check(ifc, &req->remote, &why);
	if (e)
		return refuse(err, leg, e == EACCES ? RPC_REFUSED
						    : RPC_INVALID_PARAMS,
			      "remote.address", why);

	/* a stream that sends to itself never ends */
	for (i = 0; i < 2; i++) {
		const uint16_t port = addr_port(&req->remote);

		if (own[i]->port && (port & ~1) == own[i]->port &&
		    addr_ip_eq(&req->remote, &own[i]->ifc->address))
			return refuse(err, leg, RPC_REFUSED, "remote",
				      "is the stream's own port");
	}

	return 0;
}


static int check_policy(const struct leg *leg, const struct leg_req *req,
			struct rpc_error *err)
{
	const enum latch_policy policy = given(req, LEG_POLICY)
						 ? req->policy
						 : leg->latch.conf.policy;
	const bool ice = (req->set & LEG_ICE) ? given(req, LEG_ICE)
					      : leg->ice != NULL;

	if (policy == LATCH_STUN && !ice)
		return refuse(err, leg, RPC_INVALID_PARAMS, "ice",
			      "is needed by policy stun");

	return 0;
}


/**
 * Could this change be made to an open leg? Changes nothing.
 *
 * @param leg Leg
 * @param req What is asked
 * @param err Error
 *
 * @return 0, or EINVAL or EACCES with *err
 */
int leg_check(const struct leg *leg, const struct leg_req *req,
	      struct rpc_error *err)
{
	static const char fast[] = "can't change while the stream is open";

	const bool agents = leg->agent || (leg->tcp && leg->tcp->agents);

	if (!agents && given(req, LEG_AGENT))
		return refuse(err, leg, RPC_INVALID_PARAMS, "agent", fast);

	if (!agents && given(req, LEG_INTERFACE) &&
	    strcmp(req->interface, leg->ifc->name))
		return refuse(err, leg, RPC_INVALID_PARAMS, "interface", fast);

	if (given(req, LEG_FAMILY) &&
	    req->family != addr_family(&leg->ifc->address))
		return refuse(err, leg, RPC_INVALID_PARAMS, "family", fast);

	if (given(req, LEG_LOCAL) && req->local != leg->port)
		return refuse(err, leg, RPC_INVALID_PARAMS, "local.port",
			      fast);

	if (check_remote(leg, leg->ifc, req, err))
		return EACCES;

	return check_policy(leg, req, err);
}


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
		return refuse(rerr, leg, RPC_INVALID_PARAMS, "local.port",
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


static void latch_setup(struct leg *leg, enum latch_policy policy, bool rtp,
			struct latch_conf *conf)
{
	const struct settings *s = &leg->relay->conf;

	conf->policy	  = policy;
	conf->rtp	  = rtp;
	conf->mux	  = leg->rtcp == RTCP_MUX;
	conf->window_ms	  = s->learning_window;
	conf->first_ms	  = s->first_window;
	conf->silence_ms  = s->relatch_silence;
	conf->handover_ms = LATCH_HANDOVER_MS;
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
static int leg_place(struct leg *leg, const struct leg_req *req,
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
static int leg_agent_open(struct leg *leg, struct agent *ag,
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

	if (leg_place(leg, req, &ag, rerr))
		return EINVAL;

	leg->dscp = given(req, LEG_DSCP) ? req->dscp : leg->ifc->dscp;
	leg->rtcp = given(req, LEG_RTCP) ? req->rtcp : RTCP_SEPARATE;
	if (leg->tcp)
		leg->rtcp = RTCP_NONE;

	if (check_remote(leg, leg->ifc, req, rerr) ||
	    check_policy(leg, req, rerr))
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

	latch_setup(leg, req->policy, rtp, &conf);
	latch_init(&leg->latch, &conf, r->now());
	leg_apply(leg, req, rtp);
	return ag ? leg_agent_open(leg, ag, rerr) : 0;
}


/**
 * Get what a change needs that may fail, before any of it is made
 *
 * @param leg  Open leg that leg_check() was happy with
 * @param req  What is asked
 * @param rerr Error
 *
 * @return 0, or an errno with *rerr
 */
int leg_prepare(struct leg *leg, const struct leg_req *req,
		struct rpc_error *rerr)
{
	int err;

	if (leg->tcp || !given(req, LEG_RTCP) || req->rtcp != RTCP_SEPARATE ||
	    leg->agent || leg->sock[LATCH_RTCP].watch.fd >= 0)
		return 0;

	err = leg_sock_open(leg, LATCH_RTCP);
	if (err)
		rpc_error_set(rerr, RPC_NO_RESOURCE,
			      "stream %u, leg %c: rtcp: port %u: %s",
			      leg->stream->index, leg->name, leg->port + 1,
			      strerror(err));

	return err;
}


static void apply_ice(struct leg *leg, const struct leg_req *req, uint64_t now)
{
	struct ice *ice = NULL;

	if (!(req->set & LEG_ICE) ||
	    (given(req, LEG_ICE) && ice_is(leg->ice, &req->ice)))
		return;

	/* without memory the old credentials stay: checks fail, calls go on */
	if (given(req, LEG_ICE) && ice_alloc(&ice, &req->ice))
		return;

	mem_deref(leg->ice);
	leg->ice = ice;
	latch_restart(&leg->latch, now);
}


static void apply_party(struct leg *leg, const struct leg_req *req,
			uint64_t now)
{
	if (req->set & LEG_SIGNALLING)
		leg->signalling = req->signalling;

	if (req->set & LEG_REMOTE) {
		leg->remote	 = req->remote;
		leg->remote_rtcp = req->remote_rtcp;
	}

	if (req->set & LEG_HINT) {
		leg->hint      = req->hint;
		leg->hint_rtcp = req->hint_rtcp;
	}

	latch_party_set(&leg->latch, &leg->signalling, &leg->remote,
			&leg->remote_rtcp, now);
	latch_hint_set(&leg->latch, leg->hint, leg->hint_rtcp);
}


static void apply_limits(struct leg *leg, const struct leg_req *req,
			 uint64_t now)
{
	if (req->set & LEG_BANDWIDTH && req->bandwidth != leg->bandwidth) {
		const uint64_t rate = (req->bandwidth + 7) / 8;

		leg->bandwidth = req->bandwidth;
		agent_leg_reserve(leg);
		bucket_set(&leg->bucket, rate,
			   max(rate * BURST_MS / 1000, BURST_LEAST), now);
	}

	if (req->set & LEG_DSCP) {
		const uint8_t dscp = given(req, LEG_DSCP) ? req->dscp
							  : leg->ifc->dscp;

		if (dscp == leg->dscp)
			return;

		leg->dscp = dscp;
		leg_sock_tos(leg);
	}
}


/**
 * Make a change; members that aren't there stay as they are
 *
 * @param leg Open leg
 * @param req What is asked, found possible by leg_check() and leg_prepare()
 * @param rtp Whether the stream is RTP
 */
void leg_apply(struct leg *leg, const struct leg_req *req, bool rtp)
{
	const uint64_t now = leg->relay->now();
	enum latch_policy policy = leg->latch.conf.policy;
	struct latch_conf conf;

	if (req->set & LEG_RTCP && !leg->tcp)
		leg->rtcp = req->rtcp;
	if (req->set & LEG_POLICY)
		policy = req->policy;

	latch_setup(leg, policy, rtp, &conf);
	latch_conf_set(&leg->latch, &conf, now);

	apply_ice(leg, req, now);
	apply_party(leg, req, now);
	apply_limits(leg, req, now);
	if (leg->tcp)
		tcp_leg_apply(leg, req);
	else if (leg->agent)
		agent_leg_update(leg);
	else
		leg_sock_follow(leg);
}


/**
 * Close a leg's sockets and give its ports back
 *
 * @param leg Leg, open or not
 */
void leg_close(struct leg *leg)
{
	if (leg->agent || (leg->tcp && leg->tcp->agents)) {
		agent_leg_close(leg);
		tcp_leg_close(leg);
		ports_give(leg->ifc->ports, leg->port);
		mem_deref(leg->ifc);
		leg->port = 0;
	}

	if (leg->port) {
		leg_sock_close(leg);
		ports_give(leg->ifc->ports, leg->port);
		leg->port = 0;
	}

	leg->ice = mem_deref(leg->ice);
	tcp_leg_close(leg);
}


/** @return Packets the latch or the bandwidth limit refused */
uint64_t leg_refused(const struct leg *leg)
{
	uint64_t n = leg->n.refused_bandwidth + leg->n.refused_agent;
	size_t i;

	for (i = 0; i < LATCH_REASONS; i++)
		n += leg->n.refused[i];

	return n;
}


/** @return Packets refused, and those that could not be sent */
uint64_t leg_dropped(const struct leg *leg)
{
	return leg_refused(leg) + leg->n.unsent;
}


/** @return Port RTCP is expected on, 0: none */
uint16_t leg_rtcp_port(const struct leg *leg)
{
	switch (leg->rtcp) {

	case RTCP_SEPARATE:
		return (uint16_t)(leg->port + 1);
	case RTCP_MUX:
		return leg->port;
	default:
		return 0;
	}
}


const char *leg_rtcp_name(enum leg_rtcp rtcp)
{
	static const char *const name[] = {"separate", "mux", "none"};

	return (size_t)rtcp < 3 ? name[rtcp] : "?";
}
