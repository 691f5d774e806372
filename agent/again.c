/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file again.c  How long to wait before the next try at a server
 */
#include "again.h"


enum {
	DOUBLINGS = 8, /* of the first wait: more than the longest */
};


/** It shall be tried as if nothing had failed so far */
void again_up(struct again *a)
{
	a->failures = 0;
}


/** A connection that had greeted was lost; up: how long it stood */
void again_lost(struct again *a, uint64_t up, uint64_t now)
{
	if (up < AGAIN_GOOD_MS)
		return;

	a->failures = 0;
	a->until    = now + AGAIN_KEPT_MS;
}


/** It did not come about, or was lost */
void again_failed(struct again *a)
{
	if (a->failures <= DOUBLINGS)
		++a->failures;
}


/**
 * How long to wait now
 *
 * @param a      State
 * @param least  The server asked for so much; 0: for none
 * @param now    Now
 * @param chance Any number
 */
uint32_t again_wait(const struct again *a, uint32_t least, uint64_t now,
		    uint32_t chance)
{
	uint32_t wait = AGAIN_AT_ONCE_MS;

	if (a->failures)
		wait = (uint32_t)AGAIN_FIRST_MS << (a->failures - 1);
	if (wait > AGAIN_MAX_MS)
		wait = AGAIN_MAX_MS;
	if (wait > AGAIN_HURRY_MS && now < a->until)
		wait = AGAIN_HURRY_MS;
	wait = wait / 2 + chance % (wait / 2 + 1);
	if (wait < least)
		wait = least + chance % (least / 2 + 1);

	return wait;
}
