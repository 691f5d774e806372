/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file index.h  A hash table of things that carry their own node
 *
 * What is looked up comes from the wire, so the hash has a seed that nobody
 * outside knows (SipHash-1-3). Doubles when as many are in it as it has
 * chains; a node is added and removed in O(1). Owns its chains alone.
 */
#ifndef H323GW_ZONE_INDEX_H
#define H323GW_ZONE_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct index_node {
	struct index_node *next;
	uint64_t hash;
};

struct index {
	struct index_node **chains;
	size_t size; /**< a power of two; 0: nothing allocated */
	size_t used;
};

/* is it the one that is looked for? */
typedef int(index_match_h)(const struct index_node *n, const void *key);

uint64_t index_hash(const uint64_t seed[2], const void *p, size_t len);
/* ENOMEM: nothing was added */
int index_add(struct index *ix, struct index_node *n, uint64_t hash);
void index_remove(struct index *ix, struct index_node *n);
struct index_node *index_find(const struct index *ix, uint64_t hash,
			      index_match_h *matchh, const void *key);
/* the next match behind n, in no order */
struct index_node *index_next(const struct index_node *n, uint64_t hash,
			      index_match_h *matchh, const void *key);
/* releases the chains, not the nodes */
void index_reset(struct index *ix);

#endif
