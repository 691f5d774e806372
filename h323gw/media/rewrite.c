/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which address to write in place of one. Pure.
 *
 * What leaves is one of: our leg's address, for what the sender said of itself;
 * the receiver's own, for what the sender repeats of ours; our call signalling
 * address, for whatever else. Nothing of the sender's.
 */
#include <string.h>
#include "h323gw/media/streams_priv.h"


static void from_octets(struct addr *a, const uint8_t *ip, size_t len,
			uint16_t port)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	memset(a, 0, sizeof(*a));
	if (len == 16 && !memcmp(ip, mapped, sizeof(mapped))) {
		ip += sizeof(mapped);
		len = 4;
	}
	if (len == 4) {
		a->u.in.sin_family = AF_INET;
		memcpy(&a->u.in.sin_addr, ip, 4);
	}
	else {
		a->u.in6.sin6_family = AF_INET6;
		memcpy(&a->u.in6.sin6_addr, ip, 16);
	}
	addr_set_port(a, port);
}


static bool to_octets(struct per_ipport *to, const struct addr *a)
{
	if (addr_family(a) == AF_INET6) {
		to->ip_len = 16;
		memcpy(to->ip, &a->u.in6.sin6_addr, 16);
	}
	else {
		to->ip_len = 4;
		memcpy(to->ip, &a->u.in.sin_addr, 4);
	}
	to->port = addr_port(a);
	return true;
}


/* The latest thing said of this address; where it was said of both components,
 * the field's name decides. */
static const struct note *noted(const struct streams *s, enum side from,
				const struct addr *a,
				const struct per_addr *pa)
{
	const bool rtcp = per_addr_within(pa, "mediaControlChannel");
	const bool rtp = per_addr_within(pa, "mediaChannel");
	const struct note *best = NULL;

	for (unsigned i = 0; i < STREAMS_NOTES_MAX; i++) {
		const struct note *n = &s->note[from][i];

		if (!n->seq || !addr_eq(&n->addr, a) ||
		    (rtcp && n->comp != COMP_RTCP) ||
		    (rtp && n->comp != COMP_RTP))
			continue;
		if (!best || n->seq > best->seq)
			best = n;
	}
	return best;
}


static bool leg_addr(struct addr *a, const struct session_leg *leg,
		     enum component comp)
{
	*a = leg->local;
	if (comp == COMP_RTCP)
		addr_set_port(a, leg->local_rtcp ? leg->local_rtcp
						 : addr_port(&leg->local));
	return addr_is_set(a);
}


bool streams_rewrite(const struct streams *s, enum side from,
		     const struct per_addr *pa, struct per_ipport *to)
{
	const enum side other = side_other(from);
	const struct note *n;
	enum component comp;
	struct addr a, is;
	unsigned i;

	from_octets(&is, pa->ip, pa->ip_len, pa->port);
	if (pa->multicast || addr_is_multicast(&is) || addr_is_any(&is))
		return false;

	n = noted(s, from, &is, pa);
	if (n && leg_addr(&a, &s->se->streams[n->stream].leg[other],
			  (enum component)n->comp))
		return to_octets(to, &a);
	if (streams_is_local(s, from, &is, &i, &comp) &&
	    addr_is_set(&s->v[i].claim[other][comp]))
		return to_octets(to, &s->v[i].claim[other][comp]);

	if (addr_is_set(&s->own[other]))
		return to_octets(to, &s->own[other]);
	memset(to->ip, 0, sizeof(to->ip));
	to->port = 0;
	return true;
}
