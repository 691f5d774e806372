/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of one message. Blocks double in size, so that a small message costs
 * one call of the host's allocator, and a large one few.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "h323gw/per/arena.h"
#include "h323gw/per/per.h"

enum {
	ARENA_ALIGN = 16,
	BLOCK_MIN   = 4096,
	BLOCK_MAX   = 65536,
};

struct arena_block {
	struct arena_block *next;
	size_t size;
};

#define HEAD ((sizeof(struct arena_block) + ARENA_ALIGN - 1) & \
	      ~(size_t)(ARENA_ALIGN - 1))


void arena_init(struct arena *a, const struct per_conf *conf, void *first,
		size_t size)
{
	memset(a, 0, sizeof(*a));
	a->conf = conf;
	a->at = first;
	a->left = first ? size : 0;
	a->next = BLOCK_MIN;
}


void arena_reset(struct arena *a)
{
	struct arena_block *b = a->blocks, *next;

	for (; b; b = next) {
		next = b->next;
		if (a->conf->free_h)
			a->conf->free_h(b, a->conf->arg);
		else
			free(b);
	}
	arena_init(a, a->conf, NULL, 0);
}


static int grow(struct arena *a, size_t size)
{
	const size_t room = size + HEAD > a->next ? size + HEAD : a->next;
	struct arena_block *b;

	if (room > a->conf->bytes_max - a->used)
		return EOVERFLOW;
	b = a->conf->alloc_h ? a->conf->alloc_h(room, a->conf->arg) :
			       malloc(room);
	if (!b)
		return ENOMEM;
	b->next = a->blocks;
	b->size = room;
	a->blocks = b;
	a->used += room;
	a->at = (uint8_t *)b + HEAD;
	a->left = room - HEAD;
	if (a->next < BLOCK_MAX)
		a->next *= 2;
	return 0;
}


void *arena_alloc(struct arena *a, size_t size)
{
	void *p;

	if (a->err)
		return NULL;
	if (size > a->conf->bytes_max) {
		a->err = EOVERFLOW;
		return NULL;
	}
	size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (size > a->left && (a->err = grow(a, size)))
		return NULL;
	p = a->at;
	a->at += size;
	a->left -= size;
	return p;
}


void *arena_zalloc(struct arena *a, size_t size)
{
	void *p = arena_alloc(a, size);

	if (p)
		memset(p, 0, size);
	return p;
}
