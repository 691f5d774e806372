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


static void place(struct heap *h, size_t i, struct heap_entry e)
{
	h->v[i]	   = e;
	e.ep->heap = i;
}


/* towards the front as far as it is due before those there */
static size_t rise(struct heap *h, size_t i, struct heap_entry e)
{
	while (i > 0 && e.due < h->v[(i - 1) / 2].due) {
		place(h, i, h->v[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(h, i, e);

	return i;
}


static void sink(struct heap *h, size_t i, struct heap_entry e)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= h->n)
			break;
		if (child + 1 < h->n && h->v[child + 1].due < h->v[child].due)
			++child;
		if (e.due <= h->v[child].due)
			break;
		place(h, i, h->v[child]);
		i = child;
	}
	place(h, i, e);
}


static struct heap_entry entry(struct endpoint *ep)
{
	return (struct heap_entry){ep->due, ep};
}


int heap_add(struct heap *h, struct endpoint *ep)
{
	if (h->n == h->size) {
		const size_t size = h->size ? 2 * h->size : SIZE_MIN;
		struct heap_entry *v = realloc(h->v, size * sizeof(*v));

		if (!v)
			return ENOMEM;
		h->v	= v;
		h->size = size;
	}
	(void)rise(h, h->n++, entry(ep));

	return 0;
}


void heap_remove(struct heap *h, struct endpoint *ep)
{
	struct endpoint *last = h->v[--h->n].ep;

	if (last == ep)
		return;
	place(h, ep->heap, entry(last));
	heap_moved(h, last);
}


void heap_moved(struct heap *h, struct endpoint *ep)
{
	const size_t i = ep->heap;

	if (rise(h, i, entry(ep)) == i)
		sink(h, i, entry(ep));
}


void heap_reset(struct heap *h)
{
	free(h->v);
	memset(h, 0, sizeof(*h));
}
