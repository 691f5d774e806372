/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SEQUENCE, SEQUENCE OF and CHOICE: X.691 19, 20, 23. What the tables do not
 * know is hung up in asn1c's context of the value (struct seq_extras).
 */
#include <string.h>
#include "h323gw/per/priv.h"


static void path_push(struct decoder *d, const char *name)
{
	if (d->path_len == PATH_MAX_LEN)
		decode_fail(d, EOVERFLOW, "it is nested too deeply");
	else
		d->path[d->path_len++] = name;
}


/* Where a member's value goes; a pointer's target is made first. */
static void *member_place(struct decoder *d, const struct per_member *m,
			  void *owner)
{
	void **slot, *p;

	if (!owner)
		return NULL;
	p = (char *)owner + m->offset;
	if (!m->pointer)
		return p;
	slot = p;
	*slot = decode_zalloc(d, m->type->size);
	return *slot;
}


static void decode_member(struct decoder *d, const struct per_member *m,
			  void *owner)
{
	const unsigned path_len = d->path_len;
	void *p = member_place(d, m, owner);

	if (d->r.err)
		return;
	path_push(d, m->name);
	decode_value(d, m->type, p);
	d->path_len = path_len;
}


static struct seq_extras *extras_make(struct decoder *d,
				      const struct per_type *t, void *v,
				      size_t bits, size_t set)
{
	struct seq_extras *x;

	if (!v)
		return NULL;
	x = decode_zalloc(d, sizeof(*x));
	if (!x)
		return NULL;
	x->bits = (unsigned)bits;
	x->extra = decode_zalloc(d, (set + 1) * sizeof(*x->extra));
	*extras_of(t, v) = x;
	return x;
}


/* An addition: known and kept as a value, or not and kept as octets. */
static void decode_addition(struct decoder *d, const struct per_type *t,
			    void *v, unsigned i, struct extra *e)
{
	e->index = i;
	if (t->root + i < t->total) {
		const struct per_member *m = &t->members[t->root + i];
		const unsigned path_len = d->path_len;
		void *p = member_place(d, m, v);

		path_push(d, m->name);
		e->known = true;
		decode_open(d, m->type, p, e);
		d->path_len = path_len;
		return;
	}
	decode_open(d, NULL, NULL, e);
}


static void decode_additions(struct decoder *d, const struct per_type *t,
			     void *v)
{
	const size_t n = decode_small_length(d);
	struct bitr map = d->r;
	struct seq_extras *x;
	size_t set = 0;

	if (n > d->conf->additions_max) {
		decode_fail(d, EOVERFLOW, "too many extension additions");
		return;
	}
	for (size_t i = 0; i < n; i++)
		set += bitr_bit(&d->r);
	if (d->r.err)
		return;

	x = extras_make(d, t, v, n, set);
	for (unsigned i = 0; i < n && !d->r.err; i++) {
		struct extra e = {0};

		if (!bitr_bit(&map))
			continue;
		decode_addition(d, t, v, i, &e);
		if (x && x->extra && (!e.known || e.empty || e.len))
			x->extra[x->count++] = e;
	}
}


void decode_sequence(struct decoder *d, const struct per_type *t, void *v)
{
	const bool extended = t->extensible && bitr_bit(&d->r);
	const uint8_t *const buf = d->r.buf;
	const uint64_t map = bitr_get(&d->r, t->optionals);
	unsigned left = t->optionals;
	size_t ip_bit = 0, port_bit = 0;
	void *made = v;

	/* to see whether it carries a message its values are needed */
	if (!v && (t->role == ROLE_H225_GENERIC ||
		   t->role == ROLE_H245_GENERIC))
		made = decode_zalloc(d, t->size);

	for (unsigned i = 0; i < t->root && !d->r.err; i++) {
		const struct per_member *m = &t->members[i];

		if (m->optional && !(map >> --left & 1))
			continue;
		decode_member(d, m, made);
		if (t->role != ROLE_ADDRESS)
			continue;
		if (i == t->ip)
			ip_bit = d->octets_bit;
		else if (i == t->port)
			port_bit = d->r.bit - 16;
	}
	if (t->role == ROLE_ADDRESS && !d->r.err)
		addr_note(d, t, v, buf, ip_bit, port_bit);
	if (extended && !d->r.err)
		decode_additions(d, t, made);
	if (made && !d->r.err && t->carries)
		nested_generic(d, t, made);
}


/* Room in the list for n elements more. */
static bool list_room(struct decoder *d, asn_anonymous_set_ *list, size_t n)
{
	size_t need = (size_t)list->count + n;
	void **array;

	if (need <= (size_t)list->size)
		return true;
	array = decode_zalloc(d, need * sizeof(*array));
	if (!array)
		return false;
	if (list->count)
		memcpy(array, list->array,
		       (size_t)list->count * sizeof(*array));
	list->array = array;
	list->size = (int)need;
	return true;
}


static void decode_element(struct decoder *d, const struct per_type *t,
			   asn_anonymous_set_ *list)
{
	const struct per_type *et = t->members[0].type;
	OCTET_STRING_t carrier = {0};
	void *p = list ? decode_zalloc(d, et->size) : NULL;

	if (list && p)
		list->array[list->count++] = p;
	if (t->role == ROLE_CARRIER) {
		OCTET_STRING_t *os = p ? p : &carrier;
		const uint8_t *at = d->r.buf + (d->r.bit + 7) / 8;
		size_t len;
		bool pieced;
		const uint8_t *q = decode_blob(d, &len, &pieced);

		if (!q)
			return;
		os->buf = (uint8_t *)q;
		os->size = (int)len;
		nested_carried(d, t->carries, os, pieced, pieced ? NULL : at);
		return;
	}
	decode_value(d, et, p);
}


static void decode_elements(struct decoder *d, const struct per_type *t,
			    asn_anonymous_set_ *list, size_t n)
{
	if (n > d->conf->elements_max - d->elements) {
		decode_fail(d, EOVERFLOW, "too many elements");
		return;
	}
	d->elements += (unsigned)n;
	if (list && !list_room(d, list, n))
		return;
	while (n-- && !d->r.err)
		decode_element(d, t, list);
}


void decode_sequence_of(struct decoder *d, const struct per_type *t, void *v)
{
	asn_anonymous_set_ *list = v;
	bool general, more = false;
	size_t n = decode_count(d, &t->count, &general);

	if (!general) {
		decode_elements(d, t, list, n);
		return;
	}
	do {
		n = decode_length(d, &more);
		decode_elements(d, t, list, n);
	} while (more && !d->r.err);
}


static void decode_alternative(struct decoder *d, const struct per_type *t,
			       void *v, unsigned i, bool open)
{
	const struct per_type *const choice = d->choice;
	void *const choice_value = d->choice_value;
	const unsigned path_len = d->path_len;
	const struct per_member *m = &t->members[i];
	struct extra rest = {.index = i - t->root, .known = true};
	void *p = member_place(d, m, v);

	d->choice = t;
	d->choice_value = v;
	path_push(d, m->name);
	if (v)
		choice_set(t, v, (int)i + 1);
	if (open)
		decode_open(d, m->type, p, &rest);
	else
		decode_value(d, m->type, p);
	d->path_len = path_len;
	d->choice = choice;
	d->choice_value = choice_value;

	if (v && (rest.empty || rest.len)) {
		struct extra *x = decode_zalloc(d, sizeof(*x));

		if (x)
			*x = rest;
		*extras_of(t, v) = x;
	}
}


void decode_choice(struct decoder *d, const struct per_type *t, void *v)
{
	struct extra *x, unknown = {0};
	unsigned i;

	if (!t->extensible || !bitr_bit(&d->r)) {
		i = (unsigned)decode_whole(d, t->root);
		if (!d->r.err)
			decode_alternative(d, t, v, i, false);
		return;
	}
	i = decode_small(d);
	if (d->r.err)
		return;
	if (i < t->total - t->root) {
		decode_alternative(d, t, v, t->root + i, true);
		return;
	}
	x = v ? decode_zalloc(d, sizeof(*x)) : &unknown;
	if (!x)
		return;
	x->index = i;
	decode_open(d, NULL, NULL, x);
	if (v)
		*extras_of(t, v) = x;
}
