/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ras/calls.c  Calls as admission sees them: sides, bandwidth, limits
 *
 * Pure.
 */
#include <errno.h>
#include <string.h>
#include "exchange.h"
#include "h323gw/h225/id.h"


void ras_call_id(uint8_t call_id[GUID_LEN], const struct CallIdentifier *ci,
		 const ConferenceIdentifier_t *conference)
{
	if (!ci || !guid_get(call_id, &ci->guid) || guid_is_zero(call_id))
		(void)guid_get(call_id, conference);
}


/* what is left of a limit (0: none) when so much is used */
static uint32_t left(uint32_t limit, uint64_t used)
{
	if (!limit)
		return UINT32_MAX;

	return used < limit ? (uint32_t)(limit - used) : 0;
}


static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}


bool ras_grant(const struct ras *r, uint32_t *granted,
	       const struct endpoint *ep, const struct admitted *a,
	       unsigned side, uint32_t wanted)
{
	const struct ras_conf *c = &r->conf;
	const uint64_t own	 = a ? a->side[side].bandwidth : 0;
	const uint64_t call	 = a ? a->bandwidth : 0;
	uint32_t n = wanted;

	if (c->bandwidth_call)
		n = least(n, c->bandwidth_call);
	n = least(n, left(c->bandwidth_endpoint, ep->bandwidth - own));
	n = least(n, left(c->bandwidth_zone,
			  admitted_bandwidth(r->calls) - call));
	*granted = n;

	return n || !wanted;
}


static void side_leave(struct ras *r, struct admitted_side *s)
{
	struct endpoint *ep = s->counted
				      ? zone_by_id(r->conf.zone, s->endpoint)
				      : NULL;

	if (ep) {
		ep->bandwidth -= s->bandwidth;
		--ep->calls;
	}
	s->counted = false;
}


void ras_side_set(struct ras *r, struct endpoint *ep, struct admitted *a,
		  unsigned side, uint32_t bandwidth)
{
	struct admitted_side *s = &a->side[side];

	side_leave(r, s);
	memset(s->endpoint, 0, sizeof(s->endpoint));
	memcpy(s->endpoint, ep->id, sizeof(ep->id));
	s->counted = true;
	++ep->calls;
	ep->bandwidth += bandwidth;
	admitted_bandwidth_set(r->calls, a, side, bandwidth);
}


void ras_forget(struct ras *r, struct admitted *a)
{
	side_leave(r, &a->side[0]);
	side_leave(r, &a->side[1]);
	admitted_remove(r->calls, a);
}


/* ---- what calls tell ---- */

static bool may_call(const struct ras *r, const struct admitted *a,
		     unsigned side, const char *id)
{
	const struct endpoint *ep = *id ? zone_by_id(r->conf.zone, id) : NULL;

	return !ep || !r->conf.calls_endpoint ||
	       (a && a->side[side].counted &&
		!strcmp(a->side[side].endpoint, id)) ||
	       ep->calls < r->conf.calls_endpoint;
}


int ras_call_started(struct ras *r, const struct gk_call *c)
{
	struct admitted *a = admitted_find(r->calls, c->call_id);
	unsigned side;
	int err;

	if (a && a->started)
		return EALREADY;
	if (!may_call(r, a, 0, c->endpoint[0]) ||
	    !may_call(r, a, 1, c->endpoint[1]))
		return EBUSY;
	if (!a) {
		err = admitted_add(&a, r->calls, c->call_id, c->conference_id,
				   r->h.nowh(r->arg));
		if (err)
			return err == ENFILE ? EBUSY : err;
	}
	for (side = 0; side < 2; side++) {
		struct endpoint *ep =
			c->endpoint[side][0]
				? zone_by_id(r->conf.zone, c->endpoint[side])
				: NULL;

		if (ep)
			ras_side_set(r, ep, a, side,
				     !strcmp(a->side[side].endpoint, ep->id)
					     ? a->side[side].bandwidth
					     : 0);
	}
	admitted_start(r->calls, a);

	return 0;
}


void ras_call_ended(struct ras *r, const uint8_t call_id[GUID_LEN])
{
	struct admitted *a = admitted_find(r->calls, call_id);

	if (a)
		ras_forget(r, a);
}


uint32_t ras_call_bandwidth(const struct ras *r,
			    const uint8_t call_id[GUID_LEN])
{
	const struct admitted *a = admitted_find(r->calls, call_id);
	uint32_t n = 0;
	unsigned side;

	for (side = 0; a && side < 2; side++) {
		const uint32_t b = a->side[side].bandwidth;

		if (b && (!n || b < n))
			n = b;
	}

	return n;
}


struct endpoint *ras_call_endpoint(const struct ras *r,
				   const uint8_t call_id[GUID_LEN],
				   unsigned side)
{
	const struct admitted *a = admitted_find(r->calls, call_id);

	return a && a->side[side].endpoint[0]
		       ? zone_by_id(r->conf.zone, a->side[side].endpoint)
		       : NULL;
}


struct endpoint *ras_call_caller(const struct ras *r,
				 const uint8_t call_id[GUID_LEN])
{
	return ras_call_endpoint(r, call_id, 0);
}


void ras_call_expire(struct ras *r, int64_t now)
{
	struct admitted *a;

	while ((a = admitted_oldest(r->calls)) &&
	       a->since + RAS_ADMISSION_S * 1000 <= now)
		ras_forget(r, a);
}


size_t ras_call_count(const struct ras *r)
{
	return admitted_count(r->calls);
}
