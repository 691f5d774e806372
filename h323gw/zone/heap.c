/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file zone/heap.c  Endpoints in the order they are due
 *
 * A binary heap; each endpoint knows its place.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "heap.h"

enum {
	SIZE_MIN = 64,
};


static void place(struct heap *h, size_t i, struct endpoint *ep)
{
	h->v[i]	 = ep;
	ep->heap = i;
}


/* towards the front as far as it is due before those there */
static size_t rise(struct heap *h, size_t i, struct endpoint *ep)
{
	while (i > 0 && ep->due < h->v[(i - 1) / 2]->due) {
		place(h, i, h->v[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(h, i, ep);

	return i;
}


static void sink(struct heap *h, size_t i, struct endpoint *ep)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= h->n)
			break;
		if (child + 1 < h->n && h->v[child + 1]->due < h->v[child]->due)
			++child;
		if (ep->due <= h->v[child]->due)
			break;
		place(h, i, h->v[child]);
		i = child;
	}
	place(h, i, ep);
}


int heap_add(struct heap *h, struct endpoint *ep)
{
	if (h->n == h->size) {
		const size_t size = h->size ? 2 * h->size : SIZE_MIN;
		struct endpoint **v = realloc(h->v, size * sizeof(*v));

		if (!v)
			return ENOMEM;
		h->v	= v;
		h->size = size;
	}
	(void)rise(h, h->n++, ep);

	return 0;
}


void heap_remove(struct heap *h, struct endpoint *ep)
{
	struct endpoint *last = h->v[--h->n];

	if (last == ep)
		return;
	place(h, ep->heap, last);
	heap_moved(h, last);
}


void heap_moved(struct heap *h, struct endpoint *ep)
{
	const size_t i = ep->heap;

	if (rise(h, i, ep) == i)
		sink(h, i, ep);
}


void heap_reset(struct heap *h)
{
	free(h->v);
	memset(h, 0, sizeof(*h));
}
