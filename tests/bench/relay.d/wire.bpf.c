/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file wire.bpf.c  What comes in at a party: counted, timed, dropped
 *
 * TC ingress of the party's device, whose packets one core receives: nothing
 * here is written by two at once.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "wire.h"


struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct wire_seen);
} seen SEC(".maps");

/** A packet of ours, as far as it is read */
struct ours {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	__u8 rtp[12];
	struct wire_stamp stamp;
} __attribute__((packed));


SEC("tc")
int wire_take(struct __sk_buff *skb)
{
	const struct ours *p = (void *)(long)skb->data;
	const __u64 now = bpf_ktime_get_ns();
	const __u32 zero = 0;
	struct wire_seen *s;
	__u64 ns;
	__u32 i;

	if ((void *)(p + 1) > (void *)(long)skb->data_end) {
		if (bpf_skb_pull_data(skb, sizeof(*p)))
			return TC_ACT_OK;
		p = (void *)(long)skb->data;
		if ((void *)(p + 1) > (void *)(long)skb->data_end)
			return TC_ACT_OK;
	}
	if (p->eth.h_proto != bpf_htons(ETH_P_IP) || p->ip.ihl != 5 ||
	    p->ip.protocol != IPPROTO_UDP || p->stamp.ours != WIRE_OURS)
		return TC_ACT_OK;

	s = bpf_map_lookup_elem(&seen, &zero);
	if (!s)
		return TC_ACT_OK;
	++s->all;
	if (!p->stamp.counts)
		return TC_ACT_SHOT;

	ns = now > p->stamp.when ? now - p->stamp.when : 0;
	i  = delay_index(ns);
	++s->got;
	if (i < DELAYS)
		++s->delay[i];

	return TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "GPL";
