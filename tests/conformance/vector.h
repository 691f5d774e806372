/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vector is a line "TYPE OCTETS VALUE": a type's name, an encoding in
 * hexadecimal digits, and the value as text (text.h). Both ways are tried: the
 * octets decode to the value, and the value encodes to the octets.
 */
#ifndef TESTS_CONFORMANCE_VECTOR_H
#define TESTS_CONFORMANCE_VECTOR_H

#include <stdio.h>
#include "h323gw/per/per.h"

/* A codec whose limits on lists and memory suit the largest vectors. */
int vector_codec(struct per **perp);

struct vector_result {
	const char *what;	/* what is wrong, a sentence; NULL: nothing */
	char *seen;		/* our text of the value; the caller frees it */
	size_t nested;		/* messages within it, encoded anew too */
};

/* line is changed: its words are cut off */
void vector_check(struct vector_result *r, const struct per *per, char *line);

/* Write a message that was made here as a vector of type name; 0, or why not */
int vector_write(FILE *f, const struct per *per, const char *name,
		 const struct per_msg *msg);

#endif
