/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bare_tc.bpf.c  The floor: port to port in the kernel, by a fixed table
 *
 * TC ingress. No check of the source, no counter: the port says where the
 * packet goes. Everything else is passed up.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "bare_tc.h"


struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct bare_rule);
} rules SEC(".maps");

/** The three headers of a packet we forward */
struct headers {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif
#define IP_CSUM	 (sizeof(struct ethhdr) + offsetof(struct iphdr, check))
#define UDP_CSUM (offsetof(struct headers, udp) + \
		  offsetof(struct udphdr, check))


SEC("tc")
int bare_forward(struct __sk_buff *skb)
{
	struct headers *h = (void *)(long)skb->data;
	__be32 before[3], after[3];
	const struct bare_rule *r;
	__u32 port;
	__s64 addresses, ports;

	if ((void *)(h + 1) > (void *)(long)skb->data_end ||
	    h->eth.h_proto != bpf_htons(ETH_P_IP) || h->ip.ihl != 5 ||
	    h->ip.protocol != IPPROTO_UDP)
		return TC_ACT_OK;

	port = bpf_ntohs(h->udp.dest);
	r = bpf_map_lookup_elem(&rules, &port);
	if (!r || !r->ifindex)
		return TC_ACT_OK;

	before[0] = h->ip.saddr;
	before[1] = h->ip.daddr;
	__builtin_memcpy(&before[2], &h->udp.source, 4);
	after[0] = r->saddr;
	after[1] = r->daddr;
	__builtin_memcpy(&after[2], &r->sport, 4);
	addresses = bpf_csum_diff(before, 8, after, 8, 0);
	ports	  = bpf_csum_diff(&before[2], 4, &after[2], 4, 0);

	__builtin_memcpy(h->eth.h_dest, r->dmac, 6);
	__builtin_memcpy(h->eth.h_source, r->smac, 6);
	h->ip.saddr   = r->saddr;
	h->ip.daddr   = r->daddr;
	__builtin_memcpy(&h->udp.source, &r->sport, 4);

	bpf_l3_csum_replace(skb, IP_CSUM, 0, addresses, 0);
	bpf_l4_csum_replace(skb, UDP_CSUM, 0, addresses,
			    BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0);
	bpf_l4_csum_replace(skb, UDP_CSUM, 0, ports, BPF_F_MARK_MANGLED_0);

	return bpf_redirect(r->ifindex, 0);
}

char LICENSE[] SEC("license") = "GPL";
