/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bucket.h  A token bucket: so much per second, with some in hand
 *
 * Pure; time comes in as milliseconds.
 */
#ifndef POSTERN_RELAY_BUCKET_H
#define POSTERN_RELAY_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
	uint64_t rate;	/**< tokens per second, 0: no limit */
	uint64_t depth; /**< tokens × 1000 at most in hand */
	uint64_t level; /**< tokens × 1000 in hand */
	uint64_t last;	/**< when it was filled last, ms */
};

void bucket_set(struct bucket *b, uint64_t rate, uint64_t depth, uint64_t now);
bool bucket_take(struct bucket *b, uint64_t n, uint64_t now);

#endif
