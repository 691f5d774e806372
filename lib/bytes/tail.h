/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tail.h  What was sent last, in case it has to be sent again
 *
 * A connection that lasts longer than what carries it counts the octets it has
 * sent, and keeps the last of them: the other end says how many it has
 * received, and the rest is sent again. Pure; memory is libre's.
 */
#ifndef POSTERN_BYTES_TAIL_H
#define POSTERN_BYTES_TAIL_H

#include <stddef.h>
#include <stdint.h>

enum {
	TAIL_MAX = 32 * 1024, /**< octets kept, at least */
};

struct tail;

int tail_alloc(struct tail **tp);
void tail_add(struct tail *t, const uint8_t *p, size_t len);
uint64_t tail_sent(const struct tail *t);
int tail_since(const struct tail *t, uint64_t received, const uint8_t **p,
	       size_t *len);

#endif
