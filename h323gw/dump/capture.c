/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file capture.c  Packets of a capture file
 *
 * libpcap reads the file; the link's header is read here, IP's in ip.c. Owns
 * the file, and the fragments that wait.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pcap/pcap.h>
#include <pcap/sll.h>
#include "capture.h"
#include "ip.h"
#include "wire/wire.h"


enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_QINQ = 0x88a8,
	VLANS_MAX      = 4,
};

struct capture {
	pcap_t *pcap;
	struct fragments *fragments;
	int link;
	unsigned long frame;
};


/**
 * Open a capture file
 *
 * @param cp    Result; capture_close() it
 * @param path  File; "-": standard input
 * @param noteh Gets what could not be looked at, until it is closed
 * @param arg   For it
 * @param why   What is wrong
 * @param size  Of it
 *
 * @return 0, ENOMEM, EIO
 */
int capture_open(struct capture **cp, const char *path, capture_note_h *noteh,
		 void *arg, char *why, size_t size)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	struct capture *c	    = calloc(1, sizeof(*c));

	if (!c || fragments_alloc(&c->fragments, noteh, arg)) {
		(void)snprintf(why, size, "out of memory");
		free(c);
		return ENOMEM;
	}
	c->pcap = pcap_open_offline(path, text);
	if (!c->pcap) {
		(void)snprintf(why, size, "%s", text);
		capture_close(c);
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

	fragments_free(c->fragments);
	if (c->pcap)
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


static bool packet_read(const struct capture *c, struct packet *p,
			const uint8_t *data, size_t len)
{
	struct wire w;
	const uint8_t *first;
	unsigned type;

	wire_read(&w, data, len);
	type = link_read(c, &w);
	len  = wire_left(&w);
	first = wire_octets(&w, len);
	if (!first || !len)
		return false;
	if (!type)
		type = first[0] >> 4 == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
	if (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6)
		return false;

	return ip_read(p, type == ETHERTYPE_IPV6, first, len, c->fragments);
}


/**
 * The next packet
 *
 * @param c    Capture
 * @param p    Result; what it points to lasts until the next call. A frame
 *             that holds neither UDP nor TCP, or a fragment that others must
 *             follow, has no payload
 * @param why  What is wrong, after EIO
 * @param size Of it
 *
 * @return 0; ENOENT: that was the last; EIO
 */
int capture_next(struct capture *c, struct packet *p, char *why, size_t size)
{
	struct pcap_pkthdr *head;
	const u_char *data;
	int e = pcap_next_ex(c->pcap, &head, &data);

	memset(p, 0, sizeof(*p));
	if (e == PCAP_ERROR_BREAK)
		return ENOENT;
	if (e != 1) {
		(void)snprintf(why, size, "%s", pcap_geterr(c->pcap));
		return EIO;
	}
	p->frame   = ++c->frame;
	p->seconds = head->ts.tv_sec;
	if (!packet_read(c, p, data, head->caplen)) {
		p->p   = NULL;
		p->len = 0;
	}

	return 0;
}
