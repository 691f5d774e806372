/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open types: a length, and an encoding in whole octets (X.691 11.2). Here the
 * extension additions come and go. Octets behind what a known type takes are
 * kept: they are a newer version's, or padding.
 */
#include <string.h>
#include "h323gw/per/priv.h"


/* How many octets its encoding takes: at least one. */
static size_t whole_octets(size_t bits)
{
	return bits ? (bits + 7) / 8 : 1;
}


void part_enter(struct decoder *d, struct part *part,
		const struct per_type *t, void *v, const uint8_t *len_at)
{
	struct per_msg *m = d->msg;

	part->up = d->part;
	part->type = t;
	part->value = v;
	part->length = len_at;
	part->prev = m->last_part;
	m->last_part = part;
	d->part = part;
}


/* Decode what lies at p as t; the rest is the caller's. */
void decode_within(struct decoder *d, const struct per_type *t, void *v,
		   const uint8_t *p, size_t len, bool pieced,
		   struct extra *rest)
{
	const struct bitr outer = d->r;
	struct bitr in = {.buf = pieced ? p : outer.buf};
	const size_t from = (size_t)(p - in.buf);
	size_t took;

	rest->empty = !len;
	in.bit = from * 8;
	in.end = in.bit + len * 8;
	d->r = in;
	d->detached += pieced;
	decode_value(d, t, v);
	d->detached -= pieced;
	if (d->r.err) {
		/* an offset in the message is of more use than one within */
		if (pieced)
			d->r.bit = outer.bit;
		return;
	}

	took = whole_octets(d->r.bit - in.bit);
	if (took < len) {
		rest->data = p + took;
		rest->len = len - took;
	}
	d->r = outer;
}


/*
 * An open type that holds a t, or one of which nothing is known (t NULL): its
 * octets go to rest.
 */
void decode_open(struct decoder *d, const struct per_type *t, void *v,
		 struct extra *rest)
{
	struct part *const up = d->part, *part = NULL;
	const uint8_t *p, *at;
	bool pieced;
	size_t len;

	bitr_align(&d->r);
	at = d->r.buf + d->r.bit / 8;
	p = decode_blob(d, &len, &pieced);
	if (!p)
		return;
	if (!t) {
		rest->data = p;
		rest->len = len;
		return;
	}
	if (d->build) {
		part = decode_zalloc(d, sizeof(*part));
		if (!part)
			return;
		part_enter(d, part, t, v, pieced ? NULL : at);
		part->p = p;
		part->len = len;
	}
	decode_within(d, t, v, p, len, pieced, rest);
	if (part) {
		part->tail = rest->data;
		part->tail_len = rest->len;
	}
	d->part = up;
}


/*
 * Put the length of the len octets at `from + 1` before them, where one octet
 * is free for it. Longer lengths and fragments move them on, the last first.
 */
static void length_put(struct bitw *w, size_t from, size_t len)
{
	const size_t big = len / (4 * FRAGMENT);
	const size_t units = len % (4 * FRAGMENT) / FRAGMENT;
	const size_t heads = big + !!units, rest = len % FRAGMENT;
	const size_t head = from + heads + (len - rest);
	const size_t last = rest < 0x80 ? 1 : 2;
	uint8_t *b = w->buf;
	size_t at = from + 1 + len - rest;

	if (w->end / 8 < head + last + rest) {
		bitw_fail(w, ENOSPC, "the buffer is too small");
		return;
	}
	memmove(b + head + last, b + at, rest);
	if (last == 2)
		b[head] = (uint8_t)(0x80 | rest >> 8);
	b[head + last - 1] = (uint8_t)rest;
	for (size_t i = heads; i--;) {
		size_t n = i == big ? units : 4;

		at -= n * FRAGMENT;
		memmove(b + at + i, b + at, n * FRAGMENT);
		b[at + i - 1] = (uint8_t)(0xc0 | n);
	}
	w->bit = (head + last + rest) * 8;
}


/*
 * The encoding goes where it will lie if its length takes one octet, and is
 * moved on for a longer one.
 */
void encode_open(struct encoder *e, const struct per_type *t, const void *v,
		 const struct extra *rest)
{
	struct bitw *w = &e->w;
	size_t from, len;

	if (!t || (rest && rest->empty)) {
		encode_blob(e, rest ? rest->data : NULL, rest ? rest->len : 0);
		return;
	}
	bitw_align(w);
	from = w->bit / 8;
	bitw_put(w, 0, 8);
	encode_value(e, t, v);
	bitw_align(w);
	if (w->bit == (from + 1) * 8)
		bitw_put(w, 0, 8);
	if (rest && rest->len)
		bitw_octets(w, rest->data, rest->len);
	if (w->err)
		return;

	len = w->bit / 8 - from - 1;
	length_put(w, from, len);
}
