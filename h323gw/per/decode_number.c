/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole numbers, lengths, INTEGER and ENUMERATED: X.691 11.3 to 11.9, 13, 14.
 */
#include <string.h>
#include "h323gw/per/priv.h"


/* A number of n octets, big-endian, n from 1 to 8. */
static uint64_t octets_number(struct decoder *d, size_t n)
{
	const uint8_t *p;
	uint64_t v = 0;

	if (n > 8) {
		decode_fail(d, EOVERFLOW, "an integer of more than 64 bits");
		return 0;
	}
	bitr_align(&d->r);
	p = bitr_octets(&d->r, n);
	for (size_t i = 0; p && i < n; i++)
		v = v << 8 | p[i];
	return v;
}


/*
 * A constrained whole number less its lower bound; range is how many values
 * there are, 0 standing for 2^64. X.691 11.5
 */
uint64_t decode_whole(struct decoder *d, uint64_t range)
{
	uint64_t v;

	if (range == 1)
		return 0;
	if (range && range <= 255) {
		v = bitr_get(&d->r, bits_for(range));
	}
	else if (range && range <= 65536) {
		bitr_align(&d->r);
		v = bitr_get(&d->r, range == 256 ? 8 : 16);
	}
	else {
		unsigned most = range ? (bits_for(range) + 7) / 8 : 8;

		v = octets_number(d, 1 + (size_t)decode_whole(d, most));
	}
	if (range && v >= range) {
		decode_fail(d, EBADMSG, "a number is out of its range");
		return 0;
	}
	return v;
}


/* A length without an upper bound; *more: a fragment, others follow. 11.9.3 */
size_t decode_length(struct decoder *d, bool *more)
{
	uint64_t n;

	*more = false;
	bitr_align(&d->r);
	n = bitr_get(&d->r, 8);
	if (n < 0x80)
		return (size_t)n;
	if (n < 0xc0)
		return (size_t)((n & 0x3f) << 8 | bitr_get(&d->r, 8));
	n &= 0x3f;
	if (n < 1 || n > 4) {
		decode_fail(d, EBADMSG, "a fragment's length is impossible");
		return 0;
	}
	*more = true;
	return (size_t)n * FRAGMENT;
}


/*
 * How many characters, octets, bits or elements there are, as the size
 * constraint says it. *general: not known yet, decode_length() follows.
 */
size_t decode_count(struct decoder *d, const struct range *c, bool *general)
{
	*general = false;
	if (c->extensible && bitr_bit(&d->r)) {
		*general = true;
		return 0;
	}
	if (!c->has_ub || c->ub > 65535) {
		*general = true;
		return 0;
	}
	return (size_t)c->lb +
	       (size_t)decode_whole(d, (uint64_t)(c->ub - c->lb) + 1);
}


/* A normally small non-negative number. X.691 11.6 */
unsigned decode_small(struct decoder *d)
{
	uint64_t v;
	bool more;
	size_t n;

	if (!bitr_bit(&d->r))
		return (unsigned)bitr_get(&d->r, 6);
	n = decode_length(d, &more);
	if (more || n > 8 || !n) {
		decode_fail(d, EBADMSG, "a small number's length");
		return 0;
	}
	v = octets_number(d, n);
	if (v > SMALL_MAX) {
		decode_fail(d, EOVERFLOW, "an index is beyond all reason");
		return 0;
	}
	return (unsigned)v;
}


/* A normally small length, never 0. X.691 11.9.3.4 */
size_t decode_small_length(struct decoder *d)
{
	size_t n;
	bool more;

	if (!bitr_bit(&d->r))
		return (size_t)bitr_get(&d->r, 6) + 1;
	n = decode_length(d, &more);
	if (more)
		decode_fail(d, EOVERFLOW, "too many extension additions");
	else if (!n)
		decode_fail(d, EBADMSG, "no extension additions at all");
	return n;
}


/* Semi-constrained and unconstrained: X.691 13.2.5, 13.2.6 */
static int64_t decode_free_integer(struct decoder *d, bool has_lb, int64_t lb)
{
	bool more;
	size_t n = decode_length(d, &more);
	uint64_t v;

	if (more || n > 8) {
		decode_fail(d, EOVERFLOW, "an integer of more than 64 bits");
		return 0;
	}
	if (!n) {
		decode_fail(d, EBADMSG, "an integer without octets");
		return 0;
	}
	v = octets_number(d, n);
	if (has_lb && v > (uint64_t)INT64_MAX - (uint64_t)lb) {
		decode_fail(d, EOVERFLOW, "an integer of more than 64 bits");
		return 0;
	}
	if (has_lb)
		return (int64_t)((uint64_t)lb + v);
	if (n < 8 && v >> (n * 8 - 1))
		v |= ~(uint64_t)0 << (n * 8);
	return (int64_t)v;
}


void decode_integer(struct decoder *d, const struct per_type *t, long *v)
{
	const struct range *c = &t->value;
	int64_t i;

	if (c->extensible && bitr_bit(&d->r))
		i = decode_free_integer(d, false, 0);
	else if (c->has_ub)
		i = (int64_t)((uint64_t)c->lb +
			      decode_whole(d, (uint64_t)c->ub -
						      (uint64_t)c->lb + 1));
	else
		i = decode_free_integer(d, c->has_lb, c->lb);
	if (v)
		*v = (long)i;
}


/*
 * One that the table does not know gets the value -1 - its index among the
 * additions, which no definition here uses.
 */
void decode_enumerated(struct decoder *d, const struct per_type *t, long *v)
{
	unsigned i;

	if (t->extensible && bitr_bit(&d->r)) {
		unsigned n = decode_small(d);

		if (v)
			*v = n < t->total - t->root ?
				     t->enums[t->root + n].value :
				     -1 - (long)n;
		return;
	}
	i = (unsigned)decode_whole(d, t->root);
	if (v && !d->r.err)
		*v = t->enums[i].value;
}
