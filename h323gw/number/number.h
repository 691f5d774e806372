/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file number.h  Number rewriting: a prefix in, a prefix out
 *
 * Of the rules whose prefix a number has, the longest applies, once.
 */
#ifndef H323GW_NUMBER_NUMBER_H
#define H323GW_NUMBER_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include "h323gw/h225/alias.h"

enum {
	NUMBER_PREFIX_MAX = 32, /* digits */
	NUMBER_RULES_MAX  = 64,
};

struct number_rule {
	char in[NUMBER_PREFIX_MAX + 1]; /**< "": every number */
	char out[NUMBER_PREFIX_MAX + 1];
};

struct number_table {
	struct number_rule v[NUMBER_RULES_MAX];
	size_t n;
};

/* a rule as one writes it, "0049/49": EINVAL: it is none; EEXIST: there is one
 * for that prefix; ENOBUFS */
int number_rule_add(struct number_table *t, const char *text);
/* true: a was a number and is another now */
bool number_rewrite(const struct number_table *t, struct alias *a);

#endif
