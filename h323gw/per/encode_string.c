/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BIT STRING, OCTET STRING and the character strings: X.691 16, 17, 30.
 */
#include "h323gw/per/priv.h"


static bool string_ok(struct encoder *e, const void *buf, int size)
{
	if (size >= 0 && (buf || !size))
		return true;
	encode_fail(e, EINVAL, "a string without its octets");
	return false;
}


void encode_octets(struct encoder *e, const struct per_type *t,
		   const OCTET_STRING_t *v)
{
	const struct range *c = &t->count;
	bool general;
	size_t n;

	if (!string_ok(e, v->buf, v->size))
		return;
	n = (size_t)v->size;
	if (!encode_count(e, c, n, &general))
		return;
	if (general) {
		encode_blob(e, v->buf, n);
		return;
	}
	if (!n)
		return;
	if (c->lb == c->ub && c->ub <= 2) {
		bitw_copy(&e->w, v->buf, n * 8);
		return;
	}
	bitw_align(&e->w);
	bitw_octets(&e->w, v->buf, n);
}


void encode_bits(struct encoder *e, const struct per_type *t,
		 const BIT_STRING_t *v)
{
	const struct range *c = &t->count;
	size_t n, did, at = 0;
	bool general;

	if (!string_ok(e, v->buf, v->size))
		return;
	if (v->bits_unused < 0 || v->bits_unused > 7 ||
	    (v->bits_unused && !v->size)) {
		encode_fail(e, EINVAL, "a bit string's unused bits");
		return;
	}
	n = (size_t)v->size * 8 - (size_t)v->bits_unused;
	if (!encode_count(e, c, n, &general))
		return;
	if (!general) {
		if (n && !(c->lb == c->ub && c->ub <= 16))
			bitw_align(&e->w);
		bitw_copy(&e->w, v->buf, n);
		return;
	}
	do {
		did = encode_length(e, n);
		bitw_copy(&e->w, v->buf + at, did);
		at += did / 8;
		n -= did;
	} while (did >= FRAGMENT && !e->w.err);
}


static void characters(struct encoder *e, const struct per_type *t,
		       const uint8_t *p, size_t n)
{
	const struct alphabet *a = t->alphabet;

	if (!a) {
		bitw_copy(&e->w, p,
			  n * (t->kind == PER_BMP_STRING ? 16 : 8));
		return;
	}
	for (size_t i = 0; i < n && !e->w.err; i++) {
		if (a->indexed ? !a->code[p[i]] : p[i] >= 1u << a->bits)
			encode_fail(e, EINVAL,
				    "a character is not of its alphabet");
		else
			bitw_put(&e->w, a->indexed ? a->code[p[i]] - 1u : p[i],
				 a->bits);
	}
}


void encode_string(struct encoder *e, const struct per_type *t,
		   const OCTET_STRING_t *v)
{
	const size_t wide = t->kind == PER_BMP_STRING ? 2 : 1;
	const uint8_t *p = v->buf;
	bool general;
	size_t n, did;

	if (!string_ok(e, v->buf, v->size))
		return;
	if ((size_t)v->size % wide) {
		encode_fail(e, EINVAL, "half a character");
		return;
	}
	n = (size_t)v->size / wide;
	if (!encode_count(e, &t->count, n, &general))
		return;
	if (!general) {
		if (n && string_aligned(t))
			bitw_align(&e->w);
		characters(e, t, p, n);
		return;
	}
	do {
		did = encode_length(e, n);
		characters(e, t, p, did);
		if (did)
			p += did * wide;
		n -= did;
	} while (did >= FRAGMENT && !e->w.err);
}
