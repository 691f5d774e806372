/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of h323gw/per share: messages to try, and an allocator that
 * fails when told to.
 */
#ifndef TESTS_UNIT_PER_UTIL_H
#define TESTS_UNIT_PER_UTIL_H

#include "h323gw/per/per.h"

enum { PER_UTIL_LEN = 200000 };

/* The messages of tests/vectors/FILE, one call each; returns how many. */
typedef void (per_util_h)(const struct per_type *type, const uint8_t *buf,
			  size_t len, void *arg);
size_t per_util_each(const struct per *per, const char *file, per_util_h *h,
		     void *arg);

/* Hexadecimal digits, blanks between them allowed, to octets. */
size_t per_util_hex(uint8_t *buf, size_t size, const char *hex);

/* Give a struct per_conf this allocator: the n-th call from now on fails. */
struct per_util_mem {
	size_t calls;
	size_t fail_at;		/* 0: never */
	size_t live;		/* pieces not released */
};
void per_util_mem(struct per_conf *conf, struct per_util_mem *mem);

#endif
