/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file element.h  What stands in an information element, as named values
 */
#ifndef H323GW_DUMP_ELEMENT_H
#define H323GW_DUMP_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "h323gw/q931/q931.h"

enum {
	ELEMENT_VALUES_MAX = 6,
};

/** A number with its meaning, or text, or octets */
struct element_value {
	const char *key;
	enum {
		ELEMENT_NUMBER,
		ELEMENT_TEXT,
		ELEMENT_OCTETS,
	} kind;
	uint8_t number;
	const char *meaning; /**< "": it has no name */
	const uint8_t *p;    /**< of text, octets */
	size_t len;
};

struct element {
	struct element_value values[ELEMENT_VALUES_MAX];
	size_t n;
	struct q931_number number; /**< a value may point into it */
};

bool element_read(struct element *e, const struct q931_ie *ie);

#endif
