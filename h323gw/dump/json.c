/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file dump/json.c  Messages for programs: a JSON object a line
 *
 * A SEQUENCE is an object, a SEQUENCE OF an array, a CHOICE an object with the
 * one member it is, octets are hexadecimal text, an unknown addition a member
 * named by its index, a message in an OCTET STRING an object with its octets
 * and itself. Owns nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "element.h"
#include "print.h"


enum {
	DEPTH	 = 2 * PER_DEPTH_MAX + 8,
	OID_TEXT = 128,
};

/** What the walk is within */
struct builder {
	json_t *up[DEPTH];
	const struct per_field *field[DEPTH];
	unsigned depth;
	json_t *root;
};


static json_t *hex(const uint8_t *p, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * len + 1);
	json_t *o;

	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		text[2 * i]	= digits[p[i] >> 4];
		text[2 * i + 1] = digits[p[i] & 15];
	}
	o = json_stringn(text, 2 * len);
	free(text);

	return o;
}


/* as UTF-8 */
static json_t *characters(const uint8_t *p, size_t len, size_t step)
{
	char *text = malloc(3 * len + 1);
	size_t n   = 0;
	json_t *o;

	if (!text)
		return NULL;
	for (size_t i = 0; i + step <= len; i += step) {
		unsigned c = step == 2 ? (unsigned)(p[i] << 8 | p[i + 1])
				       : p[i];

		if (c >= 0xd800 && c < 0xe000) /* half of a pair */
			c = 0xfffd;
		if (c < 0x80) {
			text[n++] = (char)c;
		} else if (c < 0x800) {
			text[n++] = (char)(0xc0 | c >> 6);
			text[n++] = (char)(0x80 | (c & 0x3f));
		} else {
			text[n++] = (char)(0xe0 | c >> 12);
			text[n++] = (char)(0x80 | (c >> 6 & 0x3f));
			text[n++] = (char)(0x80 | (c & 0x3f));
		}
	}
	o = json_stringn(text, n);
	free(text);

	return o;
}


static json_t *value(const struct per_field *fd)
{
	char oid[OID_TEXT];

	switch (fd->kind) {

	case PER_NULL:
		return json_null();
	case PER_BOOLEAN:
		return json_boolean(fd->i);
	case PER_INTEGER:
		return json_integer(fd->i);
	case PER_ENUMERATED:
		return fd->label ? json_string(fd->label)
				 : json_integer(fd->i);
	case PER_STRING:
		return characters(fd->data, fd->len, 1);
	case PER_BMP_STRING:
		return characters(fd->data, fd->len, 2);
	case PER_OID:
		if (per_oid_print(oid, sizeof(oid), fd->data, fd->len))
			return json_string(oid);
		return hex(fd->data, fd->len);
	case PER_SEQUENCE:
	case PER_CHOICE:
	case PER_NESTED:
		return json_object();
	case PER_SEQUENCE_OF:
		return json_array();
	default:
		return hex(fd->data, fd->len);
	}
}


static int put(struct builder *b, const struct per_field *fd, json_t *v)
{
	json_t *up = b->depth ? b->up[b->depth - 1] : NULL;
	const struct per_field *in = b->depth ? b->field[b->depth - 1] : NULL;
	char number[32];
	const char *name = fd->name;

	if (!v)
		return ENOMEM;
	if (!up) {
		b->root = v;
		return 0;
	}
	if (json_is_array(up))
		return json_array_append_new(up, v) ? ENOMEM : 0;
	if (fd->kind == PER_UNKNOWN) {
		(void)snprintf(number, sizeof(number), "unknown-%lld",
			       (long long)fd->i);
		name = number;
	} else if (in->kind == PER_CHOICE && in->label) {
		name = in->label;
	} else if (!name) {
		name = fd->type_name ? fd->type_name : "value";
	}

	return json_object_set_new(up, name, v) ? ENOMEM : 0;
}


static int on_field(const struct per_field *fd, bool leave, void *arg)
{
	struct builder *b = arg;
	json_t *v;
	int err;

	if (leave) {
		--b->depth;
		return 0;
	}
	v   = value(fd);
	err = put(b, fd, v);
	if (!err && fd->kind == PER_NESTED &&
	    json_object_set_new(v, "octets", hex(fd->data, fd->len)))
		err = ENOMEM;
	if (err || (fd->kind != PER_SEQUENCE && fd->kind != PER_SEQUENCE_OF &&
		    fd->kind != PER_CHOICE && fd->kind != PER_NESTED))
		return err;
	if (b->depth == DEPTH)
		return EOVERFLOW;
	b->up[b->depth]	     = v;
	b->field[b->depth++] = fd;

	return 0;
}


/* a number's meaning stands beside it, under its name with Name after it */
static void put_value(json_t *o, const struct element_value *v)
{
	char name[64];

	switch (v->kind) {

	case ELEMENT_NUMBER:
		(void)json_object_set_new(o, v->key, json_integer(v->number));
		(void)snprintf(name, sizeof(name), "%sName", v->key);
		if (*v->meaning)
			(void)json_object_set_new(o, name,
						  json_string(v->meaning));
		break;
	case ELEMENT_TEXT:
		(void)json_object_set_new(o, v->key,
					  characters(v->p, v->len, 1));
		break;
	default:
		(void)json_object_set_new(o, v->key, hex(v->p, v->len));
	}
}


static json_t *ie_json(const struct q931_ie *ie)
{
	struct element e;
	json_t *o = json_pack("{s:s,s:i,s:i}", "name", q931_ie_name(ie), "id",
			      ie->id, "codeset", ie->codeset);

	if (!o || ie->single)
		return o;
	(void)json_object_set_new(o, "contents", hex(ie->p, ie->len));
	if (element_read(&e, ie)) {
		for (size_t i = 0; i < e.n; i++)
			put_value(o, &e.values[i]);
	}

	return o;
}


static json_t *q931_json(const struct q931 *q)
{
	json_t *list = json_array();

	for (size_t i = 0; i < q->iec; i++)
		(void)json_array_append_new(list, ie_json(&q->iev[i]));

	return json_pack("{s:i,s:i,s:I,s:b,s:i,s:s,s:o}",
			 "protocolDiscriminator", Q931_DISCRIMINATOR,
			 "callReferenceLength", q->callref_len,
			 "callReference", (json_int_t)q->callref,
			 "fromDestination", q->from_destination, "messageType",
			 q->type, "name", q931_type_name(q->type), "elements",
			 list);
}


int print_json(FILE *f, const struct message *m, const struct per *per)
{
	char src[ADDR_STRLEN] = "", dst[ADDR_STRLEN] = "";
	struct builder *b = calloc(1, sizeof(*b));
	json_t *o;
	int err = b ? 0 : ENOMEM;
	(void)per;

	if (addr_is_set(&m->src)) {
		(void)addr_str(&m->src, src);
		(void)addr_str(&m->dst, dst);
	}
	o = json_pack("{s:I,s:s,s:s,s:s,s:s}", "frame", (json_int_t)m->frame,
		      "protocol", message_protocol_name(m->protocol), "name",
		      message_name(m), "source", src, "destination", dst);
	if (!err && m->protocol == MESSAGE_H225)
		(void)json_object_set_new(o, "q931", q931_json(&m->q931));
	if (!err && m->msg) {
		err = per_msg_walk(m->msg, on_field, b);
		if (b->root)
			(void)json_object_set_new(o, "message", b->root);
	}
	if (!err && (!o || json_dumpf(o, f, JSON_COMPACT)))
		err = ENOMEM;
	(void)fputc('\n', f);
	json_decref(o);
	free(b);

	return err;
}
