/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of one message: given out in pieces, released all at once. Owned by
 * the message, or by the function that rewrites one.
 */
#ifndef H323GW_PER_ARENA_H
#define H323GW_PER_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct per_conf;

struct arena {
	const struct per_conf *conf;
	struct arena_block *blocks;
	uint8_t *at;		/* next free octet */
	size_t left;
	size_t next;		/* size of the next block */
	size_t used;		/* taken from the host, in octets */
	int err;		/* ENOMEM or EOVERFLOW after a failure */
};

/* first: the caller's memory to begin with, aligned as malloc()'s; or NULL */
void arena_init(struct arena *a, const struct per_conf *conf, void *first,
		size_t size);
void arena_reset(struct arena *a);

/* Both give NULL when there is none or the limit is reached: see a->err. */
void *arena_zalloc(struct arena *a, size_t size);
void *arena_alloc(struct arena *a, size_t size);

#endif
