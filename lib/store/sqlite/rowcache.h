/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rowcache.h  Remembers in which row a contact stands; a hint, no truth
 */
#ifndef POSTERN_STORE_SQLITE_ROWCACHE_H
#define POSTERN_STORE_SQLITE_ROWCACHE_H

#include <stdint.h>

/** Contacts remembered at most (16 octets each); then it starts afresh */
#define ROWCACHE_MAX (1u << 20)

struct rowcache;

int rowcache_alloc(struct rowcache **rcp);
void rowcache_free(struct rowcache *rc);
void rowcache_clear(struct rowcache *rc);
void rowcache_put(struct rowcache *rc, uint64_t key, int64_t row);
int64_t rowcache_get(const struct rowcache *rc, uint64_t key);

#endif
