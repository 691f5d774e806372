/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file memory.h  What was answered to which request, for those sent again
 *
 * A request that comes once more, from the same address and the same in every
 * octet (its requestSeqNum among them), gets the answer it had, and nothing is
 * done twice. Bounded in entries and octets: the oldest goes. Pure.
 */
#ifndef H323GW_GK_MEMORY_H
#define H323GW_GK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

enum {
	MEMORY_ENTRIES	= 32768,
	MEMORY_OCTETS	= 8 * 1024 * 1024,
	MEMORY_LIFE_MS	= 20000,
};

struct memory;

/** An answer; len 0: there was none */
struct remembered {
	const uint8_t *p;
	size_t len;
	const struct addr *to;
};

int memory_alloc(struct memory **mp, size_t entries, size_t octets,
		 const uint64_t seed[2]);
void memory_free(struct memory *m);

/* what a request is known by */
uint64_t memory_key(const struct memory *m, const struct addr *from,
		    const uint8_t *p, size_t len);
bool memory_find(const struct memory *m, struct remembered *r, uint64_t key,
		 const struct addr *from, int64_t now);
/* also for one that is known: its answer is this now */
void memory_put(struct memory *m, uint64_t key, const struct addr *from,
		const struct addr *to, const uint8_t *p, size_t len,
		int64_t now);

#endif
