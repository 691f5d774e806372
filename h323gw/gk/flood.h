/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file flood.h  How much one source may send
 *
 * A token bucket a source, in a table of fixed size: when it is full, of a few
 * the one that has been quiet longest makes way. Pure.
 */
#ifndef H323GW_GK_FLOOD_H
#define H323GW_GK_FLOOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FLOOD_WAYS = 4, /* places a source may have */
	FLOOD_SETS = 4096,
};

struct flood;

int flood_alloc(struct flood **fp);
void flood_free(struct flood *f);
void flood_set(struct flood *f, uint32_t rate, uint32_t burst);
/* May one more pass? key: the source's hash. now in ms */
bool flood_pass(struct flood *f, uint64_t key, int64_t now);

#endif
