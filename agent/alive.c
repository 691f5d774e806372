/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file alive.c  How often a silent way to the relay needs a sign of life
 */
#include <string.h>
#include "alive.h"


/** A new socket: nothing is known of its mapping */
void alive_init(struct alive *a, uint64_t now)
{
	memset(a, 0, sizeof(*a));
	a->interval = ALIVE_FIRST_MS;
	a->ceiling  = ALIVE_MOST_MS;
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
static void shorten(struct alive *a, uint64_t silence, uint64_t now)
{
	if (silence > a->interval)
		silence = a->interval;
	a->interval = (uint32_t)silence / 2;
	if (a->interval < ALIVE_LEAST_MS)
		a->interval = ALIVE_LEAST_MS;
	a->ceiling = (uint32_t)silence - ALIVE_STEP_MS;
	if (a->ceiling < a->interval)
		a->ceiling = a->interval;
	a->lowered = now;
}


static void lengthen(struct alive *a, uint64_t now)
{
	/* another network, another NAT, or the same one less busy */
	if (a->ceiling < ALIVE_MOST_MS && now - a->lowered >= ALIVE_FORGET_MS)
		a->ceiling = ALIVE_MOST_MS;
	if (++a->sure < ALIVE_SURE)
		return;

	a->sure = 0;
	a->interval += ALIVE_STEP_MS;
	if (a->interval > a->ceiling)
		a->interval = a->ceiling;
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
		a->sure = 0;
		++a->lost;
		/* after a pause this short it was no timeout */
		if (asked && a->silence >= ALIVE_LEAST_MS)
			shorten(a, a->silence, now);
	} else if (!first && asked && a->stillness >= a->interval) {
		lengthen(a, now);
	}

	return moved;
}
