/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath.bpf.c  Media packets of settled streams, moved in the kernel
 *
 * TC ingress. A packet to a port that belongs to a leg, from the one source of
 * that, that is plain RTP or RTCP, gets new addresses, ports, checksums and
 * DSCP, and leaves by the route to the other party. It is counted, policed and
 * remembered as relay/forward.c would have done. Everything else goes up to
 * the sockets, where that decides: the wrong source, STUN, DTLS, fragments,
 * options, extension headers, broken lengths, no route, no neighbour.
 *
 * A leg becomes live here only when no packet that went up before can still be
 * on its way through a socket: doc/architecture.md, "Two paths".
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "kpath_abi.h"
#include "kpath_maps.bpf.h"
#include "kpath_packet.bpf.h"
#include "kpath_account.bpf.h"
#include "kpath_out.bpf.h"

#define NS_PER_MS 1000000
#define UP	  TC_ACT_UNSPEC


/* May this leg's packets be taken now? The lock is held. */
static __always_inline int gate(struct kp_leg *leg, __u64 *up,
				const struct kp_gate *g, __u64 now)
{
	if (leg->live)
		return 1;

	if (!g->drained || *up + KP_MARGIN_NS > g->drained) {
		*up = now;
		return 0;
	}
	leg->live = 1;

	return 1;
}


static __always_inline struct kp_flow *flow_of(struct kp_leg *leg,
					       const struct packet *p)
{
	return p->component ? &leg->flow[KP_RTCP] : &leg->flow[KP_RTP];
}


/* Is it what comes to this port, and where does it go? The lock is held. */
static __always_inline int suits(const struct kp_flow *flow,
				 const struct packet *p, struct way *way)
{
	const struct kp_out *out = p->rtcp ? &flow->out[KP_RTCP]
					   : &flow->out[KP_RTP];

	if (!flow->there || !same(&p->source, &flow->source) || !out->valid)
		return 0;
	if (p->rtcp ? !p->component && !flow->mux : p->component)
		return 0;

	way->len = p->len + sizeof(struct udphdr);
	if (out->v6) {
		way->len += sizeof(struct ipv6hdr);
		way->out = *out;
		return p->csum;
	}

	/* IPv4 has the first word of each, and the line ends thereafter */
	way->len += sizeof(struct iphdr);
	__builtin_memcpy(&way->out, out, offsetof(struct kp_out, daddr) + 4);

	return 1;
}


/* The way was not known, or was a second ago: 1; policed: 0; up: -1 */
static __always_inline int take_anew(struct __sk_buff *skb, struct kp_leg *leg,
				     struct kp_path *path,
				     struct kp_part *part,
				     const struct packet *p, struct way *way,
				     __u64 now)
{
	int ok;

	if (!route(skb, &way->out, way->len, now, &way->hop, &way->neighbour))
		return -1;

	way->fresh = 1;
	bpf_spin_lock(&leg->lock);
	part->hop = way->hop;
	ok	  = account(leg, path, p, now / NS_PER_MS);
	bpf_spin_unlock(&leg->lock);

	return ok;
}


/* Live, with a way out: 1; policed: 0; up: -1 */
static __always_inline int take(struct __sk_buff *skb, struct kp_leg *leg,
				__u32 slot, const struct packet *p,
				struct way *way, __u64 now)
{
	__u64 *up		= bpf_map_lookup_elem(&passed, &slot);
	const struct kp_gate *g = bpf_map_lookup_elem(&gates, &slot);
	struct kp_flow *flow	= flow_of(leg, p);
	struct kp_part *part	= p->rtcp ? &leg->rtcp : &leg->rtp;
	struct kp_path *path	= p->component ? &leg->rtcp.path
					       : &leg->rtp.path;
	int open, known = 0, ok = 0;
	__u64 exact;

	if (!up || !g)
		return -1;

	/* one that is live seldom isn't any more: too late is good enough */
	exact = leg->live ? now + KP_TICK_NS : bpf_ktime_get_ns();

	bpf_spin_lock(&leg->lock);
	open = suits(flow, p, way) && gate(leg, up, g, exact);
	if (open)
		known = part->hop.until > now && part->hop.len >= way->len;
	if (known) {
		way->hop = part->hop;
		ok	 = account(leg, path, p, now / NS_PER_MS);
	}
	bpf_spin_unlock(&leg->lock);

	if (!open)
		return -1;

	return known ? ok : take_anew(skb, leg, path, part, p, way, now);
}


static __always_inline int move(struct __sk_buff *skb, struct kp_leg *leg,
				__u32 slot, const struct packet *p, __u64 now)
{
	struct bpf_redir_neigh nh = {0};
	struct way way		  = {0};

	switch (take(skb, leg, slot, p, &way, now)) {

	case 1:
		break;
	case 0:
		return TC_ACT_SHOT;
	default:
		return UP;
	}

	if (!rewrite(skb, p, &way.out))
		return TC_ACT_SHOT;

	/* once a second by the neighbour's name, so that the kernel keeps it
	 * true; else to its address */
	if (!way.fresh && to_address(skb, &way.hop, way.out.v6))
		return (int)bpf_redirect(way.hop.ifindex, 0);

	nh.nh_family = way.neighbour.family;
	__builtin_memcpy(nh.ipv6_nh, way.neighbour.ip, 16);

	return (int)bpf_redirect_neigh(way.hop.ifindex, &nh, sizeof(nh), 0);
}


SEC("tc")
int postern_kpath(struct __sk_buff *skb)
{
	struct packet p = {0};
	const volatile struct kp_ports *pair;
	struct kp_leg *leg;
	__u32 number, whose, slot;
	__u64 now;

	if (skb->pkt_type != PACKET_HOST || skb->vlan_present ||
	    !read_packet(skb, &p))
		return UP;

	number = p.port >> 1;
	pair   = bpf_map_lookup_elem(&ports, &number);
	whose  = pair ? pair->whose[p.port & 1] : 0;
	if (!whose)
		return UP;
	p.component = KP_PORT_COMPONENT(whose);
	slot	    = KP_PORT_SLOT(whose);

	/* most of what is not from the source is told from it without the lock;
	 * take() looks again */
	leg = bpf_map_lookup_elem(&legs, &slot);
	if (!leg || !same(&p.source, &flow_of(leg, &p)->source))
		return UP;

	now = coarse ? bpf_ktime_get_coarse_ns() : bpf_ktime_get_ns();
	if (!relay_is_alive(now) ||
	    (!p.source.v6 && !header_good(skb)) || !classify(skb, &p) ||
	    !trim(skb, &p))
		return UP;

	return move(skb, leg, slot, &p, now);
}

char LICENSE[] SEC("license") = "GPL";
