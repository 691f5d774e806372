/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file what.c  What a byte channel is for, as its OPEN says
 *
 * Pure: text in, struct out, and back.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <jansson.h>
#include "bytes/what.h"


/** Write it; the length of the text */
size_t what_service_encode(const struct what_service *w, char buf[WHAT_LEN])
{
	char to[ADDR_STRLEN], from[ADDR_STRLEN];
	const bool named = addr_is_set(&w->from);
	const int n = snprintf(
		buf, WHAT_LEN,
		"{\"kind\":\"service\",\"to\":\"%s\"%s%s%s%s}",
		addr_str(&w->to, to), named ? ",\"from\":\"" : "",
		named ? addr_str(&w->from, from) : "", named ? "\"" : "",
		w->ask ? ",\"ask\":true" : "");

	return (size_t)n;
}


/* of a host, with a port */
static bool takes_addr(struct addr *a, const char *text)
{
	return !addr_parse_hostport(a, text) && addr_port(a) &&
	       !addr_is_any(a) && !addr_is_multicast(a);
}


static int take(struct what_service *w, const json_t *o)
{
	const char *kind = json_string_value(json_object_get(o, "kind"));
	const char *to	 = json_string_value(json_object_get(o, "to"));
	const char *from = json_string_value(json_object_get(o, "from"));
	const json_t *ask = json_object_get(o, "ask");

	if (!kind || strcmp(kind, "service"))
		return ENOENT;
	if (!to || !takes_addr(&w->to, to))
		return EBADMSG;
	if (from && addr_parse_hostport(&w->from, from))
		return EBADMSG;
	if (ask && !json_is_boolean(ask))
		return EBADMSG;
	w->ask = json_is_true(ask);

	return 0;
}


/**
 * Read it
 *
 * @param w    Result
 * @param text OPEN's text
 * @param len  Its length
 *
 * @return 0; ENOENT: it is of another kind; EBADMSG: it makes no sense
 */
int what_service_decode(struct what_service *w, const char *text, size_t len)
{
	json_t *o = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	int err;

	memset(w, 0, sizeof(*w));
	err = o ? take(w, o) : ENOENT;
	json_decref(o);

	return err;
}


/** Write it; the length of the text */
size_t what_tcp_encode(const struct what_tcp *w, char buf[WHAT_LEN])
{
	const bool to = addr_is_set(&w->to);
	char text[ADDR_STRLEN];
	const int n = snprintf(buf, WHAT_LEN,
			       "{\"kind\":\"tcp\",\"id\":%u,\"%s\":\"%s\"}",
			       w->id, to ? "to" : "from",
			       addr_str(to ? &w->to : &w->from, text));

	return (size_t)n;
}


static bool takes_id(uint32_t *id, const json_t *o)
{
	const json_int_t n = json_integer_value(o);

	if (!json_is_integer(o) || n < 0 || n > UINT32_MAX)
		return false;
	*id = (uint32_t)n;

	return true;
}


static int take_tcp(struct what_tcp *w, const json_t *o)
{
	const char *kind = json_string_value(json_object_get(o, "kind"));
	const char *to	 = json_string_value(json_object_get(o, "to"));
	const char *from = json_string_value(json_object_get(o, "from"));
	const json_t *id = json_object_get(o, "id");

	if (!kind || strcmp(kind, "tcp"))
		return ENOENT;
	if (!takes_id(&w->id, id) || !to == !from)
		return EBADMSG;

	return takes_addr(to ? &w->to : &w->from, to ? to : from) ? 0
								  : EBADMSG;
}


/** Read it; as what_service_decode() */
int what_tcp_decode(struct what_tcp *w, const char *text, size_t len)
{
	json_t *o = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	int err;

	memset(w, 0, sizeof(*w));
	err = o ? take_tcp(w, o) : ENOENT;
	json_decref(o);

	return err;
}


/** Is it a connection's key? */
bool what_key_ok(const char *key)
{
	return strlen(key) == WHAT_KEY_LEN - 1 &&
	       strspn(key, "0123456789abcdef") == WHAT_KEY_LEN - 1;
}


/** Write it; the length of the text */
size_t what_h225_encode(const struct what_h225 *w, char buf[WHAT_LEN])
{
	char from[ADDR_STRLEN], at[ADDR_STRLEN], key[WHAT_KEY_LEN + 10] = "";
	int n;

	if (w->key[0])
		(void)snprintf(key, sizeof(key), ",\"key\":\"%s\"", w->key);
	if (addr_is_set(&w->to))
		n = snprintf(buf, WHAT_LEN,
			     "{\"kind\":\"h225\",\"to\":\"%s\"%s}",
			     addr_str(&w->to, at), key);
	else if (w->again)
		n = snprintf(buf, WHAT_LEN,
			     "{\"kind\":\"h225\",\"from\":\"%s\"%s,"
			     "\"received\":%" PRIu64 "}",
			     addr_str(&w->from, from), key, w->received);
	else
		n = snprintf(buf, WHAT_LEN,
			     "{\"kind\":\"h225\",\"id\":%u,\"from\":\"%s\","
			     "\"local\":\"%s\"%s}",
			     w->id, addr_str(&w->from, from),
			     addr_str(&w->local, at), key);

	return (size_t)n;
}


static bool takes_key(struct what_h225 *w, const json_t *o)
{
	const char *key	   = json_string_value(json_object_get(o, "key"));
	const json_t *n	   = json_object_get(o, "received");
	const json_int_t v = json_integer_value(n);

	if (key && !what_key_ok(key))
		return false;
	if (key)
		memcpy(w->key, key, WHAT_KEY_LEN);
	w->again    = n != NULL;
	w->received = (uint64_t)v;

	return !n || (key && json_is_integer(n) && v >= 0);
}


static int take_h225(struct what_h225 *w, const json_t *o)
{
	const char *kind  = json_string_value(json_object_get(o, "kind"));
	const char *to	  = json_string_value(json_object_get(o, "to"));
	const char *from  = json_string_value(json_object_get(o, "from"));
	const char *local = json_string_value(json_object_get(o, "local"));
	const json_t *id  = json_object_get(o, "id");

	if (!kind || strcmp(kind, "h225"))
		return ENOENT;
	if (!takes_key(w, o) || !to == !from ||
	    (from && !w->again) != !!local || (w->again && (to || id)) ||
	    (id && !takes_id(&w->id, id)))
		return EBADMSG;
	if (to)
		return takes_addr(&w->to, to) ? 0 : EBADMSG;

	return takes_addr(&w->from, from) &&
			       (w->again || takes_addr(&w->local, local))
		       ? 0
		       : EBADMSG;
}


/** Read it; as what_service_decode() */
int what_h225_decode(struct what_h225 *w, const char *text, size_t len)
{
	json_t *o = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	int err;

	memset(w, 0, sizeof(*w));
	err = o ? take_h225(w, o) : ENOENT;
	json_decref(o);

	return err;
}
