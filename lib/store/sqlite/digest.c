/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file digest.c  A 64-bit digest over fields, to see that nothing changed
 *
 * Eight octets at a time: multiply and fold. It guards against accidents, not
 * against somebody who looks for two texts with one digest: all he would gain
 * is that a change of his own contact is not noticed. Kept in the database,
 * so it must not change from one version to the next; it is the same on
 * machines of either byte order. Knows nobody.
 */
#include <string.h>
#include "store/sqlite/digest.h"

#define SEED 0x9e3779b97f4a7c15ULL
#define MULT 0xd6e8feb86659fd93ULL


static inline uint64_t mix(uint64_t d, uint64_t word)
{
	d = (d ^ word) * MULT;
	return d ^ (d >> 32);
}


static inline uint64_t word_le(const unsigned char *p, size_t len)
{
	uint64_t w = 0;

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	memcpy(&w, p, len);
#else
	for (size_t i = 0; i < len; i++)
		w |= (uint64_t)p[i] << (8 * i);
#endif
	return w;
}


uint64_t digest_start(void)
{
	return SEED;
}


/** Adds a string with its length; NULL differs from "" */
uint64_t digest_text(uint64_t d, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t len;

	if (!text)
		return mix(d, UINT64_MAX);

	len = strlen(text);
	d = mix(d, len);
	for (; len >= 8; len -= 8, p += 8)
		d = mix(d, word_le(p, 8));
	if (len)
		d = mix(d, word_le(p, len));

	return d;
}


uint64_t digest_int(uint64_t d, uint64_t n)
{
	return mix(d, n);
}
