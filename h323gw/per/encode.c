/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Encoding a value of any type, and a whole message, into the caller's buffer.
 * The encoder's state lives on the stack of the function that was called.
 */
#include "h323gw/per/priv.h"


static void encode_kind(struct encoder *e, const struct per_type *t,
			const void *v)
{
	const OCTET_STRING_t *os = v;

	switch (t->kind) {

	case PER_NULL:
		return;
	case PER_BOOLEAN:
		bitw_put(&e->w, *(const int *)v != 0, 1);
		return;
	case PER_INTEGER:
		encode_integer(e, t, v);
		return;
	case PER_ENUMERATED:
		encode_enumerated(e, t, v);
		return;
	case PER_BIT_STRING:
		encode_bits(e, t, v);
		return;
	case PER_OCTET_STRING:
	case PER_OID:
	case PER_OPEN:
		encode_octets(e, t, os);
		return;
	case PER_STRING:
	case PER_BMP_STRING:
		encode_string(e, t, v);
		return;
	case PER_SEQUENCE:
		encode_sequence(e, t, v);
		return;
	case PER_SEQUENCE_OF:
		encode_sequence_of(e, t, v);
		return;
	case PER_CHOICE:
		encode_choice(e, t, v);
		return;
	default:
		encode_fail(e, EINVAL, "a type without an encoding");
	}
}


void encode_value(struct encoder *e, const struct per_type *t, const void *v)
{
	if (e->w.err)
		return;
	if (e->depth >= e->conf->depth_max) {
		encode_fail(e, EOVERFLOW, "it is nested too deeply");
		return;
	}
	++e->depth;
	encode_kind(e, t, v);
	--e->depth;
	if (e->w.err && !e->fault_type)
		e->fault_type = t;
}


/* A whole encoding, and octets to follow it. */
int encode_run(const struct per *per, const struct per_type *t, const void *v,
	       const uint8_t *tail, size_t tail_len, uint8_t *buf, size_t size,
	       size_t *lenp, struct per_fault *fault)
{
	struct encoder e = {.conf = &per->conf};

	e.w.buf = buf;
	e.w.end = (size < PER_LENGTH_MAX ? size : PER_LENGTH_MAX) * 8;
	encode_value(&e, t, v);
	bitw_align(&e.w);
	if (!e.w.bit)
		bitw_put(&e.w, 0, 8);
	bitw_octets(&e.w, tail, tail_len);
	if (e.w.err && fault) {
		fault->octet = e.w.bit / 8;
		fault->type = e.fault_type ? e.fault_type->name : t->name;
		fault->what = e.w.what;
	}
	if (!e.w.err)
		*lenp = e.w.bit / 8;
	return e.w.err;
}


/* The same, into memory of the message. guess: octets it may take. */
int encode_fresh(struct per_msg *m, const struct per_type *t, const void *v,
		 const uint8_t *tail, size_t tail_len, size_t guess,
		 uint8_t **p, size_t *len)
{
	size_t size = guess + 256;
	int err;

	do {
		*p = arena_alloc(&m->arena, size);
		if (!*p)
			return m->arena.err;
		err = encode_run(m->per, t, v, tail, tail_len, *p, size, len,
				 NULL);
		size *= 2;
	} while (err == ENOSPC && size <= 2 * (size_t)PER_LENGTH_MAX);
	return err;
}


int per_encode(const struct per *per, const struct per_type *type,
	       const void *value, uint8_t *buf, size_t size, size_t *lenp,
	       struct per_fault *fault)
{
	if (!per || !type || !value || !buf || !lenp)
		return EINVAL;
	return encode_run(per, type, value, NULL, 0, buf, size, lenp, fault);
}


int per_msg_encode(const struct per_msg *msg, uint8_t *buf, size_t size,
		   size_t *lenp, struct per_fault *fault)
{
	if (!msg)
		return EINVAL;
	return per_encode(msg->per, msg->type, msg->value, buf, size, lenp,
			  fault);
}
