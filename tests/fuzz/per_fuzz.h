/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/per: what the fuzz targets of the top-level types share. What decodes
 * must encode, and be the same when it is decoded and encoded again.
 */
#ifndef TESTS_FUZZ_PER_FUZZ_H
#define TESTS_FUZZ_PER_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "h323gw/per/per.h"

enum { PER_FUZZ_ROOM = PER_LENGTH_MAX };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void demand(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "per: %s\n", what);
		abort();
	}
}


/* The codec lives as long as the program. */
static const struct per *fuzz_per(void)
{
	static struct per *per;

	if (!per)
		demand(!per_alloc(&per, NULL), "no codec");
	return per;
}


static inline int fuzz_look(const struct per_field *f, bool leave, void *arg)
{
	size_t *sum = arg;

	(void)leave;
	for (size_t i = 0; i < f->len; i++)
		*sum += f->data[i];
	if (f->label)
		*sum += strlen(f->label);
	return 0;
}


static inline void fuzz_type(const char *name, const uint8_t *data,
			     size_t size)
{
	static uint8_t one[PER_FUZZ_ROOM], two[PER_FUZZ_ROOM];
	const struct per *per = fuzz_per();
	const struct per_type *type = per_type_find(per, name);
	size_t n1, n2, sum = 0;
	struct per_msg *m;

	if (per_decode(&m, per, type, data, size, NULL))
		return;
	demand(per_msg_memory(m) <= PER_BYTES_MAX, "too much memory");
	demand(!per_msg_walk(m, fuzz_look, &sum), "walk");
	demand(!per_msg_encode(m, one, sizeof(one), &n1, NULL),
	       "what was decoded does not encode");
	per_msg_free(m);

	demand(!per_decode(&m, per, type, one, n1, NULL),
	       "what was encoded does not decode");
	demand(per_msg_len(m) == n1, "octets are left over");
	demand(!per_msg_encode(m, two, sizeof(two), &n2, NULL),
	       "it does not encode again");
	demand(n1 == n2 && !memcmp(one, two, n1), "not the same");
	per_msg_free(m);
}

#endif
