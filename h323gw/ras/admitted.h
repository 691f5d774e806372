/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file admitted.h  The calls that were admitted, and their bandwidth
 *
 * A call is known from the caller's ARQ, or from its Setup if there was none,
 * until it ends. Owns the calls.
 */
#ifndef H323GW_RAS_ADMITTED_H
#define H323GW_RAS_ADMITTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "h323gw/zone/index.h"
#include "h323gw/zone/route.h"

/** A side of it */
struct admitted_side {
	char endpoint[REACH_ENDPOINT_LEN]; /**< "": not one of ours */
	uint32_t bandwidth; /**< granted, 100 bit/s; 0: never asked */
	bool counted;	    /**< among the endpoint's calls */
};

struct admitted {
	struct index_node node;
	struct admitted *next, *prev; /**< those without Setup, oldest first */
	uint8_t call_id[GUID_LEN];
	uint8_t conference_id[GUID_LEN];
	struct admitted_side side[2]; /**< caller, called */
	uint32_t bandwidth; /**< as the zone counts it */
	bool started;	    /**< there was a Setup */
	int64_t since;
};

struct admitted_table;

int admitted_alloc(struct admitted_table **tp, const uint64_t seed[2],
		   size_t max);
void admitted_free(struct admitted_table *t);
size_t admitted_count(const struct admitted_table *t);
/* 100 bit/s of all */
uint64_t admitted_bandwidth(const struct admitted_table *t);

struct admitted *admitted_find(const struct admitted_table *t,
			       const uint8_t call_id[GUID_LEN]);
/* ENFILE, ENOMEM, EEXIST */
int admitted_add(struct admitted **ap, struct admitted_table *t,
		 const uint8_t call_id[GUID_LEN],
		 const uint8_t conference_id[GUID_LEN], int64_t now);
void admitted_remove(struct admitted_table *t, struct admitted *a);
void admitted_start(struct admitted_table *t, struct admitted *a);
/* a side's new bandwidth; the call counts as its bigger side */
void admitted_bandwidth_set(struct admitted_table *t, struct admitted *a,
			    unsigned side, uint32_t bandwidth);
/* the oldest that has no Setup; NULL: none */
struct admitted *admitted_oldest(const struct admitted_table *t);

#endif
