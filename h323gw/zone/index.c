/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file index.c  A hash table of things that carry their own node
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "index.h"

enum {
	SIZE_MIN = 64,
	WORD	 = 8, /* octets */
};


/* ---- SipHash-1-3 ---- */

static uint64_t rotate(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}


static void round_(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}


static void compress(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	round_(v);
	v[0] ^= word;
}


/* little-endian, whatever the machine */
static uint64_t word_get(const uint8_t *p, size_t len)
{
	uint64_t w = 0;
	size_t i;

	for (i = 0; i < len; i++)
		w |= (uint64_t)p[i] << (8 * i);

	return w;
}


uint64_t index_hash(const uint64_t seed[2], const void *p, size_t len)
{
	const uint8_t *q = p;
	uint64_t v[4]	 = {0x736f6d6570736575 ^ seed[0],
			    0x646f72616e646f6d ^ seed[1],
			    0x6c7967656e657261 ^ seed[0],
			    0x7465646279746573 ^ seed[1]};
	size_t left;

	for (left = len; left >= WORD; left -= WORD) {
		compress(v, word_get(q, WORD));
		q += WORD;
	}
	compress(v, (uint64_t)len << 56 | word_get(q, left));
	v[2] ^= 0xff;
	round_(v);
	round_(v);
	round_(v);

	return v[0] ^ v[1] ^ v[2] ^ v[3];
}


/* ---- the table ---- */

static void link_node(struct index *ix, struct index_node *n)
{
	struct index_node **chain = &ix->chains[n->hash & (ix->size - 1)];

	n->next = *chain;
	*chain	= n;
}


static int grow(struct index *ix)
{
	struct index bigger = {.size = ix->size ? 2 * ix->size : SIZE_MIN,
			       .used = ix->used};
	size_t i;

	bigger.chains = calloc(bigger.size, sizeof(*bigger.chains));
	if (!bigger.chains)
		return ENOMEM;

	for (i = 0; i < ix->size; i++) {
		struct index_node *n = ix->chains[i];

		while (n) {
			struct index_node *next = n->next;

			link_node(&bigger, n);
			n = next;
		}
	}
	free(ix->chains);
	*ix = bigger;

	return 0;
}


int index_add(struct index *ix, struct index_node *n, uint64_t hash)
{
	/* chains may grow long without memory, but somebody must be there */
	if (2 * ix->used >= ix->size && grow(ix) && !ix->size)
		return ENOMEM;

	n->hash = hash;
	link_node(ix, n);
	++ix->used;

	return 0;
}


void index_remove(struct index *ix, struct index_node *n)
{
	struct index_node **p;

	if (!ix->size)
		return;
	p = &ix->chains[n->hash & (ix->size - 1)];
	while (*p && *p != n)
		p = &(*p)->next;
	if (!*p)
		return;
	*p	= n->next;
	n->next = NULL;
	--ix->used;
}


struct index_node *index_next(const struct index_node *n, uint64_t hash,
			      index_match_h *matchh, const void *key)
{
	for (n = n->next; n; n = n->next) {
		if (n->hash == hash && matchh(n, key))
			break;
	}

	return (struct index_node *)(uintptr_t)n;
}


struct index_node *index_find(const struct index *ix, uint64_t hash,
			      index_match_h *matchh, const void *key)
{
	const struct index_node head = {
		.next = ix->size ? ix->chains[hash & (ix->size - 1)] : NULL};

	return index_next(&head, hash, matchh, key);
}


void index_reset(struct index *ix)
{
	free(ix->chains);
	memset(ix, 0, sizeof(*ix));
}
