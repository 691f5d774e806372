/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rowcache.c  Remembers in which row a contact stands; a hint, no truth
 *
 * An open-addressing table from a 64-bit key to a row number. Whoever uses an
 * answer checks it against the row itself, so a stale or clashing entry costs
 * a slower path and nothing else. Owns nothing but its table.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "store/sqlite/rowcache.h"

enum { SLOTS_MIN = 1024 };

struct slot {
	uint64_t key;
	int64_t row; /**< 0: free */
};

struct rowcache {
	struct slot *slotv;
	size_t slots; /**< a power of two */
	size_t used;
};


int rowcache_alloc(struct rowcache **rcp)
{
	struct rowcache *rc = calloc(1, sizeof(*rc));

	if (!rc)
		return ENOMEM;

	rc->slots = SLOTS_MIN;
	rc->slotv = calloc(rc->slots, sizeof(*rc->slotv));
	if (!rc->slotv) {
		free(rc);
		return ENOMEM;
	}

	*rcp = rc;
	return 0;
}


void rowcache_free(struct rowcache *rc)
{
	if (!rc)
		return;

	free(rc->slotv);
	free(rc);
}


/** Forgets all */
void rowcache_clear(struct rowcache *rc)
{
	memset(rc->slotv, 0, rc->slots * sizeof(*rc->slotv));
	rc->used = 0;
}


/* The slot that holds the key, or the free one where it would go */
static struct slot *slot_find(const struct rowcache *rc, uint64_t key)
{
	size_t i = key & (rc->slots - 1);

	while (rc->slotv[i].row && rc->slotv[i].key != key)
		i = (i + 1) & (rc->slots - 1);

	return &rc->slotv[i];
}


/* Twice the room; on the limit or without memory it starts afresh */
static void grow(struct rowcache *rc)
{
	struct rowcache bigger = {.slots = rc->slots * 2};

	if (rc->used < ROWCACHE_MAX)
		bigger.slotv = calloc(bigger.slots, sizeof(*bigger.slotv));
	if (!bigger.slotv) {
		rowcache_clear(rc);
		return;
	}

	for (size_t i = 0; i < rc->slots; i++) {
		if (rc->slotv[i].row)
			*slot_find(&bigger, rc->slotv[i].key) = rc->slotv[i];
	}
	bigger.used = rc->used;

	free(rc->slotv);
	*rc = bigger;
}


/** Remembers that the contact with this key stands in this row (not 0) */
void rowcache_put(struct rowcache *rc, uint64_t key, int64_t row)
{
	struct slot *slot = slot_find(rc, key);

	if (!slot->row && ++rc->used > rc->slots / 2) {
		rc->used--;
		grow(rc);
		slot = slot_find(rc, key);
		rc->used++;
	}

	slot->key = key;
	slot->row = row;
}


/** The row, or 0 when not known */
int64_t rowcache_get(const struct rowcache *rc, uint64_t key)
{
	return slot_find(rc, key)->row;
}
