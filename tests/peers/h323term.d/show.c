/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file show.c  From a value of any type to JSON, and finding things in it
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "addr/addr.h"
#include "h323gw/per/priv.h"
#include "value.h"


enum { NAME_MAX_LEN = 64 };

static json_t *show(const struct per_msg *m, const struct per_type *t,
		    const void *v);


json_t *hex(const uint8_t *p, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	json_t *j;
	char *text = malloc(2 * len + 1);

	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		text[2 * i]	= digits[p[i] >> 4];
		text[2 * i + 1] = digits[p[i] & 15];
	}
	j = json_stringn(text, 2 * len);
	free(text);

	return j;
}


static json_t *show_text(const OCTET_STRING_t *v, int wide)
{
	char *text = malloc(3 * (size_t)v->size + 1);
	size_t n   = 0;
	json_t *j;

	if (!text)
		return NULL;
	for (int i = 0; i + wide <= v->size; i += wide) {
		const uint8_t *p = v->buf + i;
		unsigned c = wide == 2 ? (unsigned)(p[0] << 8 | p[1]) : p[0];

		if (c < 0x80) {
			text[n++] = (char)c;
			continue;
		}
		if (c >= 0xd800 && c < 0xe000) /* half of a pair */
			c = 0xfffd;
		if (c < 0x800) {
			text[n++] = (char)(0xc0 | c >> 6);
		}
		else {
			text[n++] = (char)(0xe0 | c >> 12);
			text[n++] = (char)(0x80 | (c >> 6 & 0x3f));
		}
		text[n++] = (char)(0x80 | (c & 0x3f));
	}
	j = json_stringn(text, n);
	free(text);

	return j;
}


static json_t *show_oid(const OCTET_STRING_t *v)
{
	char text[128];

	if (per_oid_print(text, sizeof(text), v->buf, (size_t)v->size))
		return json_string(text);

	return hex(v->buf, (size_t)v->size);
}


static json_t *show_enumeral(const struct per_type *t, long v)
{
	for (unsigned i = 0; i < t->total; i++) {
		if (t->enums[i].value == v)
			return json_string(t->enums[i].name);
	}

	return json_integer((json_int_t)t->root - 1 - v);
}


static const void *member_value(const struct per_member *m, const void *v)
{
	const void *p = (const char *)v + m->offset;

	return m->pointer ? *(const void *const *)p : p;
}


static json_t *show_address(const struct per_type *t, const void *v)
{
	const OCTET_STRING_t *ip = member_value(&t->members[t->ip], v);
	const long *port = member_value(&t->members[t->port], v);
	char text[ADDR_STRLEN];
	struct addr a = {0};

	if (ip->size == 16) {
		a.u.in6.sin6_family = AF_INET6;
		memcpy(&a.u.in6.sin6_addr, ip->buf, 16);
	}
	else {
		a.u.in.sin_family = AF_INET;
		memcpy(&a.u.in.sin_addr, ip->buf, 4);
	}
	addr_set_port(&a, (uint16_t)*port);

	return json_string(addr_str(&a, text));
}


static json_t *show_sequence(const struct per_msg *m, const struct per_type *t,
			     const void *v)
{
	json_t *j;

	if (t->role == ROLE_ADDRESS && t->total == 2)
		return show_address(t, v);
	j = json_object();
	for (unsigned i = 0; i < t->total; i++) {
		const void *p = member_value(&t->members[i], v);

		if (p)
			(void)json_object_set_new(
				j, t->members[i].name,
				show(m, t->members[i].type, p));
	}

	return j;
}


static json_t *show_choice(const struct per_msg *m, const struct per_type *t,
			   const void *v)
{
	const int present = choice_get(t, v);
	const struct per_member *alternative;

	if (present < 1 || (unsigned)present > t->total)
		return json_string("unknown");
	alternative = &t->members[present - 1];
	if (alternative->type->kind == PER_NULL)
		return json_string(alternative->name);

	return json_pack("{s:o}", alternative->name,
			 show(m, alternative->type,
			      member_value(alternative, v)));
}


static json_t *show_list(const struct per_msg *m, const struct per_type *t,
			 const void *v)
{
	const asn_anonymous_set_ *list = v;
	json_t *j = json_array();

	for (int i = 0; i < list->count; i++) {
		const struct per_nested *nested =
			t->role == ROLE_CARRIER
				? per_nested_find(m, list->array[i])
				: NULL;

		if (nested && nested->value)
			(void)json_array_append_new(
				j, show(m, nested->type, nested->value));
		else
			(void)json_array_append_new(
				j, show(m, t->members[0].type,
					list->array[i]));
	}

	return j;
}


static json_t *show(const struct per_msg *m, const struct per_type *t,
		    const void *v)
{
	const OCTET_STRING_t *octets = v;

	switch (t->kind) {

	case PER_NULL:
		return json_null();
	case PER_BOOLEAN:
		return json_boolean(*(const int *)v);
	case PER_INTEGER:
		return json_integer(*(const long *)v);
	case PER_ENUMERATED:
		return show_enumeral(t, *(const long *)v);
	case PER_STRING:
		return show_text(octets, 1);
	case PER_BMP_STRING:
		return show_text(octets, 2);
	case PER_OID:
		return show_oid(octets);
	case PER_SEQUENCE:
		return show_sequence(m, t, v);
	case PER_SEQUENCE_OF:
		return show_list(m, t, v);
	case PER_CHOICE:
		return show_choice(m, t, v);
	default:
		/* a BIT STRING begins like an OCTET STRING */
		return hex(octets->buf, (size_t)octets->size);
	}
}


int value_decode(json_t **json, const struct per *per, const char *type,
		 const uint8_t *p, size_t len, char *why)
{
	const struct per_type *t = per_type_find(per, type);
	struct per_fault fault = {0};
	struct per_msg *msg;
	int err;

	err = t ? per_decode(&msg, per, t, p, len, &fault) : EINVAL;
	if (err) {
		(void)snprintf(why, WHY_LEN, "%s: %s at octet %zu",
			       fault.type ? fault.type : type,
			       fault.what ? fault.what : "not readable",
			       fault.octet);
		return err;
	}
	*json = show(msg, t, per_msg_value(msg));
	per_msg_free(msg);

	return *json ? 0 : ENOMEM;
}


/* ---- finding one's way */

json_t *at(const json_t *json, const char *path)
{
	char name[NAME_MAX_LEN];

	while (json && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(name))
			return NULL;
		memcpy(name, path, n);
		name[n] = '\0';
		json	= json_object_get(json, name);
		path += n + (path[n] == '.');
	}

	return (json_t *)(uintptr_t)json;
}


const char *text_at(const json_t *json, const char *path)
{
	return json_string_value(at(json, path));
}


long number_at(const json_t *json, const char *path, long dflt)
{
	const json_t *j = at(json, path);

	return json_is_integer(j) ? (long)json_integer_value(j) : dflt;
}


const char *choice(const json_t *json, json_t **value)
{
	void *it;

	if (value)
		*value = NULL;
	if (json_is_string(json))
		return json_string_value(json);
	it = json_object_iter((json_t *)(uintptr_t)json);
	if (it && value)
		*value = json_object_iter_value(it);

	return it ? json_object_iter_key(it) : NULL;
}
