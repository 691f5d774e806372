/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file print.c  Messages for people
 *
 * One field a line, what lies in it further in. Owns nothing.
 */
#include <ctype.h>
#include <string.h>
#include <arpa/inet.h>
#include "element.h"
#include "print.h"


enum {
	OID_TEXT = 128,
	TEXT_MIN = 3, /* characters, to be shown as such beside the octets */
};


/** A line a message; a nested message has its own */
void print_summary(FILE *f, const struct message *m, const struct per *per)
{
	const struct per_nested *nested;
	size_t n;

	(void)fprintf(f, "%lu\t%s\t%s\n", m->frame,
		      message_protocol_name(m->protocol), message_name(m));
	n = m->msg ? per_msg_nested(m->msg, &nested) : 0;
	for (size_t i = 0; i < n; i++) {
		const char *name = message_nested_name(per, &nested[i]);

		if (name)
			(void)fprintf(f, "%lu\tH.245\t%s\n", m->frame, name);
	}
}


static void indent(FILE *f, unsigned depth)
{
	while (depth--)
		(void)fputs("  ", f);
}


static void print_octets(FILE *f, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		(void)fprintf(f, "%02x", p[i]);
}


static void print_string(FILE *f, const uint8_t *p, size_t len, size_t step)
{
	(void)fputc('"', f);
	for (size_t i = 0; i + step <= len; i += step) {
		const unsigned c = step == 2 ? p[i] << 8 | p[i + 1] : p[i];

		if (c >= ' ' && c < 0x7f && c != '"' && c != '\\')
			(void)fputc((int)c, f);
		else
			(void)fprintf(f, "\\u%04x", c);
	}
	(void)fputc('"', f);
}


static bool is_named(const struct per_field *fd, const char *a, const char *b)
{
	return fd->name && (!strcmp(fd->name, a) || !strcmp(fd->name, b));
}


/* a name some program gave itself: text in octets, perhaps ended by zeros */
static bool is_text(const uint8_t *p, size_t len)
{
	while (len && !p[len - 1])
		--len;
	for (size_t i = 0; i < len; i++) {
		if (!isprint(p[i]))
			return false;
	}

	return len >= TEXT_MIN;
}


static void print_address(FILE *f, const uint8_t *p, size_t len)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(len == 4 ? AF_INET : AF_INET6, p, text, sizeof(text)))
		(void)fputs(text, f);
}


/* as identifiers of calls and conferences are written elsewhere */
static void print_guid(FILE *f, const uint8_t *p)
{
	static const unsigned parts[] = {4, 2, 2, 2, 6};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (i)
			(void)fputc('-', f);
		print_octets(f, p, parts[i]);
		p += parts[i];
	}
}


static void print_octet_string(FILE *f, const struct per_field *fd)
{
	const uint8_t *p = fd->data;
	size_t len	 = fd->len;

	if ((len == 4 || len == 16) && is_named(fd, "ip", "network")) {
		print_address(f, p, len);
		return;
	}
	if (len == 16 && (is_named(fd, "guid", "conferenceID") ||
			  is_named(fd, "threadId", "globalCallId"))) {
		print_guid(f, p);
		return;
	}
	print_octets(f, p, len);
	if (is_text(p, len)) {
		while (!p[len - 1])
			--len;
		(void)fputc(' ', f);
		print_string(f, p, len, 1);
	}
}


static void print_number(FILE *f, const struct per_field *fd)
{
	if (fd->is_unsigned)
		(void)fprintf(f, "%llu", (unsigned long long)fd->i);
	else
		(void)fprintf(f, "%lld", (long long)fd->i);
}


static void print_value(FILE *f, const struct per_field *fd)
{
	char oid[OID_TEXT];

	switch (fd->kind) {

	case PER_NULL:
		(void)fputs("NULL", f);
		break;
	case PER_BOOLEAN:
		(void)fputs(fd->i ? "true" : "false", f);
		break;
	case PER_INTEGER:
		print_number(f, fd);
		break;
	case PER_ENUMERATED:
		if (fd->label)
			(void)fputs(fd->label, f);
		else
			(void)fprintf(f, "unknown (%lld)", (long long)fd->i);
		break;
	case PER_STRING:
		print_string(f, fd->data, fd->len, 1);
		break;
	case PER_BMP_STRING:
		print_string(f, fd->data, fd->len, 2);
		break;
	case PER_OID:
		if (per_oid_print(oid, sizeof(oid), fd->data, fd->len))
			(void)fputs(oid, f);
		else
			print_octets(f, fd->data, fd->len);
		break;
	case PER_BIT_STRING:
		print_octets(f, fd->data, fd->len);
		(void)fprintf(f, " (%zu bits)", fd->len * 8 - fd->unused_bits);
		break;
	case PER_CHOICE:
		(void)fputs(fd->label ? fd->label : "unknown", f);
		break;
	case PER_SEQUENCE_OF:
		(void)fprintf(f, "%zu", fd->count);
		break;
	case PER_UNKNOWN:
		(void)fprintf(f, "unknown addition %lld: ", (long long)fd->i);
		print_octets(f, fd->data, fd->len);
		break;
	case PER_NESTED:
		(void)fprintf(f, "%zu octets", fd->len);
		break;
	case PER_OCTET_STRING:
		print_octet_string(f, fd);
		break;
	case PER_OPEN:
		print_octets(f, fd->data, fd->len);
		break;
	default:
		break;
	}
}


static int on_field(const struct per_field *fd, bool leave, void *arg)
{
	FILE *f = arg;

	if (leave)
		return 0;
	indent(f, fd->depth + 1);
	if (fd->name)
		(void)fprintf(f, "%s", fd->name);
	else if (fd->up && fd->up->kind == PER_SEQUENCE_OF)
		(void)fprintf(f, "[%zu]", fd->index);
	else
		(void)fprintf(f, "%s", fd->type_name ? fd->type_name : "-");
	if (fd->kind != PER_SEQUENCE)
		(void)fputs(": ", f);
	print_value(f, fd);
	(void)fputc('\n', f);

	return 0;
}


static void print_element(FILE *f, const struct q931_ie *ie)
{
	struct element e;

	if (!element_read(&e, ie)) {
		print_octets(f, ie->p, ie->len);
		return;
	}
	for (size_t i = 0; i < e.n; i++) {
		const struct element_value *v = &e.values[i];

		(void)fprintf(f, "%s%s ", i ? ", " : "", v->key);
		if (v->kind == ELEMENT_TEXT)
			print_string(f, v->p, v->len, 1);
		else if (v->kind == ELEMENT_OCTETS)
			print_octets(f, v->p, v->len);
		else if (*v->meaning)
			(void)fprintf(f, "%u (%s)", v->number, v->meaning);
		else
			(void)fprintf(f, "%u", v->number);
	}
}


static void print_q931(FILE *f, const struct q931 *q)
{
	(void)fprintf(f, "  callReference: %u (%s)\n  messageType: 0x%02x %s\n",
		      q->callref,
		      q->from_destination ? "from destination" : "from origin",
		      q->type, q931_type_name(q->type));
	for (size_t i = 0; i < q->iec; i++) {
		const struct q931_ie *ie = &q->iev[i];
		const char *name	 = q931_ie_name(ie);

		if (ie->id == Q931_IE_USER_USER && !ie->codeset) {
			(void)fprintf(f, "  userUser: %zu octets\n", ie->len);
			continue;
		}
		if (*name)
			(void)fprintf(f, "  %s: ", name);
		else
			(void)fprintf(f, "  element 0x%02x of codeset %u: ",
				      ie->id, ie->codeset);
		if (ie->single)
			(void)fprintf(f, "0x%02x", ie->id);
		else
			print_element(f, ie);
		(void)fputc('\n', f);
	}
}


/** All of a message */
void print_text(FILE *f, const struct message *m, const struct per *per)
{
	char src[ADDR_STRLEN], dst[ADDR_STRLEN];
	(void)per;

	(void)fprintf(f, "Frame %lu: %s %s", m->frame,
		      message_protocol_name(m->protocol), message_name(m));
	if (addr_is_set(&m->src))
		(void)fprintf(f, ", %s -> %s", addr_str(&m->src, src),
			      addr_str(&m->dst, dst));
	(void)fputc('\n', f);
	if (m->protocol == MESSAGE_H225)
		print_q931(f, &m->q931);
	if (m->msg)
		(void)per_msg_walk(m->msg, on_field, f);
	(void)fputc('\n', f);
}
