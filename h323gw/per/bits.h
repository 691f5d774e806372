/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bit cursors with a sticky error: after the first failure nothing is read or
 * written and every result is 0, so that callers read straight on and look at
 * `err` where it matters. They own no memory.
 */
#ifndef H323GW_PER_BITS_H
#define H323GW_PER_BITS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bitr {
	const uint8_t *buf;
	size_t bit;		/* position */
	size_t end;		/* bits in buf that may be read */
	int err;
	const char *what;	/* reason of err, a constant */
};

struct bitw {
	uint8_t *buf;
	size_t bit;
	size_t end;
	int err;
	const char *what;
};


static inline void bitr_fail(struct bitr *r, int err, const char *what)
{
	if (!r->err) {
		r->err = err;
		r->what = what;
	}
}


static inline void bitw_fail(struct bitw *w, int err, const char *what)
{
	if (!w->err) {
		w->err = err;
		w->what = what;
	}
}


static inline size_t bitr_left(const struct bitr *r)
{
	return r->err ? 0 : r->end - r->bit;
}


/* To the next octet; the padding's value does not matter. X.691 11.2.8 */
static inline void bitr_align(struct bitr *r)
{
	r->bit = (r->bit + 7) & ~(size_t)7;
}


static inline bool bitr_has(struct bitr *r, size_t bits)
{
	if (r->err)
		return false;
	if (r->bit > r->end || bits > r->end - r->bit) {
		bitr_fail(r, EBADMSG, "it ends too early");
		return false;
	}
	return true;
}


static inline unsigned bitr_bit(struct bitr *r)
{
	unsigned b;

	if (!bitr_has(r, 1))
		return 0;
	b = r->buf[r->bit >> 3] >> (7 - (r->bit & 7)) & 1;
	++r->bit;
	return b;
}


/* n bits, at most 64; bitr_get() for few is the short way to it */
uint64_t bitr_get_many(struct bitr *r, unsigned n);

static inline uint64_t bitr_get(struct bitr *r, unsigned n)
{
	const unsigned skip = r->bit & 7;
	unsigned v;

	/* nothing is looked at for nothing: it may be the end */
	if (!n)
		return 0;
	if (skip + n > 8)
		return bitr_get_many(r, n);
	if (!bitr_has(r, n))
		return 0;
	v = r->buf[r->bit >> 3];
	r->bit += n;
	return v >> (8 - skip - n) & ((1u << n) - 1);
}

/* n whole octets from an octet boundary; NULL if there are less */
const uint8_t *bitr_octets(struct bitr *r, size_t n);

/* n bits from anywhere into dst, the last octet's rest zero */
void bitr_copy(struct bitr *r, uint8_t *dst, size_t n);

/* Pad with zero bits to the next octet. */
void bitw_align(struct bitw *w);
void bitw_put(struct bitw *w, uint64_t v, unsigned n);
void bitw_octets(struct bitw *w, const uint8_t *p, size_t n);

/* n bits of src, its first bit first */
void bitw_copy(struct bitw *w, const uint8_t *src, size_t n);

#endif
