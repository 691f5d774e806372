/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tcp_pace.c  How fast octets of TCP media go
 *
 * What comes in on a leg goes on no faster than the leg's bandwidth, and its
 * agent's or that of the agent it goes to. It waits, nothing is lost: who sends
 * it is read from no faster. Owns struct tcp_leg's pace and count.
 */
#include "relay.h"
#include "tcp_agent.h"


static size_t least(struct tcp_leg *tl, struct ceiling *c, size_t len,
		    uint32_t *wait, enum relay_stat stat)
{
	struct relay *r = tl->leg->relay;
	uint32_t ms	= 0;
	size_t n	= ceiling_room(c, len, r->now(), &ms);

	if (n < len && ms > *wait)
		*wait = ms;
	if (!n) {
		++tl->held;
		metrics_inc(r->stats, stat);
	}

	return n;
}


static size_t may(size_t len, uint32_t *wait, void *arg)
{
	struct tcp_leg *tl     = arg;
	const struct leg *leg  = tl->leg;
	struct tcp_leg *to     = leg->peer->tcp;
	const uint64_t rate    = atomic_load(&tl->pace.rate);
	size_t n;

	if (rate != leg->bandwidth)
		ceiling_set(&tl->pace, leg->bandwidth);
	n = least(tl, &tl->pace, len, wait, STAT_TCP_HELD);
	if (n && tl->agent)
		n = least(tl, &tl->agent->up, n, wait, STAT_TCP_HELD_AGENT);
	if (n && to->agent)
		n = least(tl, &to->agent->down, n, wait, STAT_TCP_HELD_AGENT);

	return n;
}


static void went(size_t len, void *arg)
{
	struct tcp_leg *tl = arg;
	struct tcp_leg *to = tl->leg->peer->tcp;
	const uint64_t now = tl->leg->relay->now();

	ceiling_went(&tl->pace, len, now);
	if (tl->agent)
		ceiling_went(&tl->agent->up, len, now);
	if (to->agent)
		ceiling_went(&to->agent->down, len, now);
}


/** Two legs' connections were joined: each keeps to its bandwidth */
void tcp_pace_begin(struct joint *j, struct leg leg[2])
{
	static const struct joint_pace pace = {.mayh = may, .wenth = went};

	for (unsigned i = 0; i < 2; i++)
		joint_pace(j, i, &pace, leg[i].tcp);
}
