/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as text: see erl/text.erl for what it looks like. No state but that of
 * one call.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "tests/conformance/text.h"

enum { DEPTH_MAX = 1024 };

struct text {
	FILE *f;
	bool more[DEPTH_MAX];	/* something stands at this depth already */
};


static void hex(FILE *f, const uint8_t *p, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		(void)putc(digits[p[i] >> 4], f);
		(void)putc(digits[p[i] & 15], f);
	}
}


static void quoted(FILE *f, const uint8_t *p, size_t len)
{
	(void)putc('"', f);
	hex(f, p, len);
	(void)putc('"', f);
}


static int oid(FILE *f, const uint8_t *p, size_t len)
{
	char buf[512];
	const size_t n = per_oid_print(buf, sizeof(buf), p, len);

	if (!n || n >= sizeof(buf))
		return EBADMSG;
	(void)fputs(buf, f);
	return 0;
}


static void integer(FILE *f, const struct per_field *field)
{
	if (field->is_unsigned)
		fprintf(f, "%" PRIu64, (uint64_t)field->i);
	else
		fprintf(f, "%" PRId64, field->i);
}


static int begin(FILE *f, const struct per_field *field)
{
	switch (field->kind) {

	case PER_NULL:
		(void)putc('N', f);
		break;
	case PER_BOOLEAN:
		(void)putc(field->i ? 'T' : 'F', f);
		break;
	case PER_INTEGER:
		integer(f, field);
		break;
	case PER_ENUMERATED:
		if (field->label)
			(void)fputs(field->label, f);
		else
			fprintf(f, "?%" PRId64, field->i);
		break;
	case PER_BIT_STRING:
		hex(f, field->data, field->len);
		fprintf(f, "/%u", field->unused_bits);
		break;
	case PER_OCTET_STRING:
		hex(f, field->data, field->len);
		break;
	case PER_OID:
		return oid(f, field->data, field->len);
	case PER_STRING:
	case PER_BMP_STRING:
		quoted(f, field->data, field->len);
		break;
	case PER_OPEN:
		(void)putc('*', f);
		hex(f, field->data, field->len);
		break;
	case PER_UNKNOWN:
		fprintf(f, "?%" PRId64, field->i);
		break;
	case PER_SEQUENCE:
		(void)putc('{', f);
		break;
	case PER_SEQUENCE_OF:
		(void)putc('[', f);
		break;
	case PER_CHOICE:
		if (field->label)
			fprintf(f, "%s:", field->label);
		break;
	case PER_NESTED:
		return EINVAL;
	}

	return 0;
}


static int write_field(const struct per_field *field, bool leave, void *arg)
{
	const struct per_field *up = field->up;
	struct text *t = arg;

	if (leave) {
		if (field->kind != PER_CHOICE)
			(void)putc(field->kind == PER_SEQUENCE ? '}' : ']',
				   t->f);
		return 0;
	}
	if (field->depth + 1 >= DEPTH_MAX)
		return EOVERFLOW;
	if (up && up->kind != PER_CHOICE) {
		if (t->more[field->depth])
			(void)putc(',', t->f);
		t->more[field->depth] = true;
		if (up->kind == PER_SEQUENCE && field->name)
			fprintf(t->f, "%s=", field->name);
	}
	t->more[field->depth + 1] = false;
	return begin(t->f, field);
}


int text_of(char **textp, const struct per *per, const struct per_type *type,
	    const void *value)
{
	struct text *t = calloc(1, sizeof(*t));
	char *text = NULL;
	size_t size = 0;
	int err = ENOMEM;

	if (!t)
		return ENOMEM;
	t->f = open_memstream(&text, &size);
	if (t->f) {
		err = per_value_walk(per, type, value, write_field, t);
		if (fclose(t->f) && !err)
			err = ENOMEM;
	}
	free(t);
	if (err)
		free(text);
	else
		*textp = text;
	return err;
}
