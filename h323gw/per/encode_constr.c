/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SEQUENCE, SEQUENCE OF and CHOICE: X.691 19, 20, 23, with what decoding hung
 * up in them.
 */
#include "h323gw/per/priv.h"


/* A member's value, NULL if it is absent. */
static const void *member_value(const struct per_member *m, const void *owner)
{
	const void *p = (const char *)owner + m->offset;

	return m->pointer ? *(const void *const *)p : p;
}


static const struct extra *extra_find(const struct seq_extras *x, unsigned i)
{
	for (unsigned k = 0; x && k < x->count; k++) {
		if (x->extra[k].index == i)
			return &x->extra[k];
	}
	return NULL;
}


/* Is addition i there? Its value and its extra, either of which may be. */
static bool addition(const struct per_type *t, const void *v, unsigned i,
		     const void **value, const struct extra **extra)
{
	const struct seq_extras *x = *extras_of(t, v);
	const bool known = t->root + i < t->total;

	*value = known ? member_value(&t->members[t->root + i], v) : NULL;
	*extra = extra_find(x, i);
	return known ? *value != NULL : *extra != NULL;
}


/*
 * How long the bitmap of additions is: as the sender's was, longer only if
 * something was added; of ours, as long as the table. 0: nothing to send.
 */
static unsigned bitmap_length(const struct per_type *t, const void *v)
{
	const struct seq_extras *x = *extras_of(t, v);
	const unsigned ours = t->total - t->root;
	unsigned n = x ? x->bits : 0;
	const struct extra *extra;
	const void *value;

	for (unsigned i = ours; i > n; i--) {
		if (addition(t, v, i - 1, &value, &extra))
			return x ? i : ours;
	}
	return n;
}


static void encode_additions(struct encoder *e, const struct per_type *t,
			     const void *v, unsigned n)
{
	const struct extra *extra;
	const void *value;

	encode_small_length(e, n);
	for (unsigned i = 0; i < n; i++)
		bitw_put(&e->w, addition(t, v, i, &value, &extra), 1);
	for (unsigned i = 0; i < n && !e->w.err; i++) {
		if (!addition(t, v, i, &value, &extra))
			continue;
		encode_open(e, value ? t->members[t->root + i].type : NULL,
			    value, extra);
	}
}


void encode_sequence(struct encoder *e, const struct per_type *t,
		     const void *v)
{
	const unsigned n = t->extensible ? bitmap_length(t, v) : 0;

	if (t->extensible)
		bitw_put(&e->w, n > 0, 1);
	for (unsigned i = 0; i < t->root; i++) {
		if (t->members[i].optional)
			bitw_put(&e->w, member_value(&t->members[i], v) != NULL,
				 1);
	}
	for (unsigned i = 0; i < t->root && !e->w.err; i++) {
		const struct per_member *m = &t->members[i];
		const void *value = member_value(m, v);

		if (value)
			encode_value(e, m->type, value);
		else if (!m->optional)
			encode_fail(e, EINVAL, "a mandatory field is missing");
	}
	if (n)
		encode_additions(e, t, v, n);
}


void encode_sequence_of(struct encoder *e, const struct per_type *t,
			const void *v)
{
	const asn_anonymous_set_ *list = v;
	const struct per_type *et = t->members[0].type;
	size_t n = list->count > 0 ? (size_t)list->count : 0;
	size_t did = n, at = 0;
	bool general;

	if (n && !list->array) {
		encode_fail(e, EINVAL, "a list without its elements");
		return;
	}
	if (!encode_count(e, &t->count, n, &general))
		return;
	do {
		if (general)
			did = encode_length(e, n - at);
		for (size_t i = 0; i < did && !e->w.err; i++, at++) {
			if (list->array[at])
				encode_value(e, et, list->array[at]);
			else
				encode_fail(e, EINVAL, "an element is missing");
		}
	} while (general && did >= FRAGMENT && !e->w.err);
}


void encode_choice(struct encoder *e, const struct per_type *t, const void *v)
{
	const struct extra *x = *extras_of(t, v);
	const int present = choice_get(t, v);
	const struct per_member *m;
	const void *value;
	unsigned i;

	if (present < 1 || (unsigned)present > t->total) {
		if (present || !t->extensible || !x || x->known) {
			encode_fail(e, EINVAL, "a choice of nothing");
			return;
		}
		bitw_put(&e->w, 1, 1);
		encode_small(e, x->index);
		encode_open(e, NULL, NULL, x);
		return;
	}
	i = (unsigned)present - 1;
	m = &t->members[i];
	value = member_value(m, v);
	if (!value) {
		encode_fail(e, EINVAL, "the chosen alternative is missing");
		return;
	}
	if (t->extensible)
		bitw_put(&e->w, i >= t->root, 1);
	if (i < t->root) {
		encode_whole(e, i, t->root);
		encode_value(e, m->type, value);
		return;
	}
	encode_small(e, i - t->root);
	/* the octets behind a value belong to that alternative alone */
	if (x && (!x->known || x->index != i - t->root))
		x = NULL;
	encode_open(e, m->type, value, x);
}
