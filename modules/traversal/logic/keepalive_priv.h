/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file keepalive_priv.h  What the rooms of the schedule share
 *
 * keepalive.c has the contacts and the wheel they stand in, keepalive_ping.c
 * what happens when one's turn has come.
 */
#ifndef TRAVERSAL_LOGIC_KEEPALIVE_PRIV_H
#define TRAVERSAL_LOGIC_KEEPALIVE_PRIV_H

#include "logic/keepalive.h"
#include "logic/keepalive_nat.h"

enum {
	KEEPALIVE_BUCKETS = 1 << 14,
	KEEPALIVE_NO_SLOT = UINT32_MAX,
};

struct contact
{
	struct contact *chain;		  /**< in its bucket */
	struct contact *prev, *next; /**< in its tick */
	uint32_t slot;
	uint32_t id;
	uint64_t nonce; /**< of the ping that waits for its answer; 0: none */
	uint64_t due;	/**< ms, when it is next pinged */
	struct nat *nat;
	unsigned hash;
	unsigned port;
	unsigned scan; /**< it was last seen in */
	unsigned missed;
	unsigned failed; /**< to be sent, in a row */
	unsigned good; /**< answers in a row at this interval */
	unsigned interval_ms;
	bool answered; /**< ever */
	bool must_answer;
	char key[];
};

struct keepalive
{
	struct keepalive_conf conf;
	struct contact *buckets[KEEPALIVE_BUCKETS];
	struct contact **wheel;
	uint32_t slots;
	uint64_t tick; /**< next tick to run; 0: not started */
	struct contact **ids;
	uint32_t *free_ids;
	uint32_t nids, nfree;
	struct nat_table *nats;
	unsigned count;
	unsigned scan;
	uint32_t sequence; /**< of new contacts: spreads them */
};

/* keepalive.c */
void keepalive_unschedule(struct keepalive *k, struct contact *c);
void keepalive_schedule(struct keepalive *k, struct contact *c, uint64_t due);
void keepalive_forget(struct keepalive *k, struct contact *c);

#endif
