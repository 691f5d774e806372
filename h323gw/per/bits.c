/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and writing bits, most significant first (X.691 11). No state.
 */
#include <string.h>
#include "h323gw/per/bits.h"


uint64_t bitr_get_many(struct bitr *r, unsigned n)
{
	const uint8_t *p = r->buf + (r->bit >> 3);
	const unsigned skip = r->bit & 7;
	uint64_t v = 0;

	if (!n || n > 64 || !bitr_has(r, n))
		return 0;
	if (skip + n > 8 && skip + n <= 16) {
		r->bit += n;
		return (unsigned)(p[0] << 8 | p[1]) >> (16 - skip - n) &
		       ((1u << n) - 1);
	}
	while (n) {
		unsigned at = r->bit & 7;
		unsigned take = n < 8 - at ? n : 8 - at;
		unsigned octet = r->buf[r->bit >> 3];

		v = v << take | ((octet >> (8 - at - take)) &
				 ((1u << take) - 1));
		r->bit += take;
		n -= take;
	}
	return v;
}


const uint8_t *bitr_octets(struct bitr *r, size_t n)
{
	const uint8_t *p;

	if (n > SIZE_MAX / 8 || !bitr_has(r, n * 8)) {
		bitr_fail(r, EBADMSG, "it ends too early");
		return NULL;
	}
	p = r->buf + (r->bit >> 3);
	r->bit += n * 8;
	return p;
}


void bitr_copy(struct bitr *r, uint8_t *dst, size_t n)
{
	if (!bitr_has(r, n))
		return;
	if (!(r->bit & 7)) {
		memcpy(dst, r->buf + (r->bit >> 3), n >> 3);
		dst += n >> 3;
		r->bit += n & ~(size_t)7;
		n &= 7;
	}
	for (; n >= 8; n -= 8)
		*dst++ = (uint8_t)bitr_get(r, 8);
	if (n)
		*dst = (uint8_t)(bitr_get(r, (unsigned)n) << (8 - n));
}


static bool bitw_has(struct bitw *w, size_t bits)
{
	if (w->err)
		return false;
	if (bits > w->end - w->bit) {
		bitw_fail(w, ENOSPC, "the buffer is too small");
		return false;
	}
	return true;
}


void bitw_put(struct bitw *w, uint64_t v, unsigned n)
{
	if (n > 64 || !bitw_has(w, n))
		return;
	while (n) {
		unsigned at = w->bit & 7;
		unsigned take = n < 8 - at ? n : 8 - at;
		unsigned part = (unsigned)(v >> (n - take)) &
				((1u << take) - 1);
		uint8_t *p = w->buf + (w->bit >> 3);

		/* a fresh octet may hold anything */
		if (!at)
			*p = 0;
		*p |= (uint8_t)(part << (8 - at - take));
		w->bit += take;
		n -= take;
	}
}


void bitw_align(struct bitw *w)
{
	w->bit = (w->bit + 7) & ~(size_t)7;
}


void bitw_octets(struct bitw *w, const uint8_t *p, size_t n)
{
	if (n > SIZE_MAX / 8 || !bitw_has(w, n * 8)) {
		bitw_fail(w, ENOSPC, "the buffer is too small");
		return;
	}
	if (n)
		memcpy(w->buf + (w->bit >> 3), p, n);
	w->bit += n * 8;
}


void bitw_copy(struct bitw *w, const uint8_t *src, size_t n)
{
	if (!bitw_has(w, n))
		return;
	if (!(w->bit & 7)) {
		bitw_octets(w, src, n >> 3);
		src += n >> 3;
		n &= 7;
	}
	for (; n >= 8; n -= 8)
		bitw_put(w, *src++, 8);
	if (n)
		bitw_put(w, (uint64_t)*src >> (8 - n), (unsigned)n);
}
