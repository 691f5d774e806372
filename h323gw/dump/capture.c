/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file capture.c  Packets of a capture file
 *
 * libpcap reads the file; headers down to the payload are read here. Owns the
 * file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pcap/pcap.h>
#include <pcap/sll.h>
#include "capture.h"
#include "wire/wire.h"


enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_QINQ = 0x88a8,
	VLANS_MAX      = 4,
	PROTO_TCP_NO   = 6,
	PROTO_UDP_NO   = 17,
	EXTENSIONS_MAX = 8,
	IPV4_FRAGMENT  = 0x3fff, /* more fragments, or an offset */
};

struct capture {
	pcap_t *pcap;
	int link;
	unsigned long frame;
};


int capture_open(struct capture **cp, const char *path, char *why,
		 size_t size)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	struct capture *c	    = calloc(1, sizeof(*c));

	if (!c) {
		(void)snprintf(why, size, "out of memory");
		return ENOMEM;
	}
	c->pcap = pcap_open_offline(path, text);
	if (!c->pcap) {
		(void)snprintf(why, size, "%s", text);
		free(c);
		return EIO;
	}
	c->link = pcap_datalink(c->pcap);
	switch (c->link) {

	case DLT_EN10MB:
	case DLT_LINUX_SLL:
	case DLT_LINUX_SLL2:
	case DLT_RAW:
	case DLT_NULL:
	case DLT_LOOP:
	case DLT_IPV4:
	case DLT_IPV6:
		break;
	default:
		(void)snprintf(why, size, "captured on a kind of link that is "
			       "not known here (%d)", c->link);
		capture_close(c);
		return EIO;
	}
	*cp = c;

	return 0;
}


void capture_close(struct capture *c)
{
	if (!c)
		return;

	pcap_close(c->pcap);
	free(c);
}


/* what the link's header says follows; 0: look at the first octet */
static unsigned link_read(const struct capture *c, struct wire *w)
{
	unsigned type = 0, n = 0;

	switch (c->link) {

	case DLT_EN10MB:
		wire_skip(w, 12);
		type = wire_u16(w);
		break;
	case DLT_LINUX_SLL:
		wire_skip(w, 14);
		type = wire_u16(w);
		break;
	case DLT_LINUX_SLL2:
		type = wire_u16(w);
		wire_skip(w, 18);
		break;
	case DLT_NULL:
	case DLT_LOOP:
		wire_skip(w, 4);
		break;
	}
	while ((type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ) &&
	       n++ < VLANS_MAX) {
		wire_skip(w, 2);
		type = wire_u16(w);
	}

	return type;
}


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


static int ipv4_read(struct packet *p, struct wire *w, const char **note)
{
	const uint8_t head = wire_u8(w);
	const size_t hlen  = (size_t)(head & 15) * 4;
	size_t all;
	unsigned fragment;
	uint8_t proto;

	wire_skip(w, 1);
	all = wire_u16(w);
	wire_skip(w, 2);
	fragment = wire_u16(w);
	wire_skip(w, 1);
	proto = wire_u8(w);
	wire_skip(w, 2);
	address(&p->src, wire_octets(w, 4), false);
	address(&p->dst, wire_octets(w, 4), false);
	if (hlen < 20)
		return -1;
	wire_skip(w, hlen - 20);
	if (fragment & IPV4_FRAGMENT) {
		*note = "a fragment of an IP packet";
		return -1;
	}
	/* 0: left to the network card (TSO) */
	if (all)
		limit(p, w, all, hlen);

	return wire_error(w) ? -1 : proto;
}


static int ipv6_read(struct packet *p, struct wire *w, const char **note)
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
		uint8_t type = next;
		size_t len;

		if (type == 44) {
			*note = "a fragment of an IP packet";
			return -1;
		}
		if (type != 0 && type != 43 && type != 60)
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


static bool packet_read(const struct capture *c, struct packet *p,
			const uint8_t *data, size_t len, const char **note)
{
	struct wire w;
	unsigned type;
	int proto;

	wire_read(&w, data, len);
	type = link_read(c, &w);
	if (!type && wire_left(&w)) {
		const size_t at = wire_tell(&w);
		const uint8_t version = wire_u8(&w) >> 4;

		wire_seek(&w, at);
		type = version == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
	}
	if (wire_error(&w))
		return false;
	if (type == ETHERTYPE_IPV4)
		proto = ipv4_read(p, &w, note);
	else if (type == ETHERTYPE_IPV6)
		proto = ipv6_read(p, &w, note);
	else
		return false;

	return proto >= 0 && transport_read(p, &w, proto);
}


int capture_next(struct capture *c, struct packet *p, const char **note,
		 char *why, size_t size)
{
	struct pcap_pkthdr *head;
	const u_char *data;
	int e = pcap_next_ex(c->pcap, &head, &data);

	*note = NULL;
	memset(p, 0, sizeof(*p));
	if (e == PCAP_ERROR_BREAK)
		return ENOENT;
	if (e != 1) {
		(void)snprintf(why, size, "%s", pcap_geterr(c->pcap));
		return EIO;
	}
	p->frame = ++c->frame;
	if (!packet_read(c, p, data, head->caplen, note)) {
		p->p   = NULL;
		p->len = 0;
		p->tcp = false;
		addr_set_port(&p->src, 0);
		memset(&p->src, 0, sizeof(p->src));
	}

	return 0;
}
