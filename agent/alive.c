/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file alive.c  How often a silent way to the relay needs a sign of life
 */
#include <string.h>
#include "alive.h"


/** Another network: nothing is known of its NATs */
void alive_nat_init(struct alive_nat *n)
{
	const uint64_t lost = n->lost;

	memset(n, 0, sizeof(*n));
	n->interval = ALIVE_FIRST_MS;
	n->ceiling  = ALIVE_MOST_MS;
	n->lost	    = lost;
}


/** A new socket: nothing is known of its mapping */
void alive_init(struct alive *a, struct alive_nat *nat, uint64_t now)
{
	memset(a, 0, sizeof(*a));
	a->nat = nat;
	a->out = a->in = now;
}


/** Something goes to the relay; a sign of life is asked with alive_ask() */
void alive_sent(struct alive *a, uint64_t now)
{
	a->out = now;
}


/** Something came from it */
void alive_heard(struct alive *a, uint64_t now)
{
	a->in = now;
}


/** A sign of life goes out. Many at once (of several streams) are one */
void alive_ask(struct alive *a, uint64_t now)
{
	const uint64_t silence	 = now - a->out;
	const uint64_t stillness = a->in > a->out ? now - a->in : silence;

	if (!a->asked || silence > a->silence) {
		a->silence   = silence;
		a->stillness = stillness;
	}
	a->asked = true;
	a->out	 = now;
}


/* what a NAT forgot over is too long. Who knows whether it has seen what came
 * in (RFC 4787 REQ-6)? So what counts here is when we last sent something */
static void shorten(struct alive_nat *n, uint64_t silence, uint64_t now)
{
	/* another socket was silent for so long before that was known */
	if (n->lowered && silence > n->ceiling + ALIVE_STEP_MS / 2) {
		n->lowered = now;
		return;
	}
	if (silence > n->interval)
		silence = n->interval;
	n->interval = (uint32_t)silence / 2;
	if (n->interval < ALIVE_LEAST_MS)
		n->interval = ALIVE_LEAST_MS;
	n->ceiling = (uint32_t)silence - ALIVE_STEP_MS;
	if (n->ceiling < n->interval)
		n->ceiling = n->interval;
	n->lowered = now;
}


static void lengthen(struct alive_nat *n, uint64_t now)
{
	/* another network, another NAT, or the same one less busy */
	if (n->ceiling < ALIVE_MOST_MS && now - n->lowered >= ALIVE_FORGET_MS) {
		n->ceiling = ALIVE_MOST_MS;
		n->lowered = 0;
	}
	/* of many sockets that were silent together one counts */
	if (n->counted && now - n->counted < n->interval / 2)
		return;
	n->counted = now;
	if (++n->sure < ALIVE_SURE)
		return;

	n->sure = 0;
	n->interval += ALIVE_STEP_MS;
	if (n->interval > n->ceiling)
		n->interval = n->ceiling;
}


/**
 * The relay answers: it saw us here
 *
 * @param a    State
 * @param seen Address the sign of life came from
 * @param now  Now
 *
 * @return true: that is another than before, so it has to learn anew where
 *         every stream is
 */
bool alive_answer(struct alive *a, const struct addr *seen, uint64_t now)
{
	const bool first = !addr_is_set(&a->seen);
	const bool moved = !first && !addr_eq(&a->seen, seen);
	const bool asked = a->asked;

	a->asked = false;
	a->seen	 = *seen;
	if (moved) {
		a->nat->sure = 0;
		++a->nat->lost;
		/* after a pause this short it was no timeout */
		if (asked && a->silence >= ALIVE_LEAST_MS)
			shorten(a->nat, a->silence, now);
	} else if (!first && asked && a->stillness >= a->nat->interval) {
		lengthen(a->nat, now);
	}

	return moved;
}
