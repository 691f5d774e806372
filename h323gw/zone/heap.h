/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file zone/heap.h  Endpoints in the order they are due; within the room
 */
#ifndef H323GW_ZONE_HEAP_H
#define H323GW_ZONE_HEAP_H

#include "h323gw/zone/zone.h"

/** Beside the endpoint, so that comparing looks at no other memory */
struct heap_entry {
	int64_t due;
	struct endpoint *ep;
};

struct heap {
	struct heap_entry *v;
	size_t n, size;
};

int heap_add(struct heap *h, struct endpoint *ep);
void heap_remove(struct heap *h, struct endpoint *ep);
/* after ep->due was changed */
void heap_moved(struct heap *h, struct endpoint *ep);
void heap_reset(struct heap *h);

#endif
