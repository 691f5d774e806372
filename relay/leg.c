/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file leg.c  One party's end of a stream: ports, latch, limits, counters
 *
 * Owns a leg's pair of the interface's pool, from leg_open.c on.
 */
#include <errno.h>
#include <string.h>
#include "agent_leg.h"
#include "ice.h"
#include "leg_priv.h"
#include "leg_sock.h"
#include "relay.h"
#include "stream.h"
#include "tcp_agent.h"


enum {
	BURST_MS    = 500,  /* of a leg's bandwidth, in hand */
	BURST_LEAST = 3000, /* octets */
};


void leg_latch_conf(const struct leg *leg, enum latch_policy policy, bool rtp,
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

	leg_latch_conf(leg, policy, rtp, &conf);
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
