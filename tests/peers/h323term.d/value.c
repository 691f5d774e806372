/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file value.c  From JSON to a value of any type, over the codec's tables
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "addr/addr.h"
#include "h323gw/per/priv.h"
#include "value.h"


/** One message on its way from JSON */
struct reader {
	struct per_msg *msg;
	const struct per *per;
	char *why;
};

static int value_read(struct reader *r, const struct per_type *t, void *v,
		      const json_t *j);


static int wrong(struct reader *r, const struct per_type *t, const char *fmt,
		 ...) __attribute__((format(printf, 3, 4)));

static int wrong(struct reader *r, const struct per_type *t, const char *fmt,
		 ...)
{
	int n = snprintf(r->why, WHY_LEN, "%s: ", t->name);
	va_list ap;

	va_start(ap, fmt);
	if (n > 0 && n < WHY_LEN)
		(void)vsnprintf(r->why + n, WHY_LEN - (size_t)n, fmt, ap);
	va_end(ap);

	return EINVAL;
}


int unhex(uint8_t *p, size_t size, size_t *len, const char *text)
{
	size_t n;

	for (n = 0; text[2 * n]; n++) {
		char digits[3] = {text[2 * n], text[2 * n + 1], '\0'};
		char *end;

		if (n == size)
			return EINVAL;
		p[n] = (uint8_t)strtoul(digits, &end, 16);
		if (end != digits + 2)
			return EINVAL;
	}
	*len = n;

	return 0;
}


static int read_hex(struct reader *r, const struct per_type *t,
		    OCTET_STRING_t *v, const json_t *j)
{
	const char *s = json_string_value(j);
	size_t max    = s ? strlen(s) / 2 + 1 : 0;
	size_t n      = 0;

	if (!s)
		return wrong(r, t, "hexadecimal text it is");
	v->buf = per_msg_zalloc(r->msg, max);
	if (!v->buf)
		return ENOMEM;
	if (unhex(v->buf, max, &n, s))
		return wrong(r, t, "\"%.40s\" is not hexadecimal", s);
	v->size = (int)n;

	return 0;
}


/** A message in an OCTET STRING */
static int read_carried(struct reader *r, const struct per_type *t,
			OCTET_STRING_t *v, const json_t *j)
{
	uint8_t *buf = malloc(MESSAGE_MAX);
	void *inner = per_msg_zalloc(r->msg, t->size);
	struct per_fault fault = {0};
	size_t n = 0;
	int err;

	err = buf && inner ? value_read(r, t, inner, j) : ENOMEM;
	if (err)
		goto out;
	if (per_encode(r->per, t, inner, buf, MESSAGE_MAX, &n, &fault)) {
		err = wrong(r, t, "%s: %s", fault.type, fault.what);
		goto out;
	}
	v->buf = per_msg_zalloc(r->msg, n);
	if (!v->buf) {
		err = ENOMEM;
		goto out;
	}
	memcpy(v->buf, buf, n);
	v->size = (int)n;

 out:
	free(buf);

	return err;
}


/** UTF-8 to what the type has: one octet a character, or two */
static int read_text(struct reader *r, const struct per_type *t,
		     OCTET_STRING_t *v, const json_t *j)
{
	const uint8_t *s = (const uint8_t *)json_string_value(j);
	const size_t wide = t->kind == PER_BMP_STRING ? 2 : 1;
	size_t n = 0;

	if (!s)
		return wrong(r, t, "text it is");
	v->buf = per_msg_zalloc(r->msg, wide * (json_string_length(j) + 1));
	if (!v->buf)
		return ENOMEM;
	while (*s) {
		unsigned c = *s++;

		if (c >= 0xe0 && s[0] && s[1]) {
			c = (c & 0x0f) << 12 | (s[0] & 0x3fu) << 6 |
			    (s[1] & 0x3fu);
			s += 2;
		}
		else if (c >= 0xc0 && *s) {
			c = (c & 0x1f) << 6 | (*s++ & 0x3fu);
		}
		if (wide == 2)
			v->buf[n++] = (uint8_t)(c >> 8);
		v->buf[n++] = (uint8_t)c;
	}
	v->size = (int)n;

	return 0;
}


/** X.690 §8.19: contents of an OBJECT IDENTIFIER */
static int read_oid(struct reader *r, const struct per_type *t,
		    OCTET_STRING_t *v, const json_t *j)
{
	const char *s = json_string_value(j);
	unsigned long arc, first = 0;
	char *end;
	size_t n = 0, i = 0;

	v->buf = s ? per_msg_zalloc(r->msg, 5 * (strlen(s) + 1)) : NULL;
	if (!v->buf)
		return s ? ENOMEM : wrong(r, t, "text it is");
	for (; *s; s = *end ? end + 1 : end, i++) {
		unsigned shift = 28;

		arc = strtoul(s, &end, 10);
		if (end == s || arc > 0xfffffff || (*end && *end != '.'))
			return wrong(r, t, "no such identifier");
		if (i == 0) {
			first = arc;
			continue;
		}
		arc += i == 1 ? 40 * first : 0;
		while (shift && !(arc >> shift))
			shift -= 7;
		for (; shift; shift -= 7)
			v->buf[n++] = (uint8_t)(0x80 | (arc >> shift & 0x7f));
		v->buf[n++] = (uint8_t)(arc & 0x7f);
	}
	v->size = (int)n;

	return 0;
}


static int read_bits(struct reader *r, const struct per_type *t,
		     BIT_STRING_t *v, const json_t *j)
{
	OCTET_STRING_t octets = {0};
	int err = read_hex(r, t, &octets, j);

	v->buf	= octets.buf;
	v->size = octets.size;
	if (t->count.has_ub && t->count.lb == t->count.ub)
		v->bits_unused = (int)((8 - t->count.ub % 8) % 8);

	return err;
}


static int read_enumeral(struct reader *r, const struct per_type *t, long *v,
			 const json_t *j)
{
	const char *s = json_string_value(j);

	for (unsigned i = 0; s && i < t->total; i++) {
		if (!strcmp(t->enums[i].name, s)) {
			*v = t->enums[i].value;
			return 0;
		}
	}
	if (!json_is_integer(j))
		return wrong(r, t, "no \"%s\" in it", s ? s : "?");
	/* as the codec has it: an unknown one is -1 less its index */
	*v = (long)t->root - 1 - (long)json_integer_value(j);

	return 0;
}


/** Room for a member */
static void *member(struct reader *r, const struct per_member *m, void *v)
{
	void *p = (char *)v + m->offset;

	if (!m->pointer)
		return p;

	return *(void **)p = per_msg_zalloc(r->msg, m->type->size +
						    !m->type->size);
}


static const struct per_member *member_named(const struct per_type *t,
					     const char *name)
{
	for (unsigned i = 0; i < t->total; i++) {
		if (!strcmp(t->members[i].name, name))
			return &t->members[i];
	}

	return NULL;
}


static int read_member(struct reader *r, const struct per_type *t, void *v,
		       const char *name, const json_t *j)
{
	const struct per_member *m = member_named(t, name);
	void *p;

	if (!m)
		return wrong(r, t, "it has no %s", name);
	p = member(r, m, v);

	return p ? value_read(r, m->type, p, j) : ENOMEM;
}


/** Shown as one text: an address and nothing else */
static bool is_plain_address(const struct per_type *t)
{
	return t->role == ROLE_ADDRESS && t->total == 2;
}


static int read_address(struct reader *r, const struct per_type *t, void *v,
			const json_t *j)
{
	const struct per_member *ip = &t->members[t->ip];
	OCTET_STRING_t *octets = member(r, ip, v);
	long *port = member(r, &t->members[t->port], v);
	struct addr a;

	if (!octets || !port)
		return ENOMEM;
	if (addr_parse_hostport(&a, json_string_value(j)))
		return wrong(r, t, "\"%s\" is no address",
			     json_string_value(j));
	octets->size = addr_family(&a) == AF_INET6 ? 16 : 4;
	octets->buf  = per_msg_zalloc(r->msg, 16);
	if (!octets->buf)
		return ENOMEM;
	memcpy(octets->buf,
	       octets->size == 16 ? (void *)&a.u.in6.sin6_addr
				  : (void *)&a.u.in.sin_addr,
	       (size_t)octets->size);
	*port = addr_port(&a);

	return 0;
}


static int read_sequence(struct reader *r, const struct per_type *t, void *v,
			 const json_t *j)
{
	const char *name;
	json_t *value;
	int err = 0;

	if (is_plain_address(t) && json_is_string(j))
		return read_address(r, t, v, j);
	if (!json_is_object(j))
		return wrong(r, t, "a SEQUENCE is an object");
	json_object_foreach((json_t *)(uintptr_t)j, name, value) {
		err = err ? err : read_member(r, t, v, name, value);
	}

	return err;
}


static int read_choice(struct reader *r, const struct per_type *t, void *v,
		       const json_t *j)
{
	json_t *value;
	const char *name = choice(j, &value);
	const struct per_member *m = name ? member_named(t, name) : NULL;

	if (!m)
		return wrong(r, t, "no alternative %s", name ? name : "");
	choice_set(t, v, (int)(m - t->members) + 1);

	return read_member(r, t, v, name, value);
}


static int read_list(struct reader *r, const struct per_type *t, void *v,
		     const json_t *j)
{
	const struct per_type *et = t->members[0].type;
	json_t *value;
	size_t i;
	int err = 0;

	if (!json_is_array(j))
		return wrong(r, t, "a SEQUENCE OF is an array");
	json_array_foreach(j, i, value) {
		void *p = per_msg_zalloc(r->msg, et->size + !et->size);

		if (!p)
			return ENOMEM;
		if (t->role == ROLE_CARRIER && json_is_object(value))
			err = read_carried(r, t->carries, p, value);
		else
			err = value_read(r, et, p, value);
		if (!err)
			err = per_msg_append(r->msg, v, p);
		if (err)
			return err;
	}

	return 0;
}


static int value_read(struct reader *r, const struct per_type *t, void *v,
		      const json_t *j)
{
	switch (t->kind) {

	case PER_NULL:
		return 0;
	case PER_BOOLEAN:
		*(int *)v = json_is_true(j);
		return 0;
	case PER_INTEGER:
		*(long *)v = (long)json_integer_value(j);
		return json_is_integer(j) ? 0 : wrong(r, t, "a number it is");
	case PER_ENUMERATED:
		return read_enumeral(r, t, v, j);
	case PER_BIT_STRING:
		return read_bits(r, t, v, j);
	case PER_OCTET_STRING:
	case PER_OPEN:
		return read_hex(r, t, v, j);
	case PER_STRING:
	case PER_BMP_STRING:
		return read_text(r, t, v, j);
	case PER_OID:
		return read_oid(r, t, v, j);
	case PER_SEQUENCE:
		return read_sequence(r, t, v, j);
	case PER_SEQUENCE_OF:
		return read_list(r, t, v, j);
	case PER_CHOICE:
		return read_choice(r, t, v, j);
	default:
		return wrong(r, t, "it has no value");
	}
}


int value_encode(const struct per *per, const char *type, const json_t *json,
		 uint8_t *buf, size_t size, size_t *len, char *why)
{
	const struct per_type *t = per_type_find(per, type);
	struct reader r = {.per = per, .why = why};
	struct per_fault fault = {0};
	int err;

	*why = '\0';
	if (!t) {
		(void)snprintf(why, WHY_LEN, "no type %s", type);
		return EINVAL;
	}
	err = per_msg_alloc(&r.msg, per, t);
	if (err)
		return err;
	err = value_read(&r, t, per_msg_value(r.msg), json);
	if (!err) {
		err = per_msg_encode(r.msg, buf, size, len, &fault);
		if (err)
			(void)snprintf(why, WHY_LEN, "%s: %s", fault.type,
				       fault.what);
	}
	per_msg_free(r.msg);

	return err;
}
