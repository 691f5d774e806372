/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_packet.bpf.h  What a packet in the kernel says of itself
 *
 * From where to which port of ours, and whether it is RTP or RTCP with a good
 * header: the tests of lib/media/classify.c, on a packet of which not all may
 * lie in one piece. Changes nothing of it but for what Ethernet padded.
 */
#ifndef POSTERN_RELAY_KPATH_PACKET_H
#define POSTERN_RELAY_KPATH_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "kpath_abi.h"
#include "kpath_maps.bpf.h"

#define RTCP_PT_MIN 192	/* RFC 5761 §4 */
#define RTCP_PT_MAX 223


/** What is known of a packet */
struct packet {
	struct kp_key source;
	__u32 port;	/* it came to, as in ports */
	__u32 payload;	/* offset of UDP's payload */
	__u32 len;	/* of it */
	__u32 ssrc;
	__u16 seq;
	__u8 component;	/* of the port */
	__u8 rtcp;
	__u8 csum;	/* it has a UDP checksum */
};


static __always_inline __u16 fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);

	return (__u16)sum;
}


static __always_inline __u64 header_sum(const struct iphdr *ip)
{
	const __u32 *w = (const void *)ip;

	return (__u64)w[0] + w[1] + w[2] + w[3] + w[4];
}


/* After a change of the packet the pointers must be got, and checked, anew */
static __always_inline void *at(const struct __sk_buff *skb, __u32 off,
				__u32 len)
{
	void *p = (void *)(long)skb->data + off;

	return p + len > (void *)(long)skb->data_end ? 0 : p;
}


static __always_inline __u32 number4(__be32 a)
{
	__u32 i;

	for (i = 0; i < KP_ADDRESSES && i < ours4c; i++)
		if (ours4[i] == a)
			break;

	return i < ours4c ? i : ~0u;
}


static __always_inline __u32 number6(const struct in6_addr *a)
{
	const __be32 *w = (const void *)a;
	__u32 i;

	for (i = 0; i < KP_ADDRESSES && i < ours6c; i++)
		if (ours6[i][0] == w[0] && ours6[i][1] == w[1] &&
		    ours6[i][2] == w[2] && ours6[i][3] == w[3])
			break;

	return i < ours6c ? ours4c + i : ~0u;
}


static __always_inline int read_v4(const struct __sk_buff *skb,
				   struct packet *p)
{
	const struct iphdr *ip = at(skb, ETH_HLEN, sizeof(*ip) +
						   sizeof(struct udphdr));
	const struct udphdr *udp;
	__u32 tot, n;

	if (!ip || ip->ihl != 5 || ip->version != 4 ||
	    ip->protocol != IPPROTO_UDP ||
	    ip->frag_off & bpf_htons(0x3fff))
		return 0;

	udp = (const void *)(ip + 1);
	tot = bpf_ntohs(ip->tot_len);
	if (tot != sizeof(*ip) + bpf_ntohs(udp->len) ||
	    skb->len < ETH_HLEN + tot)
		return 0;

	n = number4(ip->daddr);
	if (n == ~0u)
		return 0;

	p->port		= n << 16 | bpf_ntohs(udp->dest);
	p->source.ip[0] = ip->saddr;
	p->source.port	= udp->source;
	p->payload	= ETH_HLEN + sizeof(*ip) + sizeof(*udp);
	p->len		= tot - sizeof(*ip) - sizeof(*udp);
	p->csum		= udp->check != 0;

	return 1;
}


static __always_inline int read_v6(const struct __sk_buff *skb,
				   struct packet *p)
{
	const struct ipv6hdr *ip = at(skb, ETH_HLEN, sizeof(*ip) +
						     sizeof(struct udphdr));
	const struct udphdr *udp;
	__u32 tot, n;

	if (!ip || ip->version != 6 || ip->nexthdr != IPPROTO_UDP)
		return 0;

	udp = (const void *)(ip + 1);
	tot = bpf_ntohs(ip->payload_len);
	if (tot != bpf_ntohs(udp->len) || tot < sizeof(*udp) || !udp->check ||
	    skb->len < ETH_HLEN + sizeof(*ip) + tot)
		return 0;

	n = number6(&ip->daddr);
	if (n == ~0u)
		return 0;

	p->port = n << 16 | bpf_ntohs(udp->dest);
	__builtin_memcpy(p->source.ip, &ip->saddr, 16);
	p->source.port = udp->source;
	p->source.v6   = 1;
	p->payload     = ETH_HLEN + sizeof(*ip) + sizeof(*udp);
	p->len	       = tot - sizeof(*udp);
	p->csum	       = 1;

	return 1;
}


/* Where it came to and from, with the headers in one piece; 0: not for us */
static __always_inline int read_packet(struct __sk_buff *skb, struct packet *p)
{
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		/* the headers and the least RTCP */
		if (!at(skb, 0, ETH_HLEN + 28) &&
		    bpf_skb_pull_data(skb, ETH_HLEN + 28))
			return 0;
		return read_v4(skb, p);
	}
	if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		if (!at(skb, 0, ETH_HLEN + 48) &&
		    bpf_skb_pull_data(skb, ETH_HLEN + 48))
			return 0;
		return read_v6(skb, p);
	}

	return 0;
}


/* As the stack would: a header with a wrong checksum goes up, and is dropped */
static __always_inline int header_good(const struct __sk_buff *skb)
{
	const struct iphdr *ip = at(skb, ETH_HLEN, sizeof(*ip));

	return ip && fold(header_sum(ip)) == 0xffff;
}


/* The packet as the sender's stack sees it; nothing else is looked at */
static __always_inline int same(const struct kp_key *a, const struct kp_key *b)
{
	return a->ip[0] == b->ip[0] && a->ip[1] == b->ip[1] &&
	       a->ip[2] == b->ip[2] && a->ip[3] == b->ip[3] &&
	       a->port == b->port && a->v6 == b->v6;
}


/* An RTP header's length, 0: it doesn't fit (RFC 3550 §5.1) */
static __always_inline int rtp_fits(struct __sk_buff *skb,
				    const struct packet *p, __u8 first)
{
	__u32 need = 12 + (first & 0x0f) * 4;
	__be16 ext[2];

	if (p->len < need)
		return 0;
	if (!(first & 0x10))
		return 1;
	if (p->len < need + 4 ||
	    bpf_skb_load_bytes(skb, p->payload + need, ext, 4))
		return 0;

	return p->len >= need + 4 + (__u32)bpf_ntohs(ext[1]) * 4;
}


/* RTP or RTCP with a good header: the same tests as lib/media/classify.c */
static __always_inline int classify(struct __sk_buff *skb, struct packet *p)
{
	const __u8 *h = at(skb, p->payload, 8);

	if (!h || p->len < 8 || h[0] >> 6 != 2)
		return 0;

	if (h[1] >= RTCP_PT_MIN && h[1] <= RTCP_PT_MAX) {
		p->rtcp = 1;
		p->ssrc = (__u32)h[4] << 24 | (__u32)h[5] << 16 |
			  (__u32)h[6] << 8 | h[7];

		return (((__u32)h[2] << 8 | h[3]) + 1) * 4 <= p->len;
	}

	/* in a packet of several pieces it may lie in the second */
	h = at(skb, p->payload, 12);
	if (!h || p->len < 12)
		return 0;

	p->seq	= (__u16)((__u16)h[2] << 8 | h[3]);
	p->ssrc = (__u32)h[8] << 24 | (__u32)h[9] << 16 | (__u32)h[10] << 8 |
		  h[11];

	return rtp_fits(skb, p, h[0]);
}


/* Small packets are padded to what Ethernet needs; it must not go on */
static __always_inline int trim(struct __sk_buff *skb, const struct packet *p)
{
	const __u32 want = p->payload + p->len;

	return skb->len == want || !bpf_skb_change_tail(skb, want, 0);
}

#endif
