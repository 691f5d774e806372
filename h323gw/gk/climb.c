/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file climb.c  The gatekeeper above is asked for calls
 *
 * Of ours who call somebody there, and of others who call ours through it. A
 * call is known by ARQ or Setup, and admitted there. One that leads back to
 * another of our endpoints is admitted for both, and stays here. Owns no state:
 * climbs.c has it.
 */
#include <errno.h>
#include <string.h>
#include <RasMessage.h>
#include <ReleaseCompleteReason.h>
#include "climb.h"
#include "neighbour.h"
#include "upstream.h"

enum {
	CAUSE_ABSENT = 20, /* Q.850: subscriber absent */
};


/* ---- what is told ---- */

static void on_no_setup(void *arg)
{
	mem_deref(arg);
}


static void finish(struct climb *cl)
{
	const struct route r = cl->route;
	gk_route_h *h	     = cl->h;
	void *arg	     = cl->arg;

	if (r.reason) {
		metrics_inc(cl->gk->stats, STAT_UP_CALLS_REFUSED);
		mem_deref(cl);
	}
	else if (cl->setup)
		cl->h = NULL;
	else {
		climb_owner_set(cl, NULL, NULL, false);
		tmr_start(&cl->tmr, CLIMB_SETUP_S * 1000, on_no_setup, cl);
	}
	if (h)
		h(&r, arg);
}


static void refuse(struct climb *cl, int reason, int cause)
{
	memset(&cl->route, 0, sizeof(cl->route));
	cl->route.reason = reason;
	cl->route.cause	 = cause;
	finish(cl);
}


/* ---- asking there ---- */

static size_t own_names(struct alias *v, size_t max, const struct endpoint *ep)
{
	const struct zone_alias *za;
	size_t n = 0;

	for (za = ep ? ep->aliases : NULL; za && n < max; za = za->next) {
		v[n].type = za->type;
		v[n].ton  = za->ton;
		memcpy(v[n].text, za->text, strlen(za->text) + 1);
		if (v[n].type != ALIAS_TRANSPORT_ID && !alias_host(&v[n]))
			++n;
	}

	return n;
}


/* ARQ of the one of ours who calls (which 0), or is called */
static int ask(struct climb *cl, unsigned which, const struct uplink *ul,
	       bool answer, const struct addr *from)
{
	const struct endpoint *ep = zone_by_id(cl->gk->zone, cl->endpoint);
	struct upstream_call_query q = {
		.call_id       = cl->call_id,
		.conference_id = cl->conference_id,
		.answer	       = answer,
		.called	       = cl->called,
		.calledc       = cl->calledc,
		.dest	       = addr_is_set(&cl->dest) ? &cl->dest : NULL,
		.bandwidth     = cl->bandwidth,
		.from	       = from,
	};
	struct alias *v = mem_zalloc(CLIMB_ALIASES * sizeof(*v), NULL);
	int err;

	if (!v)
		return ENOMEM;
	if (answer && !which) {
		q.caller  = &cl->source;
		q.callerc = cl->source.type != ALIAS_NONE;
		if (!q.calledc) {
			q.called  = v;
			q.calledc = own_names(v, CLIMB_ALIASES, ep);
		}
	} else {
		q.caller  = v;
		q.callerc = own_names(v, CLIMB_ALIASES, ep);
	}
	err = upstream_call_alloc(&cl->call[which], ul->reg, &q, cl);
	mem_deref(v);

	return err;
}


static void climb(struct climb *cl)
{
	const struct uplink *ul = uplink_of(cl->gk, cl->endpoint);

	metrics_inc(cl->gk->stats, STAT_UP_CALLS_OUT);
	if (!ul || ask(cl, 0, ul, false, NULL))
		finish(cl);
}


/* ---- what is answered ---- */

/* where the other end is one of ours: as it is called there */
static struct endpoint *our_end(struct climb *cl, const struct uplink *ul,
				const struct alias *called)
{
	const struct reach none = {.agent = ""};
	const struct route_query q = {
		.called	 = called->type != ALIAS_NONE ? called : cl->called,
		.calledc = called->type != ALIAS_NONE ? 1 : cl->calledc,
		.caller	 = &none,
		.located = true,
	};

	if (ul->client)
		return zone_by_id(cl->gk->zone, ul->client->id);

	return gk_route_own(cl->gk, &cl->route, &q)
		       ? zone_by_id(cl->gk->zone, cl->route.to.endpoint)
		       : NULL;
}


static void back(struct climb *cl, const struct uplink *ul,
		 const struct upstream_admission *a)
{
	const struct uplink *own = uplink_of(cl->gk, cl->endpoint);
	const struct endpoint *ep = our_end(cl, ul, &a->called);

	if (!ep || !own) {
		refuse(cl, ReleaseCompleteReason_PR_calledPartyNotRegistered,
		       CAUSE_ABSENT);
		return;
	}
	cl->route.reason = cl->route.cause = 0;
	endpoint_reach(&cl->route.to, ep);
	if (ask(cl, 1, ul, true, &own->own))
		refuse(cl, ReleaseCompleteReason_PR_gatekeeperResources, 0);
}


static void away(struct climb *cl, const struct upstream_admission *a)
{
	const struct uplink *ul = uplink_of(cl->gk, cl->endpoint);
	struct route *r		= &cl->route;

	if (!ul || addr_is_any(&a->dest) || addr_is_multicast(&a->dest) ||
	    (gk_is_own(cl->gk, &a->dest) &&
	     addr_port(&a->dest) == cl->gk->settings->call.port)) {
		refuse(cl, ReleaseCompleteReason_PR_unreachableDestination, 0);
		return;
	}
	memset(r, 0, sizeof(*r));
	r->to.signalling = r->to.seen = a->dest;
	r->to.local		      = ul->own;
	str_ncpy(r->to.as, upstream_call_endpoint(cl->call[0]),
		 sizeof(r->to.as));
	str_ncpy(r->to.alias, "upstream", sizeof(r->to.alias));
	r->called    = a->called.type != ALIAS_NONE ? a->called
						    : cl->called[0];
	r->rewritten = a->called.type != ALIAS_NONE || cl->rewritten;
	if (!r->rewritten)
		r->called.type = ALIAS_NONE;
	finish(cl);
}


static void limit(struct climb *cl, uint32_t bandwidth)
{
	if (bandwidth && (!cl->limit || bandwidth < cl->limit))
		cl->limit = bandwidth;
}


void climb_admitted(struct upstream_call *call,
		    const struct upstream_admission *a, void *arg)
{
	struct climb *cl = upstream_call_arg(call);
	const struct uplink *ul;
	(void)arg;

	limit(cl, a->bandwidth);
	if (a->reason)
		refuse(cl, a->reason, a->cause);
	else if (cl->inbound || call == cl->call[1])
		finish(cl);
	else {
		ul = uplink_at(cl->gk, &a->dest);
		if (ul)
			back(cl, ul, a);
		else
			away(cl, a);
	}
}


/* ---- calls of ours ---- */

bool gk_upstream_first(const struct gk *gk, const struct route_query *q)
{
	const struct uplink *ul =
		q->located ? NULL : uplink_of(gk, q->caller->endpoint);

	return ul && ul->registered && gk->settings->upstream.all;
}


struct wanted {
	const struct route_query *q;
	const void *arg;
};


static bool waits_for_setup(struct le *le, void *arg)
{
	const struct climb *cl	    = le->data;
	const struct route_query *q = ((struct wanted *)arg)->q;

	return !cl->setup && !cl->h && !cl->inbound &&
	       !memcmp(cl->call_id, q->call_id, GUID_LEN) &&
	       !strcmp(cl->endpoint, q->caller->endpoint) && q->calledc &&
	       alias_eq(&cl->asked, &q->called[0]);
}


/* one that was admitted when the terminal sent its ARQ */
static struct climb *admitted(const struct gk *gk, const struct route_query *q)
{
	struct wanted w = {.q = q};

	return climb_by_call(gk, q->call_id, waits_for_setup, &w);
}


static bool is_outbound_of(struct le *le, void *arg)
{
	const struct climb *cl = le->data;

	return cl->arg == ((struct wanted *)arg)->arg && !cl->inbound;
}


/* the call was sent somewhere else by who was called */
static void forwarded(struct gk *gk, const void *arg)
{
	struct wanted w = {.arg = arg};

	mem_deref(climb_by_arg(gk, arg, is_outbound_of, &w));
}


static void on_neighbour(const struct route *r, void *arg)
{
	struct climb *cl = arg;
	gk_route_h *h	 = cl->h;
	void *harg	 = cl->arg;

	cl->neighbours = false;
	if (r->reason) {
		climb(cl);
		return;
	}
	/* a neighbour has it */
	mem_deref(cl);
	h(r, harg);
}


int gk_upstream_ask(struct gk *gk, const struct route_query *q,
		    const struct route *none, gk_route_h *h, void *arg)
{
	const struct uplink *ul =
		q->located ? NULL : uplink_of(gk, q->caller->endpoint);
	struct climb *cl;
	int err;

	if (!ul || !ul->registered)
		return ENOENT;
	cl = q->setup ? admitted(gk, q) : NULL;
	if (cl) {
		tmr_cancel(&cl->tmr);
		climb_owner_set(cl, h, arg, true);
		finish(cl);
		return 0;
	}
	if (q->setup)
		forwarded(gk, arg);
	err = climb_alloc(&cl, gk, q, h, arg);
	if (err)
		return err;
	cl->route = *none;
	str_ncpy(cl->endpoint, q->caller->endpoint, sizeof(cl->endpoint));
	cl->neighbours = !gk->settings->upstream.all;
	if (!cl->neighbours ||
	    gk_neighbour_ask(gk, q, none, on_neighbour, cl)) {
		cl->neighbours = false;
		climb(cl);
	}

	return 0;
}


/* ---- calls to ours ---- */

static void nobody(gk_route_h *h, void *arg)
{
	const struct route r = {
		.reason = ReleaseCompleteReason_PR_calledPartyNotRegistered,
		.cause	= CAUSE_ABSENT,
	};

	h(&r, arg);
}


void gk_upstream_answer(struct gk *gk, const struct route_query *q,
			gk_route_h *h, void *arg)
{
	const struct uplink *ul = uplink_at(gk, q->via);
	const struct endpoint *ep = NULL;
	struct route_query own	  = *q;
	struct climb *cl;

	/* that address is us */
	own.dest = NULL;
	if (!ul || climb_alloc(&cl, gk, &own, h, arg)) {
		nobody(h, arg);
		return;
	}
	metrics_inc(gk->stats, STAT_UP_CALLS_IN);
	cl->inbound = true;
	if (ul->client) {
		ep = zone_by_id(gk->zone, ul->client->id);
		if (ep)
			endpoint_reach(&cl->route.to, ep);
	}
	else if (gk_route_own(gk, &cl->route, &own))
		ep = zone_by_id(gk->zone, cl->route.to.endpoint);
	if (ep)
		str_ncpy(cl->endpoint, ep->id, sizeof(cl->endpoint));
	if (!ep)
		refuse(cl, ReleaseCompleteReason_PR_calledPartyNotRegistered,
		       CAUSE_ABSENT);
	else if (ask(cl, 0, ul, true, &cl->from))
		refuse(cl, ReleaseCompleteReason_PR_gatekeeperResources, 0);
}


bool gk_upstream_caller(const struct gk *gk, struct reach *r,
			const struct addr *from, const struct addr *via)
{
	memset(r, 0, sizeof(*r));
	r->signalling = r->seen = *from;
	r->local		= *via;
	str_ncpy(r->alias, "upstream", sizeof(r->alias));

	return addr_ip_eq(from, &gk->settings->upstream.gatekeeper);
}
