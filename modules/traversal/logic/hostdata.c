/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file hostdata.c  What only Kamailio needs to take a contact back
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <jansson.h>
#include "logic/hostdata.h"

struct text
{
	char *p;
	size_t left; /**< without the NUL */
	bool full;
};

static void put_char(struct text *t, char c)
{
	if(!t->left) {
		t->full = true;
		return;
	}
	*t->p++ = c;
	t->left--;
}

static void put_text(struct text *t, const char *s)
{
	while(*s)
		put_char(t, *s++);
}

static void put_number(struct text *t, long long v)
{
	unsigned long long u =
			v < 0 ? 0ULL - (unsigned long long)v : (unsigned long long)v;
	char digits[24];
	size_t n = 0;

	if(v < 0)
		put_char(t, '-');
	do {
		digits[n++] = (char)('0' + u % 10);
		u /= 10;
	} while(u);
	while(n)
		put_char(t, digits[--n]);
}

/* RFC 8259 section 7; what is beyond ASCII as if it were Latin 1, so that any
 * octets make valid JSON */
static void put_string(struct text *t, const char *s)
{
	static const char hex[] = "0123456789abcdef";

	put_char(t, '"');
	for(; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if(c == '"' || c == '\\') {
			put_char(t, '\\');
			put_char(t, (char)c);
		} else if(c < 0x20 || c >= 0x7f) {
			put_text(t, "\\u00");
			put_char(t, hex[c >> 4]);
			put_char(t, hex[c & 15]);
		} else {
			put_char(t, (char)c);
		}
	}
	put_char(t, '"');
}

static void member(struct text *t, const char *name)
{
	put_char(t, ',');
	put_char(t, '"');
	put_text(t, name);
	put_text(t, "\":");
}

/**
 * Writes it as JSON; the same data give the same text
 *
 * @param buf  Receives the text with its NUL
 * @param size Room in it
 * @param h    Data
 *
 * @return 0, EINVAL, EMSGSIZE
 */
int hostdata_encode(char *buf, size_t size, const struct hostdata *h)
{
	struct text t = {.p = buf, .left = size ? size - 1 : 0};

	if(!buf || !size || !h || !h->domain)
		return EINVAL;

	put_text(&t, "{\"domain\":");
	put_string(&t, h->domain);
	if(h->socket) {
		member(&t, "socket");
		put_string(&t, h->socket);
	}
	if(h->received) {
		member(&t, "received");
		put_string(&t, h->received);
	}
	member(&t, "flags");
	put_number(&t, h->flags);
	member(&t, "cflags");
	put_number(&t, h->cflags);
	member(&t, "methods");
	put_number(&t, h->methods);
	member(&t, "serverId");
	put_number(&t, h->serverId);
	put_char(&t, '}');
	*t.p = '\0';

	return t.full ? EMSGSIZE : 0;
}

static bool get_unsigned(const json_t *o, const char *name, unsigned *v)
{
	const json_t *j = json_object_get(o, name);
	json_int_t n = json_integer_value(j);

	if(!j)
		return true;
	if(!json_is_integer(j) || n < 0 || n > UINT_MAX)
		return false;
	*v = (unsigned)n;

	return true;
}

static bool get_int(const json_t *o, const char *name, int *v)
{
	const json_t *j = json_object_get(o, name);
	json_int_t n = json_integer_value(j);

	if(!j)
		return true;
	if(!json_is_integer(j) || n < INT_MIN || n > INT_MAX)
		return false;
	*v = (int)n;

	return true;
}

/**
 * Reads it back
 *
 * @param dp   Receives what owns the strings; hostdata_free() it
 * @param h    Receives the data
 * @param text JSON
 *
 * @return 0, EINVAL, EBADMSG when it is not what hostdata_encode() writes
 */
int hostdata_decode(
		struct hostdata_doc **dp, struct hostdata *h, const char *text)
{
	json_t *o;

	if(!dp || !h || !text)
		return EINVAL;

	*h = (struct hostdata){0};
	o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	h->domain = json_string_value(json_object_get(o, "domain"));
	h->socket = json_string_value(json_object_get(o, "socket"));
	h->received = json_string_value(json_object_get(o, "received"));
	if(!h->domain || !get_unsigned(o, "flags", &h->flags)
			|| !get_unsigned(o, "cflags", &h->cflags)
			|| !get_unsigned(o, "methods", &h->methods)
			|| !get_int(o, "serverId", &h->serverId)) {
		json_decref(o);
		return EBADMSG;
	}

	*dp = (struct hostdata_doc *)o;
	return 0;
}

void hostdata_free(struct hostdata_doc *d)
{
	json_decref((json_t *)d);
}
