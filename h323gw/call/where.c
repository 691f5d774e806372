/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file where.c  Who calls, whether it is him (H.235.1), and where the call
 * goes: what the gatekeeper is asked
 *
 * Owns no state.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/call/host.h"


static void refused(struct call *c, int reason, int cause)
{
	const struct route r = {.reason = reason, .cause = cause};

	call_routed(c, &r);
}


/* who calls: of a connection we accepted, by what its Setup says */
static bool caller_find(struct held *h, const struct call_query *q)
{
	struct calls *cs = h->cs;
	struct sig *s	 = h->leg[SIDE_A].sig;
	struct addr own;
	struct reach r;
	bool known;

	known = s->door;
	if (known)
		(void)gk_upstream_caller(cs->gk, &r, &s->from, &s->local);
	else
		known = gk_caller(cs->gk, &r, s->agent, &s->from,
				  q->endpointIdentifier, q->call_id);
	if (addr_is_set(&s->local))
		r.local = s->local;
	h->known = known;
	if (known && !s->door)
		sig_known(s, &r);
	else
		s->reach = r;
	own = gk_signalling_address(cs->gk, &r);
	call_party_set(h->call, SIDE_A, &r, &own);

	return known || gk_unregistered_calls(cs->gk);
}


static void on_route(const struct route *r, void *arg)
{
	struct held *h = arg;

	call_routed(h->call, r);
}


static void id_remember(struct held *h)
{
	const struct call_info *info = call_info(h->call);

	if (info->has_call_id && !h->le_id.list)
		hash_append(h->cs->by_id,
			    hash_fast((const char *)info->call_id, GUID_LEN),
			    &h->le_id, h);
}


static int io_route(struct call *c, const struct call_query *q, void *arg)
{
	struct held *h	      = arg;
	struct calls *cs      = h->cs;
	struct route_query rq = {.called  = q->called,
				 .calledc = q->calledc,
				 .source  = q->source,
				 .setup	  = true};
	const struct sig *s = h->leg[SIDE_A].sig;
	int err;

	if (!s)
		return ENOTCONN;
	/* one that is forwarded is not for whom it came to */
	if (s->door && !q->forwarded)
		rq.via = &s->local;
	memcpy(rq.conference_id, q->conference_id, GUID_LEN);
	id_remember(h);
	if (!q->forwarded && !caller_find(h, q)) {
		refused(c, ReleaseCompleteReason_PR_callerNotRegistered, 0);
		return EALREADY;
	}
	if (!q->forwarded &&
	    !cs->env->io.proved(c, SIDE_A, &q->proof, h)) {
		refused(c, ReleaseCompleteReason_PR_securityDenied, 0);
		return EALREADY;
	}
	rq.caller = &call_info(c)->party[SIDE_A].reach;
	/* ours, or its agent's, says only that the call goes through us */
	if (q->dest && !addr_eq(q->dest, &call_info(c)->party[SIDE_A].own))
		rq.dest = q->dest;
	if (q->call_id) {
		memcpy(rq.call_id, q->call_id, GUID_LEN);
		rq.has_call_id = true;
	}
	/* its handler may run at once: then the call goes on when this has
	 * returned */
	err = gk_route(cs->gk, &rq, on_route, h);
	if (!err && call_is_routed(c))
		err = EALREADY;

	return err;
}


/* ---- proofs ---- */

static bool io_proved(struct call *c, enum side from,
		      const struct security_message *m, void *arg)
{
	const struct held *h = arg;

	return gk_signal_proved(h->cs->gk, &call_info(c)->party[from].reach,
				m);
}


static bool io_sign(struct call *c, enum side to, struct uuie *u, void *arg)
{
	const struct held *h = arg;

	return gk_signal_sign(h->cs->gk, &call_info(c)->party[to].reach,
			      u->msg, u->cryptoTokens);
}


static void io_seal(struct call *c, uint8_t *p, size_t len, void *arg)
{
	const struct held *h = arg;
	(void)c;

	gk_signal_seal(h->cs->gk, p, len);
}


void where_io(struct call_io *io)
{
	io->route  = io_route;
	io->proved = io_proved;
	io->sign   = io_sign;
	io->seal   = io_seal;
}
