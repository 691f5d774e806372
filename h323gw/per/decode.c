/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decoding a value of any type, and a whole message. The decoder's state lives
 * on the stack of per_decode() or per_rewrite(); values in the message's arena.
 */
#include <string.h>
#include "h323gw/per/priv.h"


static void decode_oid(struct decoder *d, OCTET_STRING_t *v)
{
	size_t len = 0;
	bool pieced;
	const uint8_t *p = decode_blob(d, &len, &pieced);

	if (v && p) {
		v->buf = (uint8_t *)p;
		v->size = (int)len;
	}
}


static void decode_kind(struct decoder *d, const struct per_type *t, void *v)
{
	unsigned b;

	switch (t->kind) {

	case PER_NULL:
		return;
	case PER_BOOLEAN:
		b = bitr_bit(&d->r);
		if (v)
			*(int *)v = (int)b;
		return;
	case PER_INTEGER:
		decode_integer(d, t, v);
		return;
	case PER_ENUMERATED:
		decode_enumerated(d, t, v);
		return;
	case PER_BIT_STRING:
		decode_bits(d, t, v);
		return;
	case PER_OCTET_STRING:
		decode_octets(d, t, v);
		return;
	case PER_STRING:
	case PER_BMP_STRING:
		decode_string(d, t, v);
		return;
	case PER_OID:
	case PER_OPEN:
		decode_oid(d, v);
		return;
	case PER_SEQUENCE:
		decode_sequence(d, t, v);
		return;
	case PER_SEQUENCE_OF:
		decode_sequence_of(d, t, v);
		return;
	case PER_CHOICE:
		decode_choice(d, t, v);
		return;
	default:
		decode_fail(d, EBADMSG, "a type without an encoding");
	}
}


void decode_value(struct decoder *d, const struct per_type *t, void *v)
{
	if (d->r.err)
		return;
	if (d->depth >= d->conf->depth_max) {
		decode_fail(d, EOVERFLOW, "it is nested too deeply");
		return;
	}
	++d->depth;
	decode_kind(d, t, v);
	--d->depth;
	/* the innermost is the first to get here */
	if (d->r.err && !d->fault_type)
		d->fault_type = t;
}


void decode_run(struct decoder *d, const struct per_type *t, void *value,
		struct per_fault *fault)
{
	decode_value(d, t, value);
	bitr_align(&d->r);
	/* an encoding without a bit is one octet of zero: X.691 11.1.3 */
	if (!d->r.bit && !d->r.err)
		(void)bitr_get(&d->r, 8);
	if (d->r.err && fault) {
		fault->octet = d->r.bit / 8;
		fault->type = d->fault_type ? d->fault_type->name : t->name;
		fault->what = d->r.what;
	}
}


int per_decode(struct per_msg **msgp, const struct per *per,
	       const struct per_type *type, const uint8_t *buf, size_t len,
	       struct per_fault *fault)
{
	struct decoder d = {.build = true};
	struct per_msg *m;
	int err;

	if (!msgp || !per || !type || (!buf && len))
		return EINVAL;
	if (len > PER_LENGTH_MAX)
		return EOVERFLOW;
	err = per_msg_alloc(&m, per, type);
	if (err)
		return err;

	m->octets = arena_alloc(&m->arena, len + 1);
	if (!m->octets) {
		err = m->arena.err;
		goto out;
	}
	if (len)
		memcpy(m->octets, buf, len);
	m->len = len;
	m->root.p = m->octets;

	d.r.buf = m->octets;
	d.r.end = len * 8;
	d.per = per;
	d.conf = &per->conf;
	d.msg = m;
	d.part = &m->root;
	decode_run(&d, type, m->value, fault);
	err = d.r.err;
	m->len = m->root.len = d.r.bit / 8;
 out:
	if (err)
		per_msg_free(m);
	else
		*msgp = m;
	return err;
}
