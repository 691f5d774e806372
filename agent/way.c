/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file way.c  UDP or in-tunnel: when media move there and back
 */
#include <string.h>
#include "way.h"


/** A new way: nothing is known of it; udp: there is an address for it */
void way_init(struct way *w, bool udp)
{
	const bool tunnel = w->tunnel;

	memset(w, 0, sizeof(*w));
	w->tunnel = tunnel;
	w->udp	  = udp;
	w->sure	  = WAY_SURE;
	w->probe  = WAY_PROBE_MS;
}


/** There are no media for now, and no questions: what was asked is forgotten */
void way_rest(struct way *w)
{
	w->open = 0;
	w->row	= 0;
}


static bool lost(const struct way *w, uint64_t now)
{
	return w->open && now - w->first >= WAY_LOST_MS;
}


static void move_inside(struct way *w, uint64_t now)
{
	if (w->back && now - w->back < WAY_GOOD_MS && w->sure < WAY_SURE_MAX)
		w->sure *= 2;
	else if (!w->back || now - w->back >= WAY_GOOD_MS)
		w->sure = WAY_SURE;
	w->inside = true;
	w->row	  = 0;
	w->probe  = WAY_PROBE_MS;
}


static uint32_t interval(const struct way *w)
{
	if (w->inside)
		return w->row ? WAY_AGAIN_MS : w->probe;

	return w->open ? WAY_AGAIN_MS : WAY_ASK_MS;
}


/** Time has passed, a tenth of a second or so, and there are media */
enum way_does way_tick(struct way *w, uint64_t now)
{
	if (!w->tunnel)
		return WAY_NOTHING;
	if (!w->inside && (!w->udp || (w->open >= WAY_LOST && lost(w, now)))) {
		move_inside(w, now);
		return WAY_MOVE;
	}
	if (!w->udp || (w->asked && now - w->asked < interval(w)))
		return WAY_NOTHING;

	if (w->inside && lost(w, now)) {
		/* the row is broken, or there never was one */
		w->row = 0;
		if (w->probe < WAY_PROBE_MAX)
			w->probe *= 2;
		if (w->probe > WAY_PROBE_MAX)
			w->probe = WAY_PROBE_MAX;
	}
	if (!w->open++)
		w->first = now;
	w->asked = now;

	return WAY_ASK;
}


/** An answer came over UDP; true: media move back there */
bool way_answered(struct way *w, uint64_t now)
{
	w->open = 0;
	if (!w->inside || ++w->row < w->sure)
		return false;

	w->inside = false;
	w->back	  = now;

	return true;
}
