/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file latch_dest.c  Where to send to a party
 *
 * Writes each path's destination, and its guess where a NAT's port follows
 * from the other component's.
 */
#include <string.h>
#include "media/latch_priv.h"


/* The port of one component, seen through a NAT, from that of the other */
static void guess_set(struct latch_path *pa, const struct latch_path *other)
{
	int port;

	memset(&pa->guess, 0, sizeof(pa->guess));

	if (!pa->hint || !other->hint || !addr_is_set(&other->source))
		return;

	port = addr_port(&other->source) + pa->hint - other->hint;
	if (port <= 0 || port > 65535)
		return;

	pa->guess = other->source;
	addr_set_port(&pa->guess, (uint16_t)port);
}


static const struct addr *dest_choose(const struct latch *l,
				      const struct latch_path *pa)
{
	const struct addr *in_order[] = {&pa->source, &pa->remote, &pa->guess};
	size_t i, first = pa->quiet ? 1 : 0, last = 2;

	if (l->conf.policy == LATCH_FIXED)
		first = last = 1;
	else if (l->conf.policy == LATCH_STUN)
		last = 0;

	for (i = first; i <= last; i++) {
		if (addr_is_set(in_order[i]))
			return in_order[i];
	}

	return NULL;
}


void latch_dest_update(struct latch *l)
{
	struct latch_path *rtp = &l->path[LATCH_RTP];
	struct latch_path *rtcp = &l->path[LATCH_RTCP];

	guess_set(rtp, rtcp);
	guess_set(rtcp, rtp);

	rtp->dest = dest_choose(l, rtp);
	rtcp->dest = l->conf.mux ? rtp->dest : dest_choose(l, rtcp);
}


/**
 * Where to send to this party now
 *
 * @param l         Latch
 * @param component RTP or RTCP
 *
 * @return Address, valid until the next call that changes the latch; NULL:
 *         nowhere yet
 */
const struct addr *latch_dest(const struct latch *l,
			      enum latch_component component)
{
	return path_cget(l, component)->dest;
}


/**
 * Is it sent to where it comes from?
 *
 * @param l         Latch
 * @param component RTP or RTCP
 *
 * @return true if latch_dest() is latch_source()
 */
bool latch_dest_is_source(const struct latch *l,
			  enum latch_component component)
{
	const struct latch_path *pa = path_cget(l, component);

	return pa->dest == &pa->source;
}
