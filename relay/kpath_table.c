/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_table.c  From legs and latches to what the kernel needs, and back
 *
 * Owns no state.
 */
#include "config.h"
#include <string.h>
#include "relay.h"
#include "stream.h"
#include "kpath_table.h"


static void key_set(struct kp_key *k, const struct addr *a)
{
	memset(k, 0, sizeof(*k));
	k->port = htons(addr_port(a));
	k->v6	= addr_family(a) == AF_INET6;
	if (k->v6)
		memcpy(k->ip, &a->u.in6.sin6_addr, 16);
	else
		k->ip[0] = a->u.in.sin_addr.s_addr;
}


/**
 * @param leg Leg
 * @param c   RTP or RTCP
 *
 * @return The address and port of ours it has for that
 */
struct addr table_local(const struct leg *leg, enum latch_component c)
{
	struct addr a = leg->ifc->address;

	addr_set_port(&a, (uint16_t)(leg->port + c));

	return a;
}


/* RTCP's port of this leg: that of RTP where they share it */
static enum latch_component port_of(const struct leg *leg,
				    enum latch_component c)
{
	return leg->rtcp == RTCP_MUX ? LATCH_RTP : c;
}


static bool settled(const struct latch_path *pa)
{
	return addr_is_set(&pa->source) && !pa->moving && !pa->quiet;
}


static bool leg_eligible(const struct leg *leg)
{
	const struct latch *l = &leg->latch;

	return !leg->agent && l->conf.rtp && l->conf.policy != LATCH_FIXED &&
	       settled(&l->path[LATCH_RTP]) &&
	       !addr_is_linklocal(&l->path[LATCH_RTP].source);
}


/**
 * May the kernel have this stream? RTP between two legs of ours whose sources
 * are learnt, and nobody is moving.
 *
 * @param st Stream
 *
 * @return true if so
 */
bool table_eligible(const struct stream *st)
{
	return leg_eligible(&st->leg[0]) && leg_eligible(&st->leg[1]);
}


/* Internet checksum arithmetic (RFC 1624): minus `from`, plus `to` */
static uint32_t csum_diff(const uint32_t *from, size_t fromc,
			  const uint32_t *to, size_t toc)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < fromc; i++)
		sum += (uint32_t)~from[i];
	for (i = 0; i < toc; i++)
		sum += to[i];

	while (sum >> 32)
		sum = (sum & 0xffffffff) + (sum >> 32);

	return (uint32_t)sum;
}


static void csum_set(struct kp_out *o, const struct kp_key *source,
		     const struct kp_key *to)
{
	uint32_t before[9], after[9];
	const size_t was = source->v6 ? 4 : 1, is = o->v6 ? 4 : 1;

	memcpy(before, source->ip, 16);
	memcpy(before + was, to->ip, 16);
	memcpy(after, o->saddr, 16);
	memcpy(after + is, o->daddr, 16);
	o->csum_addr = csum_diff(before, 2 * was, after, 2 * is);

	memcpy(before, &source->port, 2);
	memcpy((uint8_t *)before + 2, &to->port, 2);
	memcpy(after, &o->sport, 2);
	memcpy((uint8_t *)after + 2, &o->dport, 2);
	o->csum_ports = csum_diff(before, 1, after, 1);
}


static void out_set(struct kp_out *o, const struct leg *to,
		    enum latch_component c, const struct kp_key *source,
		    const struct kp_key *at)
{
	const struct addr *dest = latch_dest(&to->latch, c);
	const struct addr from	= table_local(to, port_of(to, c));
	struct kp_key k;

	memset(o, 0, sizeof(*o));
	if (!dest || (c == LATCH_RTCP && to->rtcp == RTCP_NONE))
		return;

	key_set(&k, &from);
	memcpy(o->saddr, k.ip, 16);
	o->sport = k.port;
	key_set(&k, dest);
	memcpy(o->daddr, k.ip, 16);
	o->dport = k.port;
	o->v6	 = k.v6;
	o->tos	 = (uint8_t)(to->dscp << 2);
	o->valid = 1;
	csum_set(o, source, at);
}


static void flow_set(struct kp_flow *f, const struct leg *from,
		     enum latch_component c)
{
	const struct latch_path *pa = &from->latch.path[c];
	const struct addr at	    = table_local(from, c);
	struct kp_key to;
	unsigned o;

	if (c == LATCH_RTCP && (from->rtcp != RTCP_SEPARATE || !settled(pa)))
		return;

	key_set(&to, &at);
	key_set(&f->source, &pa->source);
	f->there = 1;
	f->mux	 = from->latch.conf.mux;
	for (o = 0; o < KP_COMPONENTS; o++)
		out_set(&f->out[o], from->peer, o, &f->source, &to);
}


static void path_set(struct kp_path *kp, const struct latch_path *pa)
{
	kp->heard    = pa->heard;
	kp->ssrc     = pa->ssrc;
	kp->seq	     = pa->seq;
	kp->has_ssrc = pa->has_ssrc;
	kp->has_seq  = pa->has_seq;
}


/**
 * What the kernel goes on from
 *
 * @param kl  Result; not live
 * @param leg Leg
 */
void table_state(struct kp_leg *kl, const struct leg *leg)
{
	unsigned c;

	memset(kl, 0, sizeof(*kl));
	for (c = 0; c < KP_COMPONENTS; c++)
		flow_set(&kl->flow[c], leg, c);
	path_set(&kl->rtp.path, &leg->latch.path[LATCH_RTP]);
	path_set(&kl->rtcp.path, &leg->latch.path[LATCH_RTCP]);

	kl->lost_before	    = leg->seq.lost_before;
	kl->seq.ssrc	    = leg->seq.ssrc;
	kl->seq.base	    = leg->seq.base;
	kl->seq.highest	    = leg->seq.highest;
	kl->seq.received    = leg->seq.received;
	kl->seq.running	    = leg->seq.received != 0;

	kl->limited	 = leg->bucket.rate != 0;
	kl->bucket.rate	 = leg->bucket.rate;
	kl->bucket.depth = leg->bucket.depth;
	kl->bucket.level = leg->bucket.level;
	kl->bucket.last	 = leg->bucket.last;
}


static void merge_counters(struct leg *leg, const struct kp_counters *n,
			   struct kp_counters *seen)
{
	const uint64_t packets = n->packets - seen->packets;
	const uint64_t bytes   = n->bytes - seen->bytes;
	const uint64_t rtcp    = n->rtcp_packets - seen->rtcp_packets;
	const uint64_t rtcp_bytes = n->rtcp_bytes - seen->rtcp_bytes;
	const uint64_t refused = n->refused_bandwidth -
				 seen->refused_bandwidth;
	struct metrics *stats  = leg->worker->stats;

	leg->n.packets += packets;
	leg->n.bytes += bytes;
	leg->n.rtcp_packets += rtcp;
	leg->n.rtcp_bytes += rtcp_bytes;
	leg->n.refused_bandwidth += refused;

	metrics_add(stats, STAT_PACKETS, packets);
	metrics_add(stats, STAT_BYTES, bytes);
	metrics_add(stats, STAT_RTCP_PACKETS, rtcp);
	metrics_add(stats, STAT_RTCP_BYTES, rtcp_bytes);
	metrics_add(stats, STAT_REFUSED_BANDWIDTH, refused);
	metrics_add(stats, STAT_KERNEL_PACKETS, packets + rtcp);
	*seen = *n;
}


static void heard(struct leg *leg, enum latch_component c,
		  const struct kp_path *kp)
{
	latch_heard(&leg->latch, c, kp->heard,
		    kp->has_ssrc ? &kp->ssrc : NULL,
		    kp->has_seq ? &kp->seq : NULL);
	leg->heard = max(leg->heard, kp->heard);
}


/**
 * Take over what the kernel has seen of a live leg
 *
 * @param leg  Leg
 * @param kl   The kernel's state, of the present offer, live
 * @param seen What has been counted of it; brought up to date. A state that is
 *             older than that changes nothing.
 */
void table_merge(struct leg *leg, const struct kp_leg *kl,
		 struct kp_counters *seen)
{
	if (kl->n.packets < seen->packets ||
	    kl->n.rtcp_packets < seen->rtcp_packets ||
	    kl->n.refused_bandwidth < seen->refused_bandwidth)
		return;

	merge_counters(leg, &kl->n, seen);

	heard(leg, LATCH_RTP, &kl->rtp.path);
	heard(leg, LATCH_RTCP, &kl->rtcp.path);

	leg->seq.lost_before = kl->lost_before;
	leg->seq.ssrc	     = kl->seq.ssrc;
	leg->seq.base	     = kl->seq.base;
	leg->seq.highest     = kl->seq.highest;
	leg->seq.received    = kl->seq.received;

	leg->bucket.level = kl->bucket.level;
	leg->bucket.last  = kl->bucket.last;
}
