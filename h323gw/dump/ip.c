/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ip.c  IP packets: from their header down to what UDP or TCP carry
 *
 * Owns nothing.
 */
#include <string.h>
#include "ip.h"
#include "wire/wire.h"


enum {
	PROTO_TCP_NO	 = 6,
	PROTO_UDP_NO	 = 17,
	EXTENSIONS_MAX	 = 8, /* headers of IPv6 */
	IPV4_OFFSET	 = 0x1fff,
	IPV4_MORE	 = 0x2000,
	IPV6_OFFSET	 = 0xfff8,
	IPV6_MORE	 = 0x0001,
	IPV6_HOP	 = 0, /* next header */
	IPV6_ROUTING	 = 43,
	IPV6_FRAGMENT	 = 44,
	IPV6_DESTINATION = 60,
};


static void address(struct addr *a, const uint8_t *p, bool v6)
{
	memset(a, 0, sizeof(*a));
	if (!p)
		return;
	if (v6) {
		a->u.in6.sin6_family = AF_INET6;
		memcpy(&a->u.in6.sin6_addr, p, 16);
	} else {
		a->u.in.sin_family = AF_INET;
		memcpy(&a->u.in.sin_addr, p, 4);
	}
}


/* the octets of an IP packet are what its header says, not what padding adds */
static void limit(struct packet *p, struct wire *w, size_t all, size_t head)
{
	size_t want = all > head ? all - head : 0;

	p->cut = want > wire_left(w);
	if (!p->cut)
		*w = wire_sub(w, want);
}


/* Its pieces together; false: others are missing, or it is refused. The
 * cursor is on the packet then */
static bool together(struct fragments *fs, struct fragment *piece,
		     struct packet *p, struct wire *w)
{
	struct fragment whole;

	if (wire_error(w))
		return false;
	piece->frame   = p->frame;
	piece->seconds = p->seconds;
	piece->src     = p->src;
	piece->dst     = p->dst;
	piece->cut     = p->cut;
	piece->len     = wire_left(w);
	piece->p       = wire_octets(w, piece->len);
	if (fragments_add(fs, piece, &whole))
		return false;
	piece->proto = whole.proto;
	wire_read(w, whole.p, whole.len);

	return true;
}


/* what the packet is of; -1: no such packet */
static int ipv4_read(struct packet *p, struct wire *w, struct fragments *fs)
{
	const uint8_t head = wire_u8(w);
	const size_t hlen  = (size_t)(head & 15) * 4;
	struct fragment piece = {0};
	size_t all;
	unsigned flags;

	wire_skip(w, 1);
	all = wire_u16(w);
	piece.id = wire_u16(w);
	flags	 = wire_u16(w);
	wire_skip(w, 1);
	piece.proto = wire_u8(w);
	wire_skip(w, 2);
	address(&p->src, wire_octets(w, 4), false);
	address(&p->dst, wire_octets(w, 4), false);
	if (hlen < 20)
		return -1;
	wire_skip(w, hlen - 20);
	/* 0: left to the network card (TSO) */
	if (all)
		limit(p, w, all, hlen);
	piece.offset = (size_t)(flags & IPV4_OFFSET) * 8;
	piece.more   = flags & IPV4_MORE;
	if ((piece.offset || piece.more) && !together(fs, &piece, p, w))
		return -1;

	return wire_error(w) ? -1 : piece.proto;
}


/* a fragment header (RFC 8200 §4.5); what it is of in *next */
static bool ipv6_fragment(struct packet *p, struct wire *w,
			  struct fragments *fs, uint8_t *next)
{
	struct fragment piece = {.proto = wire_u8(w)};
	uint16_t flags;

	wire_skip(w, 1);
	flags	     = wire_u16(w);
	piece.id     = wire_u32(w);
	piece.offset = flags & IPV6_OFFSET;
	piece.more   = flags & IPV6_MORE;
	/* one that is all of it does not wait for others (RFC 6946) */
	if ((piece.offset || piece.more) && !together(fs, &piece, p, w))
		return false;
	*next = piece.proto;

	return true;
}


static int ipv6_read(struct packet *p, struct wire *w, struct fragments *fs)
{
	uint8_t next;
	size_t all;

	wire_skip(w, 4);
	all  = wire_u16(w);
	next = wire_u8(w);
	wire_skip(w, 1);
	address(&p->src, wire_octets(w, 16), true);
	address(&p->dst, wire_octets(w, 16), true);
	if (all)
		limit(p, w, all, 0);

	for (int i = 0; i < EXTENSIONS_MAX; i++) {
		size_t len;

		if (next == IPV6_FRAGMENT) {
			if (!ipv6_fragment(p, w, fs, &next))
				return -1;
			continue;
		}
		if (next != IPV6_HOP && next != IPV6_ROUTING &&
		    next != IPV6_DESTINATION)
			break;
		next = wire_u8(w);
		len  = (size_t)wire_u8(w) * 8 + 6;
		wire_skip(w, len);
	}

	return wire_error(w) ? -1 : next;
}


static bool transport_read(struct packet *p, struct wire *w, int proto)
{
	uint16_t src, dst;
	uint8_t flags;
	size_t n;

	if (proto != PROTO_TCP_NO && proto != PROTO_UDP_NO)
		return false;
	p->tcp = proto == PROTO_TCP_NO;
	src    = wire_u16(w);
	dst    = wire_u16(w);
	addr_set_port(&p->src, src);
	addr_set_port(&p->dst, dst);
	if (p->tcp) {
		p->seq = wire_u32(w);
		wire_skip(w, 4);
		n      = (size_t)(wire_u8(w) >> 4) * 4;
		flags  = wire_u8(w);
		p->fin = flags & 1;
		p->syn = flags & 2;
		p->rst = flags & 4;
		if (n < 20)
			return false;
		wire_skip(w, n - 14);
	} else {
		wire_skip(w, 4);
	}
	if (wire_error(w))
		return false;
	p->len = wire_left(w);
	p->p   = wire_octets(w, p->len);

	return true;
}


/**
 * Read an IP packet
 *
 * @param p   Result: all but frame and seconds, which must be set
 * @param v6  IPv6, else IPv4
 * @param buf Octets
 * @param len How many
 * @param fs  Where its fragments wait
 *
 * @return true if there is UDP or TCP in it, and all of it is here; what p
 *         points to lasts until the next call
 */
bool ip_read(struct packet *p, bool v6, const uint8_t *buf, size_t len,
	     struct fragments *fs)
{
	struct wire w;
	int proto;

	wire_read(&w, buf, len);
	proto = v6 ? ipv6_read(p, &w, fs) : ipv4_read(p, &w, fs);

	return proto >= 0 && transport_read(p, &w, proto);
}
