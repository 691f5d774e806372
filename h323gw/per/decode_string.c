/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BIT STRING, OCTET STRING and the character strings: X.691 16, 17, 30. Octets
 * that lie in one piece are not copied: the value points into the message.
 */
#include <string.h>
#include "h323gw/per/priv.h"


/*
 * Octets of general length: where they lie. Fragments are put together in the
 * message's memory, then *pieced is set. NULL after an error.
 */
const uint8_t *decode_blob(struct decoder *d, size_t *lenp, bool *pieced)
{
	const uint8_t *p;
	uint8_t *whole;
	struct bitr ahead;
	size_t n, sum = 0;
	bool more;

	*pieced = false;
	n = decode_length(d, &more);
	if (!more) {
		*lenp = n;
		return bitr_octets(&d->r, n);
	}

	/* first add up, then copy: no memory for what is not there */
	ahead = d->r;
	while (more) {
		(void)bitr_octets(&d->r, n);
		sum += n;
		n = decode_length(d, &more);
	}
	(void)bitr_octets(&d->r, n);
	sum += n;
	if (d->r.err)
		return NULL;
	whole = arena_alloc(&d->msg->arena, sum);
	if (!whole) {
		decode_fail(d, d->msg->arena.err, "it takes too much memory");
		return NULL;
	}

	*lenp = sum;
	*pieced = true;
	ahead.bit -= 8;
	d->r = ahead;
	for (sum = 0, more = true; more; sum += n) {
		n = decode_length(d, &more);
		p = bitr_octets(&d->r, n);
		if (!p)
			return NULL;
		memcpy(whole + sum, p, n);
	}
	return whole;
}


/* Its octets as they lie, where they must not be copied for alignment. */
static void octets_here(struct decoder *d, OCTET_STRING_t *v, size_t n)
{
	const uint8_t *p = bitr_octets(&d->r, n);

	if (v && p) {
		v->buf = (uint8_t *)p;
		v->size = (int)n;
	}
}


void decode_octets(struct decoder *d, const struct per_type *t,
		   OCTET_STRING_t *v)
{
	const struct range *c = &t->count;
	const uint8_t *p;
	bool general, pieced;
	size_t n = decode_count(d, c, &general);

	if (general) {
		p = decode_blob(d, &n, &pieced);
		if (v && p) {
			v->buf = (uint8_t *)p;
			v->size = (int)n;
		}
		return;
	}
	if (!n || (c->has_ub && c->lb == c->ub && c->ub <= 2)) {
		uint8_t *own = v ? decode_zalloc(d, n + 1) : NULL;

		if (own) {
			bitr_copy(&d->r, own, n * 8);
			v->buf = own;
			v->size = (int)n;
		}
		else if (bitr_has(&d->r, n * 8)) {
			d->r.bit += n * 8;
		}
		return;
	}
	bitr_align(&d->r);
	d->octets_bit = d->r.bit;
	octets_here(d, v, n);
}


/* One run of n bits appended to own, which holds *have bits. */
static void bits_more(struct decoder *d, BIT_STRING_t *v, size_t *have,
		      size_t n)
{
	uint8_t *own;

	if (!bitr_has(&d->r, n))
		return;
	if (!v) {
		d->r.bit += n;
		return;
	}
	own = decode_zalloc(d, (*have + n + 7) / 8 + 1);
	if (!own)
		return;
	/* fragments are whole octets, so only the last leaves bits over */
	memcpy(own, v->buf ? v->buf : own, *have / 8);
	bitr_copy(&d->r, own + *have / 8, n);
	*have += n;
	v->buf = own;
	v->size = (int)((*have + 7) / 8);
	v->bits_unused = (int)(v->size * 8 - (int)*have);
}


void decode_bits(struct decoder *d, const struct per_type *t, BIT_STRING_t *v)
{
	const struct range *c = &t->count;
	bool general, more = false;
	size_t n = decode_count(d, c, &general), have = 0;

	if (!general) {
		if (n && !(c->lb == c->ub && c->ub <= 16))
			bitr_align(&d->r);
		bits_more(d, v, &have, n);
		return;
	}
	do {
		n = decode_length(d, &more);
		bits_more(d, v, &have, n);
	} while (more && !d->r.err);
}


/* One run of n characters appended to the *have that v holds. */
static void characters_more(struct decoder *d, const struct per_type *t,
			    OCTET_STRING_t *v, size_t *have, size_t n)
{
	const struct alphabet *a = t->alphabet;
	const size_t wide = t->kind == PER_BMP_STRING ? 2 : 1;
	const unsigned bits = a ? a->bits : (unsigned)wide * 8;
	uint8_t *own;

	if (!bitr_has(&d->r, n * bits))
		return;
	if (!v) {
		d->r.bit += n * bits;
		return;
	}
	/* two octets of zero behind the text, for those who forget its size */
	own = decode_zalloc(d, (*have + n + 1) * wide);
	if (!own)
		return;
	if (*have)
		memcpy(own, v->buf, *have * wide);
	v->buf = own;
	own += *have * wide;
	*have += n;
	v->size = (int)(*have * wide);
	if (!a) {
		bitr_copy(&d->r, own, n * bits);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned code = (unsigned)bitr_get(&d->r, bits);

		if (a->indexed && code >= a->count) {
			decode_fail(d, EBADMSG,
				    "a character is not of its alphabet");
			return;
		}
		own[i] = a->indexed ? a->character[code] : (uint8_t)code;
	}
}


/* Whether a string's characters begin at an octet: X.691 30.5.6, 30.5.7 */
bool string_aligned(const struct per_type *t)
{
	const struct range *c = &t->count;
	const int64_t bits = t->alphabet	       ? t->alphabet->bits :
			     t->kind == PER_BMP_STRING ? 16 :
							 8;

	if (!c->has_ub || c->ub > 65535)
		return true;
	return c->lb == c->ub ? c->ub * bits > 16 : c->ub * bits >= 16;
}


void decode_string(struct decoder *d, const struct per_type *t,
		   OCTET_STRING_t *v)
{
	bool general, more = false;
	size_t n = decode_count(d, &t->count, &general), have = 0;

	if (!general) {
		if (n && string_aligned(t))
			bitr_align(&d->r);
		characters_more(d, t, v, &have, n);
		return;
	}
	do {
		n = decode_length(d, &more);
		characters_more(d, t, v, &have, n);
	} while (more && !d->r.err);
}
