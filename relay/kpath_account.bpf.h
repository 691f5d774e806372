/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_account.bpf.h  A packet of the latched source, counted
 *
 * What relay/forward.c does with one: when it was heard, its SSRC and sequence
 * number for the day its port changes, what was lost, the leg's bandwidth and
 * counters. All under the leg's lock.
 */
#ifndef POSTERN_RELAY_KPATH_ACCOUNT_H
#define POSTERN_RELAY_KPATH_ACCOUNT_H

#include <linux/types.h>
#include "kpath_abi.h"
#include "kpath_packet.bpf.h"

#define MAX_DROPOUT  3000	/* RFC 3550 A.1 */
#define MAX_MISORDER 100


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

#endif
