/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file words.h  Addresses in what is text, and in what nobody here decodes
 */
#ifndef H323GW_CALL_WORDS_H
#define H323GW_CALL_WORDS_H

#include "h323gw/call/hide.h"

enum {
	WORDS_DISPLAY_MAX = 255, /**< octets an element may have */
};

/** Room for a Display of ours */
struct words_display {
	char p[WORDS_DISPLAY_MAX];
};

/* Text with the sender's addresses, and private ones, written over by ours.
 * ENOENT: there are none; ENOSPC: it does not fit in size octets */
int words_write(char *out, size_t size, size_t *outlen, const char *text,
		size_t len, const struct hiding *h);
/* those in displayName and h4501SupplementaryService */
int words_edit(struct uuie *u, const struct hiding *h, bool *changed);
/* and in the Display element; what does not fit is taken out */
void words_display(struct q931 *q, const struct hiding *h,
		   struct words_display *room);

#endif
