/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random values made with our codec's own tables, for another to read.
 */
#ifndef TESTS_CONFORMANCE_MAKE_H
#define TESTS_CONFORMANCE_MAKE_H

#include "h323gw/per/per.h"

struct maker;

int maker_alloc(struct maker **mkp, const struct per *per, uint64_t seed,
		unsigned budget);
void maker_free(struct maker *mk);

/*
 * Faults of the reader which values are to keep away from: strings without
 * characters where the size has both bounds, and strings without an alphabet
 * that are fragmented. How often one would have been one of those.
 */
enum maker_fault {
	MAKER_EMPTY_STRING,
	MAKER_LONG_TEXT,
	MAKER_FAULTS,
};
void maker_avoid(struct maker *mk, enum maker_fault fault);
size_t maker_turned_away(const struct maker *mk, enum maker_fault fault);

/* The index-th value of a type: the same one each time. */
int maker_make(struct per_msg **msgp, struct maker *mk,
	       const struct per_type *type, uint64_t index);

/* All named types, for each a call. */
typedef void (type_name_h)(const char *name, void *arg);
void maker_types(const struct per *per, type_name_h *nameh, void *arg);

#endif
