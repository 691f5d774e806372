/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A value as one line of text, the same that erl/text.erl makes of it. It says
 * all there is in a value, and nothing about how it is encoded.
 */
#ifndef TESTS_CONFORMANCE_TEXT_H
#define TESTS_CONFORMANCE_TEXT_H

#include "h323gw/per/per.h"

/* The caller frees *textp. 0, ENOMEM, or what per_value_walk() says */
int text_of(char **textp, const struct per *per, const struct per_type *type,
	    const void *value);

#endif
