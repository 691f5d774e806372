/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file edge.c  A message's lines, and what is rewritten in which
 *
 * Owns nothing.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include "edge/priv.h"

/* ---- text ---- */

void edge_put(struct text *t, const char *p, size_t len)
{
	if (len > t->size - t->len) {
		t->full = true;
		return;
	}
	memcpy(t->p + t->len, p, len);
	t->len += len;
}

void edge_put_str(struct text *t, const char *s)
{
	edge_put(t, s, strlen(s));
}

void edge_put_span(struct text *t, const struct span *s)
{
	edge_put(t, s->p, (size_t)(s->end - s->p));
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* whatever its case, and spaces around it */
bool edge_named(const struct span *s, const char *name)
{
	const char *p = s->p, *end = s->end;

	while (p < end && is_space(*p))
		++p;
	while (end > p && is_space(end[-1]))
		--end;
	return (size_t)(end - p) == strlen(name) &&
	       !strncasecmp(p, name, (size_t)(end - p));
}

static const char *const transports[] = {"udp", "tcp", "tls"};

int edge_transport_decode(enum edge_transport *t, const char *name)
{
	unsigned i = 0;

	while (name && i < EDGE_TRANSPORTS && strcmp(name, transports[i]))
		++i;
	*t = i;
	return i < EDGE_TRANSPORTS ? 0 : EINVAL;
}

const char *edge_transport_name(enum edge_transport t)
{
	return transports[t];
}

/* ---- lines ---- */

enum kind {
	NAME = EDGE_URI_NAME,
	PLACE = EDGE_URI_PLACE,
	CONTACT = EDGE_URI_CONTACT,
	VIA,
	SEALED, /* what somebody has signed, or says of itself */
	OTHER,	/* text */
};

static const struct {
	const char *name, *compact;
	enum kind kind;
} headers[] = {
	{"via", "v", VIA},
	{"contact", "m", CONTACT},
	{"route", "", PLACE},
	{"record-route", "", PLACE},
	{"path", "", PLACE},
	{"service-route", "", PLACE},
	{"refer-to", "r", PLACE},
	{"from", "f", NAME},
	{"to", "t", NAME},
	{"referred-by", "b", NAME},
	{"p-asserted-identity", "", NAME},
	{"p-preferred-identity", "", NAME},
	{"authorization", "", SEALED},
	{"proxy-authorization", "", SEALED},
	{"www-authenticate", "", SEALED},
	{"proxy-authenticate", "", SEALED},
	{"authentication-info", "", SEALED},
	{"proxy-authentication-info", "", SEALED},
	{"identity", "y", SEALED},
	{"user-agent", "", SEALED},
	{"server", "", SEALED},
};

/* what a header is; *value behind its colon */
static enum kind kind_of(const char *p, const char *end, const char **value)
{
	const char *colon = memchr(p, ':', (size_t)(end - p));
	const struct span name = {p, colon ? colon : p};

	*value = colon ? colon + 1 : p;
	for (size_t i = 0;
	     colon && colon > p && i < sizeof(headers) / sizeof(headers[0]);
	     i++) {
		if (edge_named(&name, headers[i].name) ||
		    edge_named(&name, headers[i].compact))
			return headers[i].kind;
	}
	return OTHER;
}

/* a header with the lines it goes on in (RFC 3261 §7.3.1); behind its end */
static const char *line_end(const char *p, const char *stop)
{
	do {
		const char *nl = memchr(p, '\n', (size_t)(stop - p));

		if (!nl)
			return stop;
		p = nl + 1;
	} while (p < stop && (*p == ' ' || *p == '\t'));
	return p;
}

static bool is_reply(const char *msg, size_t len)
{
	return len >= 8 && !strncasecmp(msg, "SIP/2.0 ", 8);
}

/* its value, or NULL */
static const char *header_find(const char *msg, const char *stop,
			       const char *name, const char *compact,
			       const char **end)
{
	const char *p = line_end(msg, stop);

	for (; p < stop && *p != '\r' && *p != '\n'; p = *end) {
		const char *colon;
		struct span s;

		*end = line_end(p, stop);
		colon = memchr(p, ':', (size_t)(*end - p));
		s.p = p;
		s.end = colon ? colon : p;
		if (colon && (edge_named(&s, name) || edge_named(&s, compact)))
			return colon + 1;
	}
	return NULL;
}

/* the terminal's own Contacts come back in the answer to its REGISTER */
static bool answers_register(const char *msg, const char *stop)
{
	const char *end;
	const char *v = header_find(msg, stop, "CSeq", "CSeq", &end);

	return v && memmem(v, (size_t)(end - v), "REGISTER", 8);
}

/* it called itself sips:, or asked for a sips: URI (RFC 3261 §12.1.1) */
static bool wants_sips(const char *msg, const char *stop)
{
	static const char own[] = ";own-scheme=sips", uri[] = "sips:";
	const char *end = line_end(msg, stop);
	const char *v;

	if (!is_reply(msg, (size_t)(stop - msg)))
		return memmem(msg, (size_t)(end - msg), own, sizeof(own) - 1);
	v = header_find(msg, stop, "From", "f", &end);
	return v && memmem(v, (size_t)(end - v), uri, sizeof(uri) - 1);
}

static void put_first_line(struct work *w, const char *p, const char *end)
{
	const char *uri = is_reply(p, (size_t)(end - p))
				  ? NULL
				  : memchr(p, ' ', (size_t)(end - p));
	const char *stop;

	if (uri) {
		++uri;
		edge_put(&w->out, p, (size_t)(uri - p));
		p = uri;
		if (edge_put_uri(w, p, end, EDGE_URI_TARGET, &stop))
			p = stop;
	}
	edge_put_text(w, p, end);
}

static void put_header(struct work *w, const char *p, const char *end)
{
	const char *value = p;
	enum kind kind = kind_of(p, end, &value);

	edge_put(&w->out, p, (size_t)(value - p));
	if (kind == SEALED)
		edge_put(&w->out, value, (size_t)(end - value));
	else if (kind == OTHER)
		edge_put_text(w, value, end);
	else if (kind == VIA)
		edge_put_vias(w, value, end);
	else
		edge_put_uris(w, value, end, (enum edge_uri)kind);
}

static int work(struct work *w, size_t *outlen, const char *msg, size_t len)
{
	const char *stop = msg + len, *p = line_end(msg, stop);

	put_first_line(w, msg, p);
	while (p < stop && *p != '\r' && *p != '\n' && !w->out.full) {
		const char *end = line_end(p, stop);

		put_header(w, p, end);
		p = end;
	}
	edge_put(&w->out, p, (size_t)(stop - p));
	if (w->out.full)
		return ENOBUFS;
	if (!w->changed)
		return ENOENT;
	*outlen = w->out.len;
	return 0;
}

int edge_in(char *out, size_t size, size_t *outlen, const char *msg,
	    size_t len, const struct edge *e)
{
	struct work w = {
		.e = e, .out = {.p = out, .size = size}, .inwards = true};

	return work(&w, outlen, msg, len);
}

int edge_out(char *out, size_t size, size_t *outlen, const char *msg,
	     size_t len, const struct edge *e)
{
	struct work w = {.e = e, .out = {.p = out, .size = size}};
	const char *stop = msg + len;

	w.contacts = !is_reply(msg, len) || !answers_register(msg, stop);
	w.sips = e->transport == EDGE_TLS && wants_sips(msg, stop);
	return work(&w, outlen, msg, len);
}
