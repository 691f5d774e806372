/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file admitted.c  The calls that were admitted, and their bandwidth
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "admitted.h"

struct admitted_table {
	struct index by_id;
	uint64_t seed[2];
	size_t max;
	uint64_t bandwidth;
	struct admitted *first, *last; /* without Setup */
};


int admitted_alloc(struct admitted_table **tp, const uint64_t seed[2],
		   size_t max)
{
	struct admitted_table *t = calloc(1, sizeof(*t));

	if (!t)
		return ENOMEM;
	t->seed[0] = seed[0];
	t->seed[1] = seed[1];
	t->max	   = max;
	*tp	   = t;

	return 0;
}


void admitted_free(struct admitted_table *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->by_id.size; i++) {
		while (t->by_id.chains[i])
			admitted_remove(t,
				(struct admitted *)t->by_id.chains[i]);
	}
	index_reset(&t->by_id);
	free(t);
}


size_t admitted_count(const struct admitted_table *t)
{
	return t->by_id.used;
}


uint64_t admitted_bandwidth(const struct admitted_table *t)
{
	return t->bandwidth;
}


static int match(const struct index_node *n, const void *key)
{
	const struct admitted *a = (const struct admitted *)n;

	return !memcmp(a->call_id, key, GUID_LEN);
}


struct admitted *admitted_find(const struct admitted_table *t,
			       const uint8_t call_id[GUID_LEN])
{
	const uint64_t hash = index_hash(t->seed, call_id, GUID_LEN);

	return (struct admitted *)index_find(&t->by_id, hash, match, call_id);
}


static void queue(struct admitted_table *t, struct admitted *a)
{
	a->prev = t->last;
	if (t->last)
		t->last->next = a;
	else
		t->first = a;
	t->last = a;
}


static void unqueue(struct admitted_table *t, struct admitted *a)
{
	if (a->prev)
		a->prev->next = a->next;
	else if (t->first == a)
		t->first = a->next;
	if (a->next)
		a->next->prev = a->prev;
	else if (t->last == a)
		t->last = a->prev;
	a->next = a->prev = NULL;
}


int admitted_add(struct admitted **ap, struct admitted_table *t,
		 const uint8_t call_id[GUID_LEN],
		 const uint8_t conference_id[GUID_LEN], int64_t now)
{
	struct admitted *a;
	int err;

	if (admitted_find(t, call_id))
		return EEXIST;
	if (t->by_id.used >= t->max)
		return ENFILE;
	a = calloc(1, sizeof(*a));
	if (!a)
		return ENOMEM;
	memcpy(a->call_id, call_id, GUID_LEN);
	memcpy(a->conference_id, conference_id, GUID_LEN);
	a->since = now;
	err	 = index_add(&t->by_id, &a->node,
			     index_hash(t->seed, call_id, GUID_LEN));
	if (err) {
		free(a);
		return err;
	}
	queue(t, a);
	*ap = a;

	return 0;
}


void admitted_remove(struct admitted_table *t, struct admitted *a)
{
	t->bandwidth -= a->bandwidth;
	unqueue(t, a);
	index_remove(&t->by_id, &a->node);
	free(a);
}


void admitted_start(struct admitted_table *t, struct admitted *a)
{
	a->started = true;
	unqueue(t, a);
}


void admitted_bandwidth_set(struct admitted_table *t, struct admitted *a,
			    unsigned side, uint32_t bandwidth)
{
	uint32_t bigger;

	a->side[side].bandwidth = bandwidth;
	bigger = a->side[!side].bandwidth > bandwidth ? a->side[!side].bandwidth
						      : bandwidth;
	t->bandwidth += bigger;
	t->bandwidth -= a->bandwidth;
	a->bandwidth = bigger;
}


struct admitted *admitted_oldest(const struct admitted_table *t)
{
	return t->first;
}
