/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agequeue.h  Packets that wait, until they are too old
 *
 * A bounded queue: what came last is worth more than what came first, so a full
 * queue loses its oldest, and so does one whose oldest waited too long. Octets
 * of the owner's; nothing is allocated. Pure.
 */
#ifndef POSTERN_TUNNEL_AGEQUEUE_H
#define POSTERN_TUNNEL_AGEQUEUE_H

#include <stddef.h>
#include <stdint.h>

enum {
	AGEQUEUE_HEADER = 10, /**< octets a packet needs beyond its own */
};

struct agequeue {
	uint8_t *buf;
	size_t size;
	size_t first; /**< where the oldest begins */
	size_t used;
	unsigned n;   /**< packets */
};

void agequeue_init(struct agequeue *q, uint8_t *buf, size_t size);
unsigned agequeue_put(struct agequeue *q, const uint8_t *p, size_t len,
		      uint64_t now);
unsigned agequeue_expire(struct agequeue *q, uint64_t now, uint64_t age);
size_t agequeue_next(const struct agequeue *q);
uint64_t agequeue_since(const struct agequeue *q);
size_t agequeue_take(struct agequeue *q, uint8_t *p);

#endif
