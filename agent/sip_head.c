/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_head.c  The little of a SIP message its transport has to know
 *
 * Where it ends, where its sender says it is, and how to answer that it could
 * not be handed on. Pure: owns no state.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "sip_head.h"


enum {
	METHOD_MAX = 32,
	VERSION	   = sizeof("SIP/2.0") - 1,
};

struct line {
	const char *p, *end; /* behind its end: the next begins there */
};


/* ---- lines ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}


/* folded lines too */
static const char *skip_space(const char *p, const char *end)
{
	while (p < end && (is_space(*p) || *p == '\r' || *p == '\n'))
		++p;

	return p;
}


static size_t trimmed(const char *p, const char *end)
{
	while (end > p && (end[-1] == '\n' || end[-1] == '\r' ||
			   is_space(end[-1])))
		--end;

	return (size_t)(end - p);
}


static bool is_blank(const struct line *l)
{
	return l->p[0] == '\n' || (l->p[0] == '\r' && l->p[1] == '\n');
}


/* a line with those it goes on in (RFC 3261 §7.3.1); false: not all there */
static bool line_at(struct line *l, const char *p, const char *stop)
{
	l->p   = p;
	l->end = p;
	do {
		const char *nl = memchr(l->end, '\n',
					(size_t)(stop - l->end));

		if (!nl)
			return false;
		l->end = nl + 1;
	} while (!is_blank(l) && l->end < stop && is_space(*l->end));

	return true;
}


/* the value, if the line is this header; NULL: it is another */
static const char *value_of(const struct line *l, const char *name,
			    const char *compact)
{
	const char *colon = memchr(l->p, ':', (size_t)(l->end - l->p));
	const size_t n	  = colon ? trimmed(l->p, colon) : 0;

	if (n && ((n == strlen(name) && !strncasecmp(l->p, name, n)) ||
		  (n == strlen(compact) && !strncasecmp(l->p, compact, n))))
		return colon + 1;

	return NULL;
}


static bool starts(const char *p, size_t len, const char *with)
{
	const size_t n = strlen(with);

	return len >= n && !strncasecmp(p, with, n);
}


/** May it stand in a method? (RFC 3261 §25.1, token) */
bool sip_head_token(uint8_t c)
{
	return isalnum(c) || (c && strchr("-.!%*_+`'~", c));
}


/* "INVITE sip:a@b SIP/2.0" or "SIP/2.0 200 OK" */
static int first_line(struct sip_head *h, const struct line *l)
{
	const size_t len = trimmed(l->p, l->end);
	size_t n	 = 0;

	h->request = !starts(l->p, len, "SIP/2.0 ");
	if (!h->request)
		return 0;
	while (n < len && n <= METHOD_MAX && sip_head_token((uint8_t)l->p[n]))
		++n;
	if (!n || n > METHOD_MAX || n == len || l->p[n] != ' ' ||
	    len < n + 2 + VERSION ||
	    !starts(l->p + len - VERSION - 1, VERSION + 1, " SIP/2.0"))
		return EBADMSG;

	return 0;
}


/* Content-Length, the same however often it is said */
static int length(struct sip_head *h, const char *p, const char *end)
{
	size_t n = 0;

	end = p + trimmed(p, end);
	p   = skip_space(p, end);
	if (p == end)
		return EBADMSG;
	for (; p < end; p++) {
		if (!isdigit((unsigned char)*p))
			return EBADMSG;
		n = n * 10 + (size_t)(*p - '0');
		if (n > SIP_MESSAGE_MAX)
			return EMSGSIZE;
	}
	if (h->has_length && h->body != n)
		return EBADMSG;
	h->has_length = true;
	h->body	      = n;

	return 0;
}


/** May it become a message? 0; EAGAIN: its first line goes on; EBADMSG: no */
int sip_head_begin(const uint8_t *p, size_t len)
{
	const char *nl = memchr(p, '\n', len);
	struct sip_head h;
	const struct line l = {(const char *)p, nl ? nl + 1 : NULL};

	return nl ? first_line(&h, &l) : EAGAIN;
}


/**
 * Find where a message's headers and body end (RFC 3261 §18.3)
 *
 * @param h   Result
 * @param p   Message, or its beginning
 * @param len Octets there are
 *
 * @return 0; EAGAIN: the headers go on; EBADMSG: it is no SIP message;
 *         EMSGSIZE: it would be longer than one may be
 */
int sip_head_decode(struct sip_head *h, const uint8_t *p, size_t len)
{
	const char *const msg = (const char *)p, *const stop = msg + len;
	struct line l;
	size_t n;
	int err;

	memset(h, 0, sizeof(*h));
	if (!line_at(&l, msg, stop))
		return EAGAIN;
	/* this one goes on in no other */
	if (memchr(msg, '\n', len) != l.end - 1)
		return EBADMSG;
	err = first_line(h, &l);
	for (n = 0; !err && line_at(&l, l.end, stop); n++) {
		const char *v;

		if (is_blank(&l)) {
			h->blank = (size_t)(l.p - msg);
			h->len	 = h->blank + (l.p[0] == '\r' ? 2 : 1);
			return h->len + h->body > SIP_MESSAGE_MAX ? EMSGSIZE
								  : 0;
		}
		if (n >= SIP_HEADERS_MAX)
			return EMSGSIZE;
		v = value_of(&l, "Content-Length", "l");
		if (v)
			err = length(h, v, l.end);
	}

	return err ? err : EAGAIN;
}


/* ---- who sent it ---- */

/* "SIP/2.0/TCP 10.0.0.5:5060;branch=…": what stands there for its port */
static int sent_by(struct addr *a, const char *p, const char *end)
{
	char text[ADDR_STRLEN];
	size_t n = 0;

	end = p + trimmed(p, end);
	p   = skip_space(p, end);
	while (p < end && skip_space(p, end) == p) /* SIP/2.0/TCP */
		++p;
	p = skip_space(p, end);
	while (p + n < end && !strchr(";, \t\r\n", p[n]))
		++n;
	if (!n || n >= sizeof(text))
		return EBADMSG;
	memcpy(text, p, n);
	text[n] = '\0';

	return addr_parse_hostport(a, text) ? EBADMSG : 0;
}


/**
 * Where a request's sender wants to be called back (RFC 3261 §18.1.1): the
 * sent-by of its first Via, if that is a numeric address
 *
 * @param a   Result; port 0: it names none
 * @param p   Message
 * @param len Its length
 *
 * @return 0; ENOENT: a response, or no such Via; EBADMSG: not an address
 */
int sip_head_sent_by(struct addr *a, const uint8_t *p, size_t len)
{
	const char *const msg = (const char *)p, *const stop = msg + len;
	struct sip_head h;
	struct line l;

	if (sip_head_decode(&h, p, len) || !h.request ||
	    !line_at(&l, msg, stop))
		return ENOENT;
	while (line_at(&l, l.end, stop) && !is_blank(&l)) {
		const char *v = value_of(&l, "Via", "v");

		if (v)
			return sent_by(a, v, l.end);
	}

	return ENOENT;
}


static bool has_tag(const struct line *l)
{
	const char *p	= memchr(l->p, '>', (size_t)(l->end - l->p));
	const char *end = l->end;

	for (p = p ? p : l->p; end - p > 5; p++) {
		if (*p == ';' && !strncasecmp(p + 1, "tag=", 4))
			return true;
	}

	return false;
}


/** A request that is outside of any dialog (RFC 3261 §12.2) */
bool sip_head_begins_dialog(const uint8_t *p, size_t len)
{
	const char *const msg = (const char *)p, *const stop = msg + len;
	struct sip_head h;
	struct line l;

	if (sip_head_decode(&h, p, len) || !h.request ||
	    !line_at(&l, msg, stop))
		return false;
	while (line_at(&l, l.end, stop) && !is_blank(&l)) {
		if (value_of(&l, "To", "t"))
			return !has_tag(&l);
	}

	return true;
}


/* ---- messages of our own ---- */

struct out {
	uint8_t *p;
	size_t len, size;
	bool full;
};


static void put(struct out *o, const void *p, size_t len)
{
	if (len > o->size - o->len) {
		o->full = true;
		return;
	}
	memcpy(o->p + o->len, p, len);
	o->len += len;
}


static void put_str(struct out *o, const char *s)
{
	put(o, s, strlen(s));
}


/**
 * A message that came as a datagram, for a stream: it says its Content-Length,
 * and what follows its body stays away (RFC 3261 §18.3)
 *
 * @param out    Result; may not overlap the message
 * @param size   Its room
 * @param outlen Its length
 * @param p      Message
 * @param len    Its length
 *
 * @return 0; EBADMSG: it is none, or not all of it; EMSGSIZE: too long
 */
int sip_message_for_stream(uint8_t *out, size_t size, size_t *outlen,
			   const uint8_t *p, size_t len)
{
	struct out o = {.p = out, .size = size};
	struct sip_head h;
	char text[48];
	int err = sip_head_decode(&h, p, len);

	if (err)
		return err == EAGAIN ? EBADMSG : err;
	if (!h.has_length)
		h.body = len - h.len;
	if (h.body > len - h.len)
		return EBADMSG;

	put(&o, p, h.blank);
	if (!h.has_length) {
		(void)snprintf(text, sizeof(text), "Content-Length: %zu\r\n",
			       h.body);
		put_str(&o, text);
	}
	put(&o, p + h.blank, h.len - h.blank + h.body);
	*outlen = o.len;

	return o.full ? EMSGSIZE : 0;
}


/**
 * Answer a request that can't be handed on (RFC 3261 §8.2.6)
 *
 * @param out    Result; may not overlap the request
 * @param size   Its room: len + SIP_ANSWER_GROWS is enough
 * @param outlen Its length
 * @param p      Request
 * @param len    Its length
 * @param status "503 Service Unavailable"
 *
 * @return 0; ENOENT: to this no answer is given; EBADMSG, EMSGSIZE
 */
int sip_answer(uint8_t *out, size_t size, size_t *outlen, const uint8_t *p,
	       size_t len, const char *status)
{
	static const char *const kept[][2] = {
		{"To", "t"},	 {"Via", "v"},	{"From", "f"},
		{"Call-ID", "i"}, {"CSeq", "CSeq"},
	};
	const char *const msg = (const char *)p, *const stop = msg + len;
	struct out o = {.p = out, .size = size};
	struct sip_head h;
	struct line l;
	int err = sip_head_decode(&h, p, len);

	if (err)
		return err == EAGAIN ? EBADMSG : err;
	if (!h.request || starts(msg, len, "ACK ") || !line_at(&l, msg, stop))
		return ENOENT;

	put_str(&o, "SIP/2.0 ");
	put_str(&o, status);
	put_str(&o, "\r\n");
	while (line_at(&l, l.end, stop) && !is_blank(&l)) {
		size_t i = 0;

		while (i < 5 && !value_of(&l, kept[i][0], kept[i][1]))
			++i;
		if (i == 5)
			continue;
		put(&o, l.p, trimmed(l.p, l.end));
		if (i == 0 && !has_tag(&l))
			put_str(&o, ";tag=agent");
		put_str(&o, "\r\n");
	}
	put_str(&o, "Content-Length: 0\r\n\r\n");
	*outlen = o.len;

	return o.full ? EMSGSIZE : 0;
}
