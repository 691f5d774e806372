/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file leg_check.c  May a leg be as it is asked for?
 *
 * Changes nothing.
 */
#include <errno.h>
#include <string.h>
#include "leg_priv.h"
#include "relay.h"
#include "stream.h"
#include "tcp_agent.h"


int leg_reject(struct rpc_error *err, const struct leg *leg, int code,
	       const char *what, const char *why)
{
	rpc_error_set(err, code, "stream %u, leg %c: %s %s",
		      leg->stream->index, leg->name, what, why);

	return code == RPC_INVALID_PARAMS ? EINVAL : EACCES;
}


int leg_check_remote(const struct leg *leg, const struct iface *ifc,
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
		return leg_reject(err, leg, e == EACCES ? RPC_REFUSED
							: RPC_INVALID_PARAMS,
				  "remote.address", why);

	/* a stream that sends to itself never ends */
	for (i = 0; i < 2; i++) {
		const uint16_t port = addr_port(&req->remote);

		if (own[i]->port && (port & ~1) == own[i]->port &&
		    addr_ip_eq(&req->remote, &own[i]->ifc->address))
			return leg_reject(err, leg, RPC_REFUSED, "remote",
					  "is the stream's own port");
	}

	return 0;
}


int leg_check_policy(const struct leg *leg, const struct leg_req *req,
		     struct rpc_error *err)
{
	const enum latch_policy policy = given(req, LEG_POLICY)
						 ? req->policy
						 : leg->latch.conf.policy;
	const bool ice = (req->set & LEG_ICE) ? given(req, LEG_ICE)
					      : leg->ice != NULL;

	if (policy == LATCH_STUN && !ice)
		return leg_reject(err, leg, RPC_INVALID_PARAMS, "ice",
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
		return leg_reject(err, leg, RPC_INVALID_PARAMS, "agent",
				  fast);

	if (!agents && given(req, LEG_INTERFACE) &&
	    strcmp(req->interface, leg->ifc->name))
		return leg_reject(err, leg, RPC_INVALID_PARAMS, "interface",
				  fast);

	if (given(req, LEG_FAMILY) &&
	    req->family != addr_family(&leg->ifc->address))
		return leg_reject(err, leg, RPC_INVALID_PARAMS, "family",
				  fast);

	if (given(req, LEG_LOCAL) && req->local != leg->port)
		return leg_reject(err, leg, RPC_INVALID_PARAMS, "local.port",
				  fast);

	if (leg_check_remote(leg, leg->ifc, req, err))
		return EACCES;

	return leg_check_policy(leg, req, err);
}
