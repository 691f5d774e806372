/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file hello.c  HELLO, WELCOME and REFUSE, from JSON and to it
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <jansson.h>
#include "tunnel/hello.h"


enum {
	VERSIONS_MAX = 16,
	DEPTH_MAX    = 4,
};


static char *dump(json_t *o)
{
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);

	return text;
}


/* jansson goes as deep as the text does */
static bool shallow(const char *p, size_t len)
{
	bool in_text   = false;
	unsigned depth = 0, most = 0;

	for (size_t i = 0; i < len; i++) {
		if (p[i] == '"')
			in_text = !in_text;
		else if (in_text)
			i += p[i] == '\\';
		else if (p[i] == '{' || p[i] == '[')
			most += ++depth > most;
		else if ((p[i] == '}' || p[i] == ']') && depth)
			--depth;
	}

	return most <= DEPTH_MAX;
}


static json_t *load(const char *p, size_t len)
{
	json_t *o = shallow(p, len)
			    ? json_loadb(p, len, JSON_REJECT_DUPLICATES, NULL)
			    : NULL;

	if (o && !json_is_object(o)) {
		json_decref(o);
		o = NULL;
	}

	return o;
}


/* false: it is not text, or too long. Absent is "" */
static bool get_text(const json_t *o, const char *name, char *to, size_t size)
{
	const json_t *v = json_object_get(o, name);

	to[0] = '\0';
	if (!v)
		return true;
	if (!json_is_string(v) || json_string_length(v) >= size ||
	    strlen(json_string_value(v)) != json_string_length(v))
		return false;
	(void)snprintf(to, size, "%s", json_string_value(v));

	return true;
}


static bool get_number(const json_t *o, const char *name, uint64_t max,
		       uint64_t *to)
{
	const json_t *v = json_object_get(o, name);

	*to = 0;
	if (!v)
		return true;
	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    (uint64_t)json_integer_value(v) > max)
		return false;
	*to = (uint64_t)json_integer_value(v);

	return true;
}


static bool hex_valid(const char *s, size_t digits)
{
	return !s[0] || (strlen(s) == digits &&
			 strspn(s, "0123456789abcdef") == digits);
}


static bool session_valid(const char *s)
{
	return hex_valid(s, HELLO_SESSION);
}


char *hello_encode(const struct hello *h)
{
	json_t *o = json_pack("{s:[i],s:s,s:s,s:s,s:o}", "versions",
			      TUNNEL_VERSION, "agent", h->agent, "proof",
			      h->proof, "software", h->software, "mediaModes",
			      media_modes_json(h->modes));

	if (o && h->session[0]) {
		(void)json_object_set_new(o, "session",
					  json_string(h->session));
		(void)json_object_set_new(
			o, "received", json_integer((json_int_t)h->received));
	}
	if (o && h->media)
		(void)json_object_set_new(o, "carries", json_string("media"));
	if (o && h->hide[0])
		(void)json_object_set_new(o, "hide", json_string(h->hide));

	return dump(o);
}


static bool speaks(const json_t *versions)
{
	bool yes = false;

	if (json_array_size(versions) > VERSIONS_MAX)
		return false;
	for (size_t i = 0; i < json_array_size(versions); i++)
		yes |= json_integer_value(json_array_get(versions, i)) ==
		       TUNNEL_VERSION;

	return yes;
}


int hello_decode(struct hello *h, const char *p, size_t len)
{
	char carries[8] = "";
	json_t *o	= load(p, len);
	bool ok;

	memset(h, 0, sizeof(*h));
	ok = o && json_is_array(json_object_get(o, "versions")) &&
	     get_text(o, "agent", h->agent, sizeof(h->agent)) &&
	     get_text(o, "proof", h->proof, sizeof(h->proof)) &&
	     get_text(o, "session", h->session, sizeof(h->session)) &&
	     get_text(o, "software", h->software, sizeof(h->software)) &&
	     get_text(o, "carries", carries, sizeof(carries)) &&
	     get_text(o, "hide", h->hide, sizeof(h->hide)) &&
	     hex_valid(h->hide, HELLO_HIDE) &&
	     get_number(o, "received", INT64_MAX, &h->received) &&
	     session_valid(h->session) && auth_name_valid(h->agent) &&
	     !media_modes_read(&h->modes, json_object_get(o, "mediaModes"));
	h->media = !strcmp(carries, "media");
	ok	 = ok && (h->media ? h->session[0] != '\0' : !carries[0]);
	if (ok)
		h->speaks = speaks(json_object_get(o, "versions"));
	json_decref(o);

	return ok ? 0 : EBADMSG;
}


char *welcome_encode(const struct welcome *w)
{
	return dump(json_pack("{s:i,s:s,s:b,s:I,s:i,s:[i,i],s:b,s:s}",
			      "version",
			      (int)w->version, "session", w->session,
			      "resumed", w->resumed, "received",
			      (json_int_t)w->received, "keepalive",
			      (int)w->keepalive, "media", (int)w->media[0],
			      (int)w->media[1], "mediaLink", w->media_link,
			      "mediaMode", media_mode_name(w->mode)));
}


int welcome_decode(struct welcome *w, const char *p, size_t len)
{
	uint64_t version = 0, keepalive = 0;
	json_t *o = load(p, len), *media;
	bool ok;

	memset(w, 0, sizeof(*w));
	ok = o && get_number(o, "version", UINT32_MAX, &version) &&
	     version == TUNNEL_VERSION &&
	     get_text(o, "session", w->session, sizeof(w->session)) &&
	     w->session[0] && session_valid(w->session) &&
	     get_number(o, "received", INT64_MAX, &w->received) &&
	     get_number(o, "keepalive", 3600000, &keepalive) && keepalive;
	media = json_object_get(o, "media");
	for (size_t i = 0; ok && i < 2; i++) {
		json_int_t port = json_integer_value(json_array_get(media, i));

		ok = port >= 0 && port <= 65535;
		w->media[i] = ok ? (uint16_t)port : 0;
	}
	media	= json_object_get(o, "mediaMode");
	w->mode = media ? media_mode_find(json_string_value(media))
			: MEDIA_SEALED;
	w->version   = (unsigned)version;
	w->keepalive = (uint32_t)keepalive;
	w->resumed   = json_is_true(json_object_get(o, "resumed"));
	w->media_link = json_is_true(json_object_get(o, "mediaLink"));
	json_decref(o);

	return ok ? 0 : EBADMSG;
}


char *refuse_encode(const struct refuse *r)
{
	return dump(json_pack("{s:i,s:s,s:i}", "code", (int)r->code, "text",
			      r->text, "retryAfter", (int)r->retry));
}


int refuse_decode(struct refuse *r, const char *p, size_t len)
{
	json_t *o = load(p, len);
	uint64_t code, retry = 0;
	bool ok;

	memset(r, 0, sizeof(*r));
	ok = o && get_number(o, "code", INT32_MAX, &code) && code &&
	     get_number(o, "retryAfter", 86400, &retry) &&
	     get_text(o, "text", r->text, sizeof(r->text));
	r->code	 = ok ? (enum refuse_code)code : 0;
	r->retry = (uint32_t)retry;
	json_decref(o);

	return ok ? 0 : EBADMSG;
}
