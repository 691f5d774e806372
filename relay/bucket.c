/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bucket.c  A token bucket: so much per second, with some in hand
 *
 * Owns struct bucket's members.
 */
#include "bucket.h"


/**
 * Set the rate; the bucket is full afterwards
 *
 * @param b     Bucket
 * @param rate  Tokens per second, 0: no limit
 * @param depth Tokens in hand at most
 * @param now   Milliseconds
 */
void bucket_set(struct bucket *b, uint64_t rate, uint64_t depth, uint64_t now)
{
	b->rate	 = rate;
	b->depth = depth * 1000;
	b->level = b->depth;
	b->last	 = now;
}


/**
 * Take tokens, if there are enough
 *
 * @param b   Bucket
 * @param n   How many
 * @param now Milliseconds
 *
 * @return true if they were there
 */
bool bucket_take(struct bucket *b, uint64_t n, uint64_t now)
{
	uint64_t ms, room;

	if (!b->rate)
		return true;

	ms = now > b->last ? now - b->last : 0;
	room = b->depth - b->level;

	/* × 1000 per token, / 1000 per second: a token a millisecond */
	b->level = ms > room / b->rate ? b->depth : b->level + ms * b->rate;
	b->last	 = now;

	if (b->level < n * 1000)
		return false;

	b->level -= n * 1000;

	return true;
}
