/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file climb.c  Calls that the gatekeeper above is asked about
 *
 * Of ours who call somebody there, and of others who call ours through it. A
 * call is known by ARQ or Setup, admitted there, and told as over when it ends.
 * One that leads back to another of our endpoints is admitted for both, and
 * stays here. Owns what is asked and what was admitted.
 */
#include <errno.h>
#include <string.h>
#include <RasMessage.h>
#include <ReleaseCompleteReason.h>
#include "neighbour.h"
#include "uplink.h"
#include "upstream.h"

enum {
	BUCKETS	     = 4096,
	CAUSE_ABSENT = 20, /* Q.850: subscriber absent */
};

/** A call there; or one that is to be */
struct climb {
	struct le le, he_arg, he_call;
	struct gk *gk;
	gk_route_h *h; /* NULL: it has been told */
	void *arg;     /* the call it is for; NULL: its Setup is to come */
	bool setup;    /* there is a call */
	bool inbound;
	bool neighbours; /* they are being asked */
	uint8_t call_id[GUID_LEN], conference_id[GUID_LEN];
	char endpoint[REACH_ENDPOINT_LEN]; /* of ours */
	struct alias asked;		   /* the first called, as it stood */
	struct alias called[CLIMB_ALIASES];
	size_t calledc;
	bool rewritten;
	struct addr dest; /* unset: none */
	struct alias source;
	struct addr from; /* inbound: who connected */
	uint32_t bandwidth, limit;
	struct route route; /* the answer, and until then if there is none */
	struct upstream_call *call[2]; /* the second: the other end is ours */
	struct tmr tmr;
};


/* ---- its life ---- */

static void destructor(void *arg)
{
	struct climb *cl = arg;

	--cl->gk->uplinks->climbc;
	tmr_cancel(&cl->tmr);
	if (cl->neighbours)
		gk_neighbour_cancel(cl->gk, cl);
	mem_deref(cl->call[0]);
	mem_deref(cl->call[1]);
	list_unlink(&cl->le);
	hash_unlink(&cl->he_arg);
	hash_unlink(&cl->he_call);
}


int climbs_alloc(struct uplinks *us)
{
	const int err = hash_alloc(&us->climbs_by_arg, BUCKETS);

	return err ? err : hash_alloc(&us->climbs_by_call, BUCKETS);
}


void climbs_free(struct uplinks *us)
{
	list_flush(&us->climbs);
	us->climbs_by_arg  = mem_deref(us->climbs_by_arg);
	us->climbs_by_call = mem_deref(us->climbs_by_call);
}


static uint32_t key_of_arg(const void *arg)
{
	return hash_fast((const char *)&arg, sizeof(arg));
}


static uint32_t key_of_call(const uint8_t call_id[GUID_LEN])
{
	return hash_joaat(call_id, GUID_LEN);
}


static void owner_set(struct climb *cl, gk_route_h *h, void *arg, bool setup)
{
	cl->h	  = h;
	cl->arg	  = arg;
	cl->setup = setup;
	hash_unlink(&cl->he_arg);
	if (arg)
		hash_append(cl->gk->uplinks->climbs_by_arg, key_of_arg(arg),
			    &cl->he_arg, cl);
}


static int climb_alloc(struct climb **clp, struct gk *gk,
		       const struct route_query *q, gk_route_h *h, void *arg)
{
	struct uplinks *us = gk->uplinks;
	struct climb *cl;

	if (us->climbc >= CLIMBS_MAX)
		return ENFILE;
	cl = mem_zalloc(sizeof(*cl), destructor);
	if (!cl)
		return ENOMEM;
	++us->climbc;
	cl->gk = gk;
	list_append(&us->climbs, &cl->le, cl);
	memcpy(cl->call_id, q->call_id, GUID_LEN);
	memcpy(cl->conference_id, q->conference_id, GUID_LEN);
	/* version 1 knows no callIdentifier */
	if (!q->has_call_id)
		memcpy(cl->call_id, q->conference_id, GUID_LEN);
	hash_append(us->climbs_by_call, key_of_call(cl->call_id),
		    &cl->he_call, cl);
	owner_set(cl, h, arg, q->setup);
	if (q->calledc)
		cl->asked = q->called[0];
	cl->calledc = gk_route_called(gk, cl->called, CLIMB_ALIASES,
				      &cl->rewritten, q);
	if (q->dest)
		cl->dest = *q->dest;
	if (q->source)
		cl->source = *q->source;
	cl->from      = q->caller->seen;
	cl->bandwidth = q->bandwidth;
	if (!cl->bandwidth)
		cl->bandwidth = ras_call_bandwidth(gk->ras, cl->call_id);
	if (!cl->bandwidth)
		cl->bandwidth = gk->settings->upstream.bandwidth;
	*clp = cl;

	return 0;
}


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
		owner_set(cl, NULL, NULL, false);
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


void climb_ended(struct upstream_call *call, void *arg)
{
	const struct climb *cl = upstream_call_arg(call);
	const struct uplink *ul = upstream_reg_arg(upstream_call_reg(call));
	struct gk *gk	       = arg;

	if (cl->setup && gk->calls.disengageh)
		(void)gk->calls.disengageh(cl->call_id,
					   ul->client ? ul->client->id : NULL,
					   0, gk->calls_arg);
	else if (!cl->setup && !cl->h)
		mem_deref((void *)(uintptr_t)cl);
}


void climb_bandwidth(struct upstream_call *call, uint32_t bandwidth, void *arg)
{
	struct climb *cl	= upstream_call_arg(call);
	const struct uplink *ul = upstream_reg_arg(upstream_call_reg(call));
	struct gk *gk		= arg;

	cl->limit = bandwidth;
	if (cl->setup && gk->calls.bandwidthh)
		gk->calls.bandwidthh(cl->call_id,
				     ul->client ? ul->client->id : NULL,
				     bandwidth, gk->calls_arg);
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

	return list_ledata(hash_lookup(gk->uplinks->climbs_by_call,
				       key_of_call(q->call_id),
				       waits_for_setup, &w));
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

	mem_deref(list_ledata(hash_lookup(gk->uplinks->climbs_by_arg,
					  key_of_arg(arg), is_outbound_of,
					  &w)));
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
		owner_set(cl, h, arg, true);
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


/* ---- their end, their bandwidth ---- */

static bool is_of(struct le *le, void *arg)
{
	return ((struct climb *)le->data)->arg == arg;
}


void gk_upstream_cancel(struct gk *gk, const void *arg)
{
	struct le *le;

	while (gk->uplinks && arg &&
	       (le = hash_lookup(gk->uplinks->climbs_by_arg, key_of_arg(arg),
				 is_of, (void *)(uintptr_t)arg)))
		mem_deref(le->data);
}


struct banding {
	const uint8_t *call_id;
	const char *id;
	uint32_t bandwidth;
};


static bool band(struct le *le, void *arg)
{
	struct banding *b = arg;
	struct climb *cl  = le->data;

	if (!memcmp(cl->call_id, b->call_id, GUID_LEN) &&
	    !strcmp(cl->endpoint, b->id) && cl->call[0])
		upstream_call_bandwidth(cl->call[0], b->bandwidth);

	return false;
}


void gk_upstream_bandwidth(struct gk *gk, const uint8_t call_id[GUID_LEN],
			   const char *id, uint32_t bandwidth)
{
	struct banding b = {call_id, id, bandwidth};

	if (gk->uplinks)
		(void)hash_lookup(gk->uplinks->climbs_by_call,
				  key_of_call(call_id), band, &b);
}


static bool least(struct le *le, void *arg)
{
	struct banding *b      = arg;
	const struct climb *cl = le->data;

	if (!memcmp(cl->call_id, b->call_id, GUID_LEN) && cl->limit &&
	    (!b->bandwidth || cl->limit < b->bandwidth))
		b->bandwidth = cl->limit;

	return false;
}


uint32_t gk_upstream_limit(const struct gk *gk,
			   const uint8_t call_id[GUID_LEN])
{
	struct banding b = {call_id, NULL, 0};

	if (gk->uplinks)
		(void)hash_lookup(gk->uplinks->climbs_by_call,
				  key_of_call(call_id), least, &b);

	return b.bandwidth;
}
