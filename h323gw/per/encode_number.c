/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole numbers, lengths, INTEGER and ENUMERATED: X.691 11.3 to 11.9, 13, 14.
 */
#include "h323gw/per/priv.h"


/* Octets that a number takes at least, 1 to 8. */
static unsigned octets_for(uint64_t v)
{
	return v ? (64 - (unsigned)__builtin_clzll(v) + 7) / 8 : 1;
}


/* X.691 11.5; range as for decode_whole() */
void encode_whole(struct encoder *e, uint64_t v, uint64_t range)
{
	if (range && v >= range) {
		encode_fail(e, EINVAL, "a number is out of its range");
		return;
	}
	if (range == 1)
		return;
	if (range && range <= 255) {
		bitw_put(&e->w, v, bits_for(range));
	}
	else if (range && range <= 65536) {
		bitw_align(&e->w);
		bitw_put(&e->w, v, range == 256 ? 8 : 16);
	}
	else {
		unsigned most = range ? (bits_for(range) + 7) / 8 : 8;
		unsigned n = octets_for(v);

		encode_whole(e, n - 1, most);
		bitw_align(&e->w);
		bitw_put(&e->w, v, n * 8);
	}
}


/*
 * A length without an upper bound, for n or the first fragment of it: returns
 * how many of the n it announces. When that is a whole number of fragments,
 * another length must follow, be it 0. X.691 11.9.3
 */
size_t encode_length(struct encoder *e, size_t n)
{
	bitw_align(&e->w);
	if (n < 0x80) {
		bitw_put(&e->w, n, 8);
		return n;
	}
	if (n < FRAGMENT) {
		bitw_put(&e->w, 0x8000 | n, 16);
		return n;
	}
	n = n / FRAGMENT < 4 ? n / FRAGMENT : 4;
	bitw_put(&e->w, 0xc0 | n, 8);
	return n * FRAGMENT;
}


/*
 * A count of n under a size constraint; *general: encode_length() is to
 * follow. False if the type can't have that many.
 */
bool encode_count(struct encoder *e, const struct range *c, size_t n,
		  bool *general)
{
	const bool inside = n >= (uint64_t)c->lb &&
			    (!c->has_ub || n <= (uint64_t)c->ub);

	*general = false;
	if (c->extensible)
		bitw_put(&e->w, !inside, 1);
	else if (!inside) {
		encode_fail(e, EINVAL, "too many or too few for its size");
		return false;
	}
	if (!inside || !c->has_ub || c->ub > 65535)
		*general = true;
	else
		encode_whole(e, n - (uint64_t)c->lb,
			     (uint64_t)(c->ub - c->lb) + 1);
	return true;
}


void encode_small(struct encoder *e, unsigned v)
{
	if (v < 64) {
		bitw_put(&e->w, v, 7);
		return;
	}
	bitw_put(&e->w, 1, 1);
	(void)encode_length(e, octets_for(v));
	bitw_put(&e->w, v, octets_for(v) * 8);
}


void encode_small_length(struct encoder *e, size_t n)
{
	if (n <= 64) {
		bitw_put(&e->w, n - 1, 7);
		return;
	}
	bitw_put(&e->w, 1, 1);
	if (encode_length(e, n) != n)
		encode_fail(e, EOVERFLOW, "too many extension additions");
}


/* Octets with a general length, in fragments where they are many. */
void encode_blob(struct encoder *e, const uint8_t *p, size_t n)
{
	size_t did;

	do {
		did = encode_length(e, n);
		bitw_octets(&e->w, p, did);
		if (did)
			p += did;
		n -= did;
	} while (did >= FRAGMENT && !e->w.err);
}


static void encode_free_integer(struct encoder *e, int64_t v, bool has_lb,
				int64_t lb)
{
	uint64_t u = (uint64_t)v;
	unsigned n = 1;

	if (has_lb) {
		if (v < lb) {
			encode_fail(e, EINVAL, "a number is out of its range");
			return;
		}
		u -= (uint64_t)lb;
		n = octets_for(u);
	}
	else {
		while (n < 8 && (v < -((int64_t)1 << (n * 8 - 1)) ||
				 v >= (int64_t)1 << (n * 8 - 1)))
			++n;
	}
	(void)encode_length(e, n);
	bitw_put(&e->w, n < 8 ? u & (((uint64_t)1 << n * 8) - 1) : u, n * 8);
}


void encode_integer(struct encoder *e, const struct per_type *t, const long *v)
{
	const struct range *c = &t->value;
	const bool inside = (!c->has_lb || *v >= c->lb) &&
			    (!c->has_ub || *v <= c->ub);

	if (c->extensible)
		bitw_put(&e->w, !inside, 1);
	if (!inside && c->extensible)
		encode_free_integer(e, *v, false, 0);
	else if (!inside)
		encode_fail(e, EINVAL, "a number is out of its range");
	else if (c->has_ub)
		encode_whole(e, (uint64_t)*v - (uint64_t)c->lb,
			     (uint64_t)c->ub - (uint64_t)c->lb + 1);
	else
		encode_free_integer(e, *v, c->has_lb, c->lb);
}


void encode_enumerated(struct encoder *e, const struct per_type *t,
		       const long *v)
{
	unsigned i = 0;

	if (*v < 0 && t->extensible && *v >= -1 - (long)SMALL_MAX) {
		bitw_put(&e->w, 1, 1);
		encode_small(e, (unsigned)(-1 - *v));
		return;
	}
	while (i < t->total && t->enums[i].value != *v)
		++i;
	if (i == t->total) {
		encode_fail(e, EINVAL, "an enumeration without this value");
		return;
	}
	if (t->extensible)
		bitw_put(&e->w, i >= t->root, 1);
	if (i < t->root)
		encode_whole(e, i, t->root);
	else
		encode_small(e, i - t->root);
}
