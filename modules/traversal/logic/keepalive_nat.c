/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file keepalive_nat.c  How long a NAT remembers, learnt from those behind it
 *
 * proven is what all contacts behind it are pinged at. One of them, the scout,
 * tries a longer interval (trial); when it is lost there, that is the ceiling.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "logic/keepalive.h"
#include "logic/keepalive_nat.h"

enum {
	BUCKETS = 1 << 12,
	NO_SCOUT = UINT32_MAX,
};

struct nat
{
	struct nat *chain;
	unsigned refs;
	unsigned min_ms, max_ms;
	unsigned proven_ms;
	unsigned trial_ms;	 /**< the scout's; 0: none */
	unsigned ceiling_ms; /**< a contact was lost there; 0: none yet */
	uint32_t scout;
	char source[];
};

struct nat_table
{
	unsigned min_ms, max_ms;
	struct nat *buckets[BUCKETS];
};

int nat_table_alloc(struct nat_table **tp, unsigned min_ms, unsigned max_ms)
{
	struct nat_table *t = calloc(1, sizeof(*t));

	if(!t)
		return ENOMEM;
	t->min_ms = min_ms;
	t->max_ms = max_ms;

	*tp = t;
	return 0;
}

void nat_table_free(struct nat_table *t)
{
	if(!t)
		return;
	for(uint32_t i = 0; i < BUCKETS; i++) {
		while(t->buckets[i]) {
			struct nat *n = t->buckets[i];

			t->buckets[i] = n->chain;
			free(n);
		}
	}
	free(t);
}

static struct nat **bucket(struct nat_table *t, const char *source)
{
	uint32_t h = 2166136261u;

	while(*source)
		h = (h ^ (uint8_t)*source++) * 16777619u;

	return &t->buckets[(h ^ h >> 16) & (BUCKETS - 1)];
}

/**
 * A contact is behind this NAT
 *
 * @param t           Table
 * @param np          Receives the NAT; nat_leave() it
 * @param source      Its address
 * @param interval_ms To start with, when nothing is known of it
 *
 * @return 0, ENOMEM
 */
int nat_join(struct nat_table *t, struct nat **np, const char *source,
		unsigned interval_ms)
{
	struct nat **head = bucket(t, source);
	size_t len = strlen(source);
	struct nat *n = *head;

	while(n && strcmp(n->source, source))
		n = n->chain;
	if(!n) {
		n = calloc(1, sizeof(*n) + len + 1);
		if(!n)
			return ENOMEM;
		memcpy(n->source, source, len + 1);
		n->min_ms = t->min_ms;
		n->max_ms = t->max_ms;
		n->proven_ms = interval_ms;
		n->scout = NO_SCOUT;
		n->chain = *head;
		*head = n;
	}
	n->refs++;

	*np = n;
	return 0;
}

/** The contact of this number is no more, or elsewhere */
void nat_leave(struct nat_table *t, struct nat *n, uint32_t id)
{
	struct nat **p = bucket(t, n->source);

	if(n->scout == id) {
		n->scout = NO_SCOUT;
		n->trial_ms = 0;
	}
	if(--n->refs)
		return;

	while(*p != n)
		p = &(*p)->chain;
	*p = n->chain;
	free(n);
}

bool nat_is(const struct nat *n, const char *source)
{
	return !strcmp(n->source, source);
}

/** What contacts behind it are pinged at */
unsigned nat_interval(const struct nat *n)
{
	return n->proven_ms;
}

/* A quarter more than is proven, below what is too much */
static unsigned step(const struct nat *n)
{
	unsigned next = n->proven_ms + n->proven_ms / 4;

	if(next > n->max_ms)
		next = n->max_ms;
	if(n->ceiling_ms && next >= n->ceiling_ms)
		next = n->proven_ms;

	return next;
}

/** What this contact is pinged at, after so many good answers in a row: the
 * first that has enough of them becomes the scout */
unsigned nat_interval_for(struct nat *n, uint32_t id, unsigned good)
{
	if(good >= KEEPALIVE_GOOD_ANSWERS
			&& (n->scout == NO_SCOUT || n->scout == id)) {
		unsigned next = step(n);

		n->scout = next > n->proven_ms ? id : NO_SCOUT;
		n->trial_ms = next > n->proven_ms ? next : 0;
	}

	return n->scout == id ? n->trial_ms : n->proven_ms;
}

/** Enough answers came at this interval */
void nat_proven(struct nat *n, unsigned interval_ms)
{
	if(interval_ms > n->proven_ms && interval_ms == n->trial_ms)
		n->proven_ms = interval_ms;
}

/** A contact was lost at this interval */
void nat_lost(struct nat *n, uint32_t id, unsigned interval_ms)
{
	if(n->scout == id) {
		n->scout = NO_SCOUT;
		n->trial_ms = 0;
	}
	if(interval_ms > n->proven_ms) {
		n->ceiling_ms = interval_ms;
		return;
	}
	if(interval_ms < n->proven_ms)
		return;

	n->ceiling_ms = n->proven_ms;
	n->proven_ms -= n->proven_ms / 4;
	if(n->proven_ms < n->min_ms)
		n->proven_ms = n->min_ms;
}
