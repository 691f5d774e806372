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
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "kpath_abi.h"

#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif

#define AF_INET	      2
#define AF_INET6      10
#define LOOPBACK      1		/* its index, in every namespace */
#define NS_PER_MS     1000000
#define RTCP_PT_MIN   192	/* RFC 5761 §4 */
#define RTCP_PT_MAX   223
#define MAX_DROPOUT   3000	/* RFC 3550 A.1 */
#define MAX_MISORDER  100
#define TTL	      64
#define UP	      TC_ACT_UNSPEC

/* Whose each port is, one address of ours after another: KP_PORT() */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set by the relay */
	__type(key, __u32);
	__type(value, struct kp_ports);
} ports SEC(".maps");

/* Nobody maps it; but so its elements begin with a page, and each lies in
 * lines of the cache of its own */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kp_leg);
} legs SEC(".maps");

/* When a packet of an armed leg went up last, ns; nobody else writes it */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} passed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kp_gate);
} gates SEC(".maps");

/* Until when the relay is known to be alive, ns */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} alive SEC(".maps");

/* Our addresses, IPv4 before IPv6; constants once the program is loaded */
const volatile __be32 ours4[KP_ADDRESSES] = {0};
const volatile __be32 ours6[KP_ADDRESSES][4] = {0};
const volatile __u32 ours4c = 0, ours6c = 0;

/* The kernel has a clock that costs nothing, and ticks each few ms (5.11) */
const volatile __u32 coarse = 0;

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


/* Where it came to and from; 0: not for us */
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


static __always_inline void seq_restart(struct kp_leg *leg,
					const struct packet *p)
{
	struct kp_seq *s = &leg->seq;

	if (s->running) {
		const __u32 expected = s->highest - s->base + 1;

		if (expected > s->received)
			leg->lost_before += expected - s->received;
	}
	s->ssrc	    = p->ssrc;
	s->base	    = 0x10000u + p->seq;
	s->highest  = s->base;
	s->received = 1;
	s->running  = 1;
}


/* As media_seq_update() */
static __always_inline void seq_update(struct kp_leg *leg,
				       const struct packet *p)
{
	struct kp_seq *s = &leg->seq;
	__u16 ahead;

	if (!s->running || s->ssrc != p->ssrc) {
		seq_restart(leg, p);
		return;
	}

	ahead = (__u16)(p->seq - (__u16)s->highest);
	if (ahead < MAX_DROPOUT) {
		s->highest += ahead;
	} else if (ahead < 0x10000 - MAX_MISORDER) {
		seq_restart(leg, p);
		return;
	} else {
		const __u32 ext = s->highest - (0x10000u - ahead);

		if (ext < s->base)
			s->base = ext;
	}
	++s->received;
}


/* As bucket_take(), of one that has a rate */
static __always_inline int bucket_take(struct kp_bucket *b, __u64 n, __u64 now)
{
	__u64 ms, room;

	ms   = now > b->last ? now - b->last : 0;
	room = b->depth - b->level;

	b->level = ms > room / b->rate ? b->depth : b->level + ms * b->rate;
	b->last	 = now;
	if (b->level < n * 1000)
		return 0;

	b->level -= n * 1000;

	return 1;
}


/* The lock is held. What relay/forward.c does with a packet of the latched
 * source; 0: the leg's bandwidth is used up */
static __always_inline int account(struct kp_leg *leg, struct kp_path *path,
				   const struct packet *p, __u64 now)
{
	path->heard = now;
	if (!p->rtcp) {
		path->ssrc     = p->ssrc;
		path->seq      = p->seq;
		path->has_ssrc = path->has_seq = 1;
		seq_update(leg, p);
	} else if (!path->has_seq) {
		path->ssrc     = p->ssrc;
		path->has_ssrc = 1;
	}

	if (leg->limited && !bucket_take(&leg->bucket, p->len, now)) {
		++leg->n.refused_bandwidth;
		return 0;
	}

	if (p->rtcp) {
		++leg->n.rtcp_packets;
		leg->n.rtcp_bytes += p->len;
	} else {
		++leg->n.packets;
		leg->n.bytes += p->len;
	}

	return 1;
}


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


/** How a packet leaves, copied while the lock was held */
struct way {
	struct kp_out out;
	struct kp_hop hop;
	struct kp_neighbour neighbour;
	__u32 len;  /* of IP */
	__u8 fresh; /* just looked up: the neighbour is used by name */
};


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


static __always_inline int relay_is_alive(__u64 now)
{
	const __u32 zero   = 0;
	const __u64 *until = bpf_map_lookup_elem(&alive, &zero);

	return until && now < *until;
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


/* As the stack would: a header with a wrong checksum goes up, and is dropped */
static __always_inline int header_good(const struct __sk_buff *skb)
{
	const struct iphdr *ip = at(skb, ETH_HLEN, sizeof(*ip));

	return ip && fold(header_sum(ip)) == 0xffff;
}


/* Small packets are padded to what Ethernet needs; it must not go on */
static __always_inline int trim(struct __sk_buff *skb, const struct packet *p)
{
	const __u32 want = p->payload + p->len;

	return skb->len == want || !bpf_skb_change_tail(skb, want, 0);
}


SEC("tc")
int postern_kpath(struct __sk_buff *skb)
{
	struct packet p = {0};
	const volatile struct kp_ports *pair;
	struct kp_leg *leg;
	__u32 number, whose, slot;
	__u64 now;
	int mine;

	if (skb->pkt_type != PACKET_HOST || skb->vlan_present)
		return UP;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		/* the headers and the least RTCP */
		if (!at(skb, 0, ETH_HLEN + 28) &&
		    bpf_skb_pull_data(skb, ETH_HLEN + 28))
			return UP;
		mine = read_v4(skb, &p);
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		if (!at(skb, 0, ETH_HLEN + 48) &&
		    bpf_skb_pull_data(skb, ETH_HLEN + 48))
			return UP;
		mine = read_v6(skb, &p);
	} else {
		return UP;
	}
	if (!mine)
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
