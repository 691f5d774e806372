/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file route.c  Where calls go, and what is known of who calls
 *
 * In order: the called aliases as they stand and rewritten, a gateway by its
 * prefix, the address, neighbours, the gatekeeper above. Owns no state.
 */
#include <errno.h>
#include <string.h>
#include <RasMessage.h>
#include "neighbour.h"
#include "priv.h"
#include "upstream.h"

enum {
	SIGNALLING_PORT	    = 1720, /* well-known */
	CAUSE_ABSENT	    = 20,   /* Q.850: subscriber absent */
};


/* ---- by alias ---- */

/* "h323:alice@example.com", "alice@example.com": alice */
static bool user_of(struct alias *user, const struct alias *a)
{
	const char *p	= a->text;
	const char *at	= strchr(p, '@');
	char text[ALIAS_TEXT_MAX + 1];

	if (a->type != ALIAS_URL_ID && a->type != ALIAS_EMAIL_ID)
		return false;
	if (!strncmp(p, "h323:", 5))
		p += 5;
	if (!at)
		at = p + strlen(p);
	if (at <= p)
		return false;
	memcpy(text, p, (size_t)(at - p));
	text[at - p] = '\0';

	return !alias_guess(user, text);
}


static struct endpoint *by_alias(const struct gk *gk, const struct alias *a)
{
	struct endpoint *ep = zone_by_alias(gk->zone, a);
	struct alias user;

	if (!ep && user_of(&user, a))
		ep = zone_by_alias(gk->zone, &user);

	return ep;
}


/* as it is called, and as it is called here */
static struct endpoint *find(struct gk *gk, struct route *r,
			     const struct alias *called)
{
	struct endpoint *ep;

	r->called    = *called;
	r->rewritten = number_rewrite(&gk->settings->numbers, &r->called);
	ep	     = by_alias(gk, &r->called);
	if (!ep)
		ep = zone_by_prefix(gk->zone, &r->called);

	return ep;
}


/* ---- by address ---- */

/* a terminal behind the caller's agent, or one that is met face to face */
static struct endpoint *by_address(const struct gk *gk, const char *agent,
				   const struct addr *a)
{
	struct endpoint *ep = NULL;

	if (agent[0])
		ep = zone_by_address(gk->zone, agent, a, a);

	return ep ? ep : zone_by_address(gk->zone, "", a, a);
}


bool gk_is_own(const struct gk *gk, const struct addr *a)
{
	return addr_ip_eq(a, &gk->settings->gatekeeper.address[0]) ||
	       addr_ip_eq(a, &gk->settings->gatekeeper.address[1]);
}


/* somebody who is registered may call any address but this host's own */
static bool may_leave(const struct gk *gk, const struct route_query *q,
		      const struct addr *a)
{
	return gk->settings->policy.addresses && q->caller->endpoint[0] &&
	       !addr_is_any(a) && !addr_is_loopback(a) &&
	       !addr_is_multicast(a) && !addr_is_linklocal(a) &&
	       !gk_is_own(gk, a);
}


static bool route_address(const struct gk *gk, struct route *r,
			  const struct route_query *q, const struct addr *a)
{
	const struct endpoint *ep = by_address(gk, q->caller->agent, a);

	if (ep) {
		endpoint_reach(&r->to, ep);
		return true;
	}
	if (q->located || !may_leave(gk, q, a))
		return false;
	memset(&r->to, 0, sizeof(r->to));
	r->to.signalling = r->to.seen = *a;
	(void)addr_str(a, r->to.alias);

	return true;
}


/* ---- where to ---- */

bool gk_route_own(struct gk *gk, struct route *r, const struct route_query *q)
{
	struct addr a;
	size_t i;

	for (i = 0; i < q->calledc; i++) {
		const struct endpoint *ep = find(gk, r, &q->called[i]);

		if (ep) {
			endpoint_reach(&r->to, ep);
			return true;
		}
	}
	r->rewritten   = false;
	r->called.type = ALIAS_NONE;
	for (i = 0; i < q->calledc; i++) {
		if (q->called[i].type == ALIAS_TRANSPORT_ID &&
		    !addr_parse_hostport(&a, q->called[i].text) &&
		    route_address(gk, r, q, &a))
			return true;
	}

	return q->dest && route_address(gk, r, q, q->dest);
}


size_t gk_route_called(const struct gk *gk, struct alias *v, size_t max,
		       bool *rewritten, const struct route_query *q)
{
	size_t i, n = 0;

	*rewritten = false;
	for (i = 0; i < q->calledc && n < max; i++) {
		bool other;

		if (q->called[i].type == ALIAS_TRANSPORT_ID)
			continue;
		v[n]  = q->called[i];
		other = number_rewrite(&gk->settings->numbers, &v[n]);
		if (!n)
			*rewritten = other;
		++n;
	}

	return n;
}


int gk_route(struct gk *gk, const struct route_query *q, gk_route_h *h,
	     void *arg)
{
	struct route r;

	if (q->via) {
		gk_upstream_answer(gk, q, h, arg);
		return 0;
	}

	memset(&r.to, 0, sizeof(r.to));
	r.reason       = 0;
	r.cause	       = 0;
	r.rewritten    = false;
	r.called.type  = ALIAS_NONE;
	if (gk_upstream_first(gk, q) || !gk_route_own(gk, &r, q)) {
		memset(&r.to, 0, sizeof(r.to));
		r.reason = ReleaseCompleteReason_PR_calledPartyNotRegistered;
		r.cause	 = CAUSE_ABSENT;
		if (!gk_upstream_ask(gk, q, &r, h, arg) ||
		    !gk_neighbour_ask(gk, q, &r, h, arg))
			return 0;
	}
	h(&r, arg);

	return 0;
}


void gk_route_cancel(struct gk *gk, const void *arg)
{
	gk_neighbour_cancel(gk, arg);
	gk_upstream_cancel(gk, arg);
}


/* ---- who calls ---- */

static bool is_there(const struct endpoint *ep, const char *agent,
		     const struct addr *from)
{
	return ep && !strcmp(ep->at.agent, agent) &&
	       addr_ip_eq(&ep->at.seen, from);
}


static const struct endpoint *caller(const struct gk *gk, const char *agent,
				     const struct addr *from, const char *id,
				     const uint8_t *call_id)
{
	struct addr signalling = *from;
	const struct endpoint *ep;

	ep = call_id ? ras_call_caller(gk->ras, call_id) : NULL;
	if (is_there(ep, agent, from))
		return ep;
	ep = id ? zone_by_id(gk->zone, id) : NULL;
	if (is_there(ep, agent, from))
		return ep;
	addr_set_port(&signalling, SIGNALLING_PORT);

	return zone_by_address(gk->zone, agent, &signalling, from);
}


bool gk_caller(struct gk *gk, struct reach *r, const char *agent,
	       const struct addr *from, const char *endpointIdentifier,
	       const uint8_t *call_id)
{
	const struct endpoint *ep =
		caller(gk, agent, from, endpointIdentifier, call_id);
	const char *name;

	if (ep) {
		endpoint_reach(r, ep);
		return true;
	}
	memset(r, 0, sizeof(*r));
	strncpy(r->agent, agent, sizeof(r->agent) - 1);
	r->signalling = r->seen = *from;
	name = agent[0] ? NULL : gk_neighbour_at(gk, from);
	if (!name)
		return false;
	strncpy(r->alias, name, sizeof(r->alias) - 1);

	return true;
}


bool gk_unregistered_calls(const struct gk *gk)
{
	return gk->settings->policy.unregistered_calls;
}


struct addr gk_signalling_address(const struct gk *gk, const struct reach *r)
{
	const struct settings *s = gk->settings;
	const bool six		 = addr_family(&r->seen) == AF_INET6;
	struct addr a;

	if (addr_is_set(&r->local))
		return r->local;
	a = s->gatekeeper.address[six];
	if (!addr_is_set(&a))
		a = s->gatekeeper.address[!six];
	addr_set_port(&a, s->call.port);

	return a;
}


/* ---- calls ---- */

int gk_call_started(struct gk *gk, const struct gk_call *c)
{
	return ras_call_started(gk->ras, c);
}


void gk_call_ended(struct gk *gk, const uint8_t call_id[GUID_LEN])
{
	ras_call_ended(gk->ras, call_id);
}


uint32_t gk_call_bandwidth(const struct gk *gk,
			   const uint8_t call_id[GUID_LEN])
{
	const uint32_t here  = ras_call_bandwidth(gk->ras, call_id);
	const uint32_t there = gk_upstream_limit(gk, call_id);

	return there && (!here || there < here) ? there : here;
}


void gk_disengage(struct gk *gk, const uint8_t call_id[GUID_LEN])
{
	unsigned side;

	for (side = 0; side < 2; side++) {
		const struct endpoint *ep =
			ras_call_endpoint(gk->ras, call_id, side);
		const uint16_t seq	 = pending_seq(gk->pending);
		struct ras_answer *const a = &gk->answer;

		if (ep && !ras_drq(gk->ras, a, ep, seq, call_id))
			(void)pending_send(NULL, gk->pending, &a->to, NULL,
					   seq, a->p, a->len, NULL, NULL);
	}
}
