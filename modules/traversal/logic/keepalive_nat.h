/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file keepalive_nat.h  How long a NAT remembers, learnt from those behind it
 */
#ifndef TRAVERSAL_LOGIC_KEEPALIVE_NAT_H
#define TRAVERSAL_LOGIC_KEEPALIVE_NAT_H

#include <stdbool.h>
#include <stdint.h>

enum {
	KEEPALIVE_INTERVAL_MAX_MS = 3600 * 1000,
};

struct nat_table;
struct nat;

int nat_table_alloc(struct nat_table **tp, unsigned min_ms, unsigned max_ms);
void nat_table_free(struct nat_table *t);

int nat_join(struct nat_table *t, struct nat **np, const char *source,
		unsigned interval_ms);
void nat_leave(struct nat_table *t, struct nat *n, uint32_t id);
bool nat_is(const struct nat *n, const char *source);

unsigned nat_interval(const struct nat *n);
unsigned nat_interval_for(struct nat *n, uint32_t id, unsigned good);
void nat_proven(struct nat *n, unsigned interval_ms);
void nat_lost(struct nat *n, uint32_t id, unsigned interval_ms);

#endif
