/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file flood.c  How much one source may send
 */
#include <errno.h>
#include <stdlib.h>
#include "flood.h"

enum {
	MS = 1000, /* of a second; and what one message costs */
};

struct bucket {
	uint64_t key;
	int64_t since; /* ms; 0: free */
	uint64_t level; /* thousandths of a message */
};

struct flood {
	uint32_t rate, burst;
	struct bucket v[FLOOD_SETS][FLOOD_WAYS];
};


int flood_alloc(struct flood **fp)
{
	*fp = calloc(1, sizeof(**fp));

	return *fp ? 0 : ENOMEM;
}


void flood_free(struct flood *f)
{
	free(f);
}


void flood_set(struct flood *f, uint32_t rate, uint32_t burst)
{
	f->rate	 = rate;
	f->burst = burst;
}


/* the source's bucket, or the one it takes over, which then is full */
static struct bucket *bucket_of(struct flood *f, uint64_t key, int64_t now)
{
	struct bucket *set = f->v[key % FLOOD_SETS], *oldest = set;
	size_t i;

	for (i = 0; i < FLOOD_WAYS; i++) {
		if (set[i].since && set[i].key == key)
			return &set[i];
		if (set[i].since < oldest->since)
			oldest = &set[i];
	}
	oldest->key   = key;
	oldest->since = now;
	oldest->level = (uint64_t)f->burst * MS;

	return oldest;
}


bool flood_pass(struct flood *f, uint64_t key, int64_t now)
{
	struct bucket *b;

	if (!f->rate)
		return true;
	b = bucket_of(f, key, now);
	if (now > b->since) {
		b->level += (uint64_t)(now - b->since) * f->rate;
		b->since = now;
		if (b->level > (uint64_t)f->burst * MS)
			b->level = (uint64_t)f->burst * MS;
	}
	if (b->level < MS)
		return false;
	b->level -= MS;

	return true;
}
