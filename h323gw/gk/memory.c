/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file memory.c  What was answered to which request, for those sent again
 *
 * Two rings: entries, and the octets of their answers, in the same order; so
 * whatever is written over belongs to the oldest. Owns both.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "h323gw/zone/index.h"
#include "memory.h"

struct entry {
	struct index_node node;
	struct addr from, to;
	int64_t until;
	size_t at, len; /* in the ring of octets, and one more: where it was */
	bool used;
};

struct memory {
	uint64_t seed[2];
	struct index by_key;
	struct entry *v;
	size_t entries, first, n; /* the oldest; how many */
	uint8_t *octets;
	size_t size, head; /* where the next answer begins */
};


int memory_alloc(struct memory **mp, size_t entries, size_t octets,
		 const uint64_t seed[2])
{
	struct memory *m = calloc(1, sizeof(*m));

	if (!m)
		return ENOMEM;
	m->seed[0] = seed[0];
	m->seed[1] = seed[1];
	m->entries = entries;
	m->size	   = octets;
	m->v	   = calloc(entries, sizeof(*m->v));
	m->octets  = malloc(octets);
	if (!m->v || !m->octets) {
		memory_free(m);
		return ENOMEM;
	}
	*mp = m;

	return 0;
}


void memory_free(struct memory *m)
{
	if (!m)
		return;
	index_reset(&m->by_key);
	free(m->v);
	free(m->octets);
	free(m);
}


uint64_t memory_key(const struct memory *m, const struct addr *from,
		    const uint8_t *p, size_t len)
{
	const uint64_t source[2] = {
		m->seed[0],
		m->seed[1] ^ index_hash(m->seed, &from->u,
					addr_socklen(from))};

	return index_hash(source, p, len);
}


/** Which entry is looked for */
struct wanted {
	uint64_t key;
	const struct addr *from;
};


static int match(const struct index_node *n, const void *key)
{
	const struct entry *e	= (const struct entry *)n;
	const struct wanted *w = key;

	return addr_eq(&e->from, w->from);
}


static struct entry *find(const struct memory *m, uint64_t key,
			  const struct addr *from)
{
	const struct wanted w = {key, from};

	return (struct entry *)index_find(&m->by_key, key, match, &w);
}


bool memory_find(const struct memory *m, struct remembered *r, uint64_t key,
		 const struct addr *from, int64_t now)
{
	const struct entry *e = find(m, key, from);

	if (!e || e->until <= now)
		return false;
	r->p   = m->octets + e->at;
	r->len = e->len;
	r->to  = &e->to;

	return true;
}


static void forget_oldest(struct memory *m)
{
	struct entry *e = &m->v[m->first];

	if (e->used)
		index_remove(&m->by_key, &e->node);
	e->used	 = false;
	m->first = (m->first + 1) % m->entries;
	--m->n;
}


/* does the oldest answer lie in the next len octets? */
static bool overlaps(const struct memory *m, size_t len)
{
	const struct entry *e = &m->v[m->first];

	return e->at < m->head + len && m->head < e->at + e->len + 1;
}


/* room for an answer in one piece, where the oldest were */
static void make_room(struct memory *m, size_t len)
{
	if (m->n == m->entries)
		forget_oldest(m);
	if (m->head + len > m->size) {
		/* what lies behind is older than what lies before */
		while (m->n && m->v[m->first].at >= m->head)
			forget_oldest(m);
		m->head = 0;
	}
	while (m->n && overlaps(m, len))
		forget_oldest(m);
}


void memory_put(struct memory *m, uint64_t key, const struct addr *from,
		const struct addr *to, const uint8_t *p, size_t len,
		int64_t now)
{
	struct entry *e = find(m, key, from);

	if (len >= m->size)
		return;
	if (e) {
		index_remove(&m->by_key, &e->node);
		e->used = false;
	}
	make_room(m, len + 1);
	e = &m->v[(m->first + m->n) % m->entries];
	memset(e, 0, sizeof(*e));
	if (index_add(&m->by_key, &e->node, key))
		return;
	e->used	 = true;
	e->from	 = *from;
	e->to	 = *to;
	e->until = now + MEMORY_LIFE_MS;
	e->at	 = m->head;
	e->len	 = len;
	if (len)
		memcpy(m->octets + e->at, p, len);
	m->head += len + 1;
	++m->n;
}
