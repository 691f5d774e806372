/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every field of a value in turn, for those who print or compare. No state.
 */
#include <inttypes.h>
#include <stdio.h>
#include "h323gw/per/priv.h"
#include <INTEGER.h>

struct walk {
	const struct per_msg *msg; /* NULL: a value by itself */
	size_t nested;		   /* the next to be met in it, most likely */
	unsigned depth_max;
	per_field_h *fieldh;
	void *arg;
};

static int walk_value(struct walk *w, const struct per_type *t, const void *v,
		      const struct per_field *up, const char *name,
		      size_t index);


static void octets_field(struct per_field *f, const OCTET_STRING_t *os)
{
	f->data = os->buf;
	f->len = os->size > 0 ? (size_t)os->size : 0;
}


static const char *enumeral(const struct per_type *t, long v, int64_t *i)
{
	*i = v;
	for (unsigned k = 0; k < t->total; k++) {
		if (t->enums[k].value == v)
			return t->enums[k].name;
	}
	if (v < 0)
		*i = (int64_t)t->root + (-1 - v);
	return NULL;
}


static bool integer_unsigned(const struct per_type *t)
{
	const asn_INTEGER_specifics_t *spc = t->td->specifics;

	return spc && spc->field_unsigned;
}


static int walk_unknown(struct walk *w, const struct extra *x,
			const struct per_field *up)
{
	struct per_field f = {
		.kind = PER_UNKNOWN, .depth = up->depth + 1, .up = up,
		.type_name = "unknown", .i = x->index,
		.data = x->data, .len = x->len,
	};

	return w->fieldh(&f, false, w->arg);
}


static int walk_members(struct walk *w, const struct per_type *t,
			const void *v, const struct per_field *f)
{
	const struct seq_extras *x = *extras_of(t, v);
	int err = 0;

	for (unsigned i = 0; i < t->total && !err; i++) {
		const struct per_member *m = &t->members[i];
		const void *p = (const char *)v + m->offset;

		if (m->pointer)
			p = *(const void *const *)p;
		if (p)
			err = walk_value(w, m->type, p, f, m->name, 0);
	}
	for (unsigned i = 0; x && i < x->count && !err; i++) {
		if (!x->extra[i].known)
			err = walk_unknown(w, &x->extra[i], f);
	}
	return err;
}


static int walk_choice(struct walk *w, const struct per_type *t, const void *v,
		       const struct per_field *f)
{
	const struct extra *x = *extras_of(t, v);
	const int present = choice_get(t, v);
	const struct per_member *m;
	const void *p;

	if (present < 1 || (unsigned)present > t->total)
		return x ? walk_unknown(w, x, f) : 0;
	m = &t->members[present - 1];
	p = (const char *)v + m->offset;
	if (m->pointer)
		p = *(const void *const *)p;
	return p ? walk_value(w, m->type, p, f, m->name, 0) : 0;
}


static int walk_elements(struct walk *w, const struct per_type *t,
			 const void *v, const struct per_field *f)
{
	const asn_anonymous_set_ *list = v;
	int err = 0;

	for (int i = 0; i < list->count && !err; i++) {
		if (list->array[i])
			err = walk_value(w, t->members[0].type, list->array[i],
					 f, NULL, (size_t)i);
	}
	return err;
}


/* Does this string carry a message that was decoded? */
static const struct per_nested *nested_at(struct walk *w, const void *v)
{
	const struct per_msg *m = w->msg;

	if (!m)
		return NULL;
	/* they stand in the order in which they are met here */
	for (size_t i = w->nested; i < m->nesteds && i < w->nested + 2; i++) {
		if (m->nested[i].carrier != v)
			continue;
		w->nested = i + 1;
		return m->nested[i].value ? &m->nested[i] : NULL;
	}
	return NULL;
}


static int walk_inside(struct walk *w, const struct per_type *t, const void *v,
		       const struct per_nested *nested,
		       const struct per_field *f)
{
	switch (f->kind) {

	case PER_SEQUENCE:
		return walk_members(w, t, v, f);
	case PER_SEQUENCE_OF:
		return walk_elements(w, t, v, f);
	case PER_CHOICE:
		return walk_choice(w, t, v, f);
	default:
		return walk_value(w, nested->type, nested->value, f, NULL, 0);
	}
}


/* The field's own value. */
static void field_fill(struct per_field *f, const struct per_type *t,
		       const void *v)
{
	const BIT_STRING_t *bits = v;
	const asn_anonymous_set_ *list = v;
	int present;

	switch (t->kind) {

	case PER_BOOLEAN:
		f->i = *(const int *)v != 0;
		break;
	case PER_INTEGER:
		f->i = *(const long *)v;
		f->is_unsigned = integer_unsigned(t);
		break;
	case PER_ENUMERATED:
		f->label = enumeral(t, *(const long *)v, &f->i);
		break;
	case PER_BIT_STRING:
		f->data = bits->buf;
		f->len = bits->size > 0 ? (size_t)bits->size : 0;
		f->unused_bits = (unsigned)bits->bits_unused;
		break;
	case PER_SEQUENCE_OF:
		f->count = list->count > 0 ? (size_t)list->count : 0;
		break;
	case PER_CHOICE:
		present = choice_get(t, v);
		if (present > 0 && (unsigned)present <= t->total) {
			f->label = t->members[present - 1].name;
			f->i = present - 1;
		}
		break;
	case PER_NULL:
	case PER_SEQUENCE:
		break;
	default:
		octets_field(f, v);
	}
}


static int walk_value(struct walk *w, const struct per_type *t, const void *v,
		      const struct per_field *up, const char *name,
		      size_t index)
{
	const struct per_nested *nested = NULL;
	struct per_field f = {
		.kind = t->kind, .depth = up ? up->depth + 1 : 0, .up = up,
		.name = name, .index = index, .type = t, .type_name = t->name,
	};
	int err;

	if (f.depth > 2 * w->depth_max)
		return EOVERFLOW;
	field_fill(&f, t, v);
	if (t->kind == PER_OCTET_STRING && (nested = nested_at(w, v)))
		f.kind = PER_NESTED;
	err = w->fieldh(&f, false, w->arg);
	if (err || (!nested && t->kind != PER_SEQUENCE &&
		    t->kind != PER_SEQUENCE_OF && t->kind != PER_CHOICE))
		return err;
	err = walk_inside(w, t, v, nested, &f);
	return err ? err : w->fieldh(&f, true, w->arg);
}


int per_msg_walk(const struct per_msg *msg, per_field_h *fieldh, void *arg)
{
	struct walk w = {.msg = msg, .fieldh = fieldh, .arg = arg};

	if (!msg || !fieldh)
		return EINVAL;
	w.depth_max = msg->per->conf.depth_max;
	return walk_value(&w, msg->type, msg->value, NULL, NULL, 0);
}


int per_value_walk(const struct per *per, const struct per_type *type,
		   const void *value, per_field_h *fieldh, void *arg)
{
	struct walk w = {.fieldh = fieldh, .arg = arg};

	if (!per || !type || !value || !fieldh)
		return EINVAL;
	w.depth_max = per->conf.depth_max;
	return walk_value(&w, type, value, NULL, NULL, 0);
}


/* X.690 8.19 */
size_t per_oid_print(char *buf, size_t size, const uint8_t *data, size_t len)
{
	size_t at = 0;
	uint64_t arc = 0;
	bool first = true;

	if (size)
		buf[0] = '\0';
	if (!len || !data || data[len - 1] & 0x80)
		return 0;
	for (size_t i = 0; i < len; i++) {
		char *p = at < size ? buf + at : NULL;
		size_t room = at < size ? size - at : 0;
		uint64_t top;

		if (arc >> 57)
			return 0;
		arc = arc << 7 | (data[i] & 0x7f);
		if (data[i] & 0x80)
			continue;
		top = arc < 80 ? arc / 40 : 2;
		if (first)
			at += (size_t)snprintf(p, room, "%" PRIu64 ".%" PRIu64,
					       top, arc - 40 * top);
		else
			at += (size_t)snprintf(p, room, ".%" PRIu64, arc);
		first = false;
		arc = 0;
	}
	return at;
}
