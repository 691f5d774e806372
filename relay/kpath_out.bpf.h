/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_out.bpf.h  How a packet leaves the kernel
 *
 * The route, the headers written anew (IPv4, IPv6, or one for the other) with
 * checksums by difference, and the next hop's address.
 */
#ifndef POSTERN_RELAY_KPATH_OUT_H
#define POSTERN_RELAY_KPATH_OUT_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "kpath_abi.h"
#include "kpath_packet.bpf.h"

#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif

#define AF_INET	 2
#define AF_INET6 10
#define LOOPBACK 1 /* its index, in every namespace */
#define TTL	 64


/** How a packet leaves, copied while the lock was held */
struct way {
	struct kp_out out;
	struct kp_hop hop;
	struct kp_neighbour neighbour;
	__u32 len;  /* of IP */
	__u8 fresh; /* just looked up: the neighbour is used by name */
};


static __always_inline int route(struct __sk_buff *skb,
				 const struct kp_out *out, __u32 len,
				 __u64 now, struct kp_hop *hop,
				 struct kp_neighbour *nb)
{
	struct bpf_fib_lookup fib = {0};

	fib.ifindex	= LOOPBACK; /* as if sent from here */
	fib.tot_len	= (__u16)len;
	fib.l4_protocol = IPPROTO_UDP;
	fib.sport	= out->sport;
	fib.dport	= out->dport;
	if (out->v6) {
		fib.family   = AF_INET6;
		fib.flowinfo = bpf_htonl((__u32)out->tos << 20);
		__builtin_memcpy(fib.ipv6_src, out->saddr, 16);
		__builtin_memcpy(fib.ipv6_dst, out->daddr, 16);
	} else {
		fib.family   = AF_INET;
		fib.tos	     = out->tos;
		fib.ipv4_src = out->saddr[0];
		fib.ipv4_dst = out->daddr[0];
	}

	if (bpf_fib_lookup(skb, &fib, sizeof(fib), 0) !=
	    BPF_FIB_LKUP_RET_SUCCESS)
		return 0;

	hop->until   = now + KP_HOP_NS;
	hop->ifindex = fib.ifindex;
	hop->len     = len > 1280 ? len : 1280; /* fits any link of IPv6 */
	nb->family   = fib.family;
	__builtin_memcpy(nb->ip, fib.ipv6_dst, 16);
	__builtin_memcpy(hop->dmac, fib.dmac, 6);
	__builtin_memcpy(hop->smac, fib.smac, 6);

	return 1;
}


static __always_inline int write_v4(struct __sk_buff *skb,
				    const struct kp_out *out, __u32 len)
{
	struct iphdr *ip = at(skb, ETH_HLEN, sizeof(*ip) +
					     sizeof(struct udphdr));
	struct udphdr *udp;

	if (!ip)
		return 0;

	udp	       = (void *)(ip + 1);
	ip->version    = 4;
	ip->ihl	       = 5;
	ip->tos	       = out->tos;
	ip->tot_len    = bpf_htons((__u16)(len + sizeof(*ip) + sizeof(*udp)));
	ip->id	       = 0;
	ip->frag_off   = bpf_htons(0x4000); /* don't fragment, as sockets say */
	ip->ttl	       = TTL;
	ip->protocol   = IPPROTO_UDP;
	ip->check      = 0;
	ip->saddr      = out->saddr[0];
	ip->daddr      = out->daddr[0];
	ip->check      = (__u16)~fold(header_sum(ip));
	udp->source    = out->sport;
	udp->dest      = out->dport;

	return 1;
}


static __always_inline int write_v6(struct __sk_buff *skb,
				    const struct kp_out *out, __u32 len)
{
	struct ipv6hdr *ip = at(skb, ETH_HLEN, sizeof(*ip) +
					       sizeof(struct udphdr));
	struct udphdr *udp;

	if (!ip)
		return 0;

	udp = (void *)(ip + 1);
	*(__be32 *)(void *)ip = bpf_htonl(6u << 28 | (__u32)out->tos << 20);
	ip->payload_len = bpf_htons((__u16)(len + sizeof(*udp)));
	ip->nexthdr	= IPPROTO_UDP;
	ip->hop_limit	= TTL;
	__builtin_memcpy(&ip->saddr, out->saddr, 16);
	__builtin_memcpy(&ip->daddr, out->daddr, 16);
	udp->source = out->sport;
	udp->dest   = out->dport;

	return 1;
}


/* New headers in place of the old; the checksum changes by what they add */
static __always_inline int rewrite(struct __sk_buff *skb,
				   const struct packet *p,
				   const struct kp_out *out)
{
	__u32 csum = ETH_HLEN + offsetof(struct udphdr, check);

	if (p->source.v6 != out->v6 &&
	    bpf_skb_change_proto(skb, out->v6 ? bpf_htons(ETH_P_IPV6)
					      : bpf_htons(ETH_P_IP), 0))
		return 0;

	csum += out->v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	if (p->csum) {
		const __u64 how = BPF_F_MARK_MANGLED_0;

		if (bpf_l4_csum_replace(skb, csum, 0, out->csum_addr,
					how | BPF_F_PSEUDO_HDR) ||
		    bpf_l4_csum_replace(skb, csum, 0, out->csum_ports, how))
			return 0;
	}

	return out->v6 ? write_v6(skb, out, p->len)
		       : write_v4(skb, out, p->len);
}


/* @return 0: it has none */
static __always_inline int to_address(struct __sk_buff *skb,
				      const struct kp_hop *hop, int v6)
{
	struct ethhdr *eth = at(skb, 0, sizeof(*eth));

	if (!eth || !(hop->dmac[0] | hop->dmac[1] | hop->dmac[2] |
		      hop->dmac[3] | hop->dmac[4] | hop->dmac[5]))
		return 0;

	__builtin_memcpy(eth->h_dest, hop->dmac, ETH_ALEN);
	__builtin_memcpy(eth->h_source, hop->smac, ETH_ALEN);
	eth->h_proto = v6 ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP);

	return 1;
}

#endif
