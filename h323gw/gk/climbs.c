/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file climbs.c  Calls that the gatekeeper above was asked for: which there
 * are, their end and their bandwidth
 *
 * What ends on one side is told as over on the other. Owns what is asked and
 * what was admitted.
 */
#include <errno.h>
#include <string.h>
#include "climb.h"
#include "neighbour.h"
#include "upstream.h"

enum {
	BUCKETS = 4096,
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


void climb_owner_set(struct climb *cl, gk_route_h *h, void *arg, bool setup)
{
	cl->h	  = h;
	cl->arg	  = arg;
	cl->setup = setup;
	hash_unlink(&cl->he_arg);
	if (arg)
		hash_append(cl->gk->uplinks->climbs_by_arg, key_of_arg(arg),
			    &cl->he_arg, cl);
}


int climb_alloc(struct climb **clp, struct gk *gk,
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
	climb_owner_set(cl, h, arg, q->setup);
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


struct climb *climb_by_arg(const struct gk *gk, const void *arg,
			   list_apply_h *fits, void *fits_arg)
{
	return list_ledata(hash_lookup(gk->uplinks->climbs_by_arg,
				       key_of_arg(arg), fits, fits_arg));
}


struct climb *climb_by_call(const struct gk *gk,
			    const uint8_t call_id[GUID_LEN],
			    list_apply_h *fits, void *fits_arg)
{
	return list_ledata(hash_lookup(gk->uplinks->climbs_by_call,
				       key_of_call(call_id), fits, fits_arg));
}


/* ---- their end, their bandwidth ---- */

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


static bool is_of(struct le *le, void *arg)
{
	return ((struct climb *)le->data)->arg == arg;
}


void gk_upstream_cancel(struct gk *gk, const void *arg)
{
	struct climb *cl;

	while (gk->uplinks && arg &&
	       (cl = climb_by_arg(gk, arg, is_of, (void *)(uintptr_t)arg)))
		mem_deref(cl);
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
		(void)climb_by_call(gk, call_id, band, &b);
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
		(void)climb_by_call(gk, call_id, least, &b);

	return b.bandwidth;
}
