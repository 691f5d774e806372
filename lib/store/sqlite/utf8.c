/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file utf8.c  What comes off the wire may not be UTF-8; what is stored is
 *
 * So that every reader of the database can print it, and put it into JSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include "store/sqlite/utf8.h"


/*
 * Octets of the character at p, by RFC 3629 section 4; 0 when it is none. It
 * does not read beyond a NUL, since that is nowhere a second octet.
 */
static size_t character(const uint8_t *p)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;

	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	/* longer than need be, surrogates, beyond U+10FFFF */
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;

	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++) {
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	}

	return n;
}


/** Whether a text is UTF-8; gives its length in octets, too */
bool utf8_is_valid(const char *text, size_t *len)
{
	const uint8_t *p = (const uint8_t *)text;
	bool valid	 = true;

	while (*p) {
		size_t n = character(p);

		valid = valid && n;
		p += n ? n : 1;
	}

	*len = (size_t)((const char *)p - text);
	return valid;
}


/** A copy with '?' for each octet that belongs to no character; NULL: no
 * memory */
char *utf8_clean(const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;
	char *copy	 = malloc(len + 1);
	char *to	 = copy;

	if (!copy)
		return NULL;

	while (*p) {
		size_t n = character(p);

		if (!n) {
			*to++ = '?';
			p++;
		}
		for (; n; n--)
			*to++ = (char)*p++;
	}

	*to = '\0';
	return copy;
}
