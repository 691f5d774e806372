/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sdp/edit.c  Notes what is to become of which line
 *
 * The text itself stays; encode.c puts the result together.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "addr/literal.h"
#include "sdp/path.h"
#include "sdp/priv.h"

enum {
	PATH = 7, /* "a=path:" */
};

static const char *const ice_attrs[] = {
	"candidate",   "remote-candidates", "ice-ufrag",
	"ice-pwd",     "ice-options",	    "ice-lite",
	"ice-mismatch", "ice-pacing",	    "end-of-candidates",
};


static int swap(struct sdp *s, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int append(struct sdp *s, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));


static int swap(struct sdp *s, int line, const char *fmt, ...)
{
	struct sdp_line *l = &s->lines[line];
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return ENOMEM;

	free(l->swap);
	l->swap = text;
	l->cut = false;
	return 0;
}


static int append(struct sdp *s, int line, const char *fmt, ...)
{
	struct sdp_line *l = &s->lines[line];
	char *text, *all;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return ENOMEM;

	n = asprintf(&all, "%s%s%s", l->after ? l->after : "", text, s->eol);
	free(text);
	if (n < 0)
		return ENOMEM;

	free(l->after);
	l->after = all;
	return 0;
}


static int find_attr(const struct sdp *s, int media, const char *name)
{
	int from = media == SESSION ? 0 : s->sec[media].m;

	for (size_t i = (size_t)from; i < s->nlines; i++) {
		if (s->lines[i].media != media)
			break;
		if (sdp_line_attr(s, &s->lines[i], name))
			return (int)i;
	}
	return NO_LINE;
}


static bool is_ice(const struct sdp *s, const struct sdp_line *l)
{
	const size_t n = sizeof(ice_attrs) / sizeof(*ice_attrs);

	for (size_t k = 0; l->type == 'a' && k < n; k++) {
		if (sdp_line_attr(s, l, ice_attrs[k]))
			return true;
	}

	return false;
}


static void cut_ice(struct sdp *s, int media)
{
	size_t from = media == SESSION ? 0 : (size_t)s->sec[media].m;

	for (size_t i = from; i < s->nlines; i++) {
		struct sdp_line *l = &s->lines[i];

		if (l->media != media)
			break;
		if (is_ice(s, l))
			l->cut = true;
	}
}


/* RFC 8839 §5.1: host candidates of an ICE-lite agent; priority as RFC 8445
 * §5.1.2.1 gives it for type preference 126, one address */
static int add_ice(struct sdp *s, int media, const struct sdp_transport *t)
{
	int last = s->sec[media].last;
	int err = 0;

	if (!t->ufrag || !t->pwd)
		return EINVAL;

	if (!s->lite_added) {
		err = append(s, s->last, "a=ice-lite");
		s->lite_added = true;
	}
	if (!err)
		err = append(s, last, "a=ice-ufrag:%s%sa=ice-pwd:%s", t->ufrag,
			     s->eol, t->pwd);
	if (!err)
		err = append(s, last,
			     "a=candidate:1 1 UDP 2130706431 %s %u typ host",
			     t->addr, t->port);
	if (!err && t->rtcp_port && t->rtcp_port != t->port)
		err = append(s, last,
			     "a=candidate:1 2 UDP 2130706430 %s %u typ host",
			     t->addr, t->rtcp_port);
	return err;
}


static int edit_ice(struct sdp *s, int media, const struct sdp_transport *t)
{
	if (t->ice == SDP_ICE_KEEP)
		return 0;

	cut_ice(s, media);
	cut_ice(s, SESSION);
	return t->ice == SDP_ICE_LITE ? add_ice(s, media, t) : 0;
}


static int edit_rtcp(struct sdp *s, int media, const struct sdp_transport *t)
{
	const struct sdp_media *m = &s->sec[media].pub;
	int line = find_attr(s, media, "rtcp");
	int mux = find_attr(s, media, "rtcp-mux");
	bool muxed = t->rtcp_port == t->port;

	if (mux != NO_LINE && !t->rtcp_mux)
		s->lines[mux].cut = true;

	if (line != NO_LINE && !t->rtcp_port)
		s->lines[line].cut = true;
	else if (line != NO_LINE && m->rtcp_addr)
		return swap(s, line, "a=rtcp:%u IN %s %s", t->rtcp_port,
			    sdp_addr_type(t->af), t->addr);
	else if (line != NO_LINE)
		return swap(s, line, "a=rtcp:%u", t->rtcp_port);
	else if (t->rtcp_port && !muxed && t->rtcp_port != t->port + 1)
		return append(s, s->sec[media].last, "a=rtcp:%u",
			      t->rtcp_port);
	return 0;
}


/* "m=audio 5000/2 RTP/AVP 0": only the port token is changed */
static int edit_port(struct sdp *s, int media, uint16_t port)
{
	const struct sdp_line *l = &s->lines[s->sec[media].m];
	const char *p = s->text + l->off;
	const char *end = p + l->len;
	const char *a = memchr(p, ' ', l->len);
	const char *b;

	if (!a)
		return EBADMSG;
	while (a < end && *a == ' ')
		++a;
	for (b = a; b < end && *b >= '0' && *b <= '9';)
		++b;

	return swap(s, s->sec[media].m, "%.*s%u%.*s", (int)(a - p), p, port,
		    (int)(end - b), b);
}


/**
 * Give an m= section a new transport
 *
 * Address (c=), port (m=), RTCP (a=rtcp, a=rtcp-mux) and ICE are changed; a
 * rejected section (port 0) keeps its port, unless it is bundle-only and
 * sdp_bundle_split() was called. Of sections in one BUNDLE that is left
 * together, each is given the same transport.
 *
 * @param s Description
 * @param i Section
 * @param t What it gets; borrowed
 *
 * @return 0, EINVAL, ENOENT (no such section), EBADMSG, ENOMEM
 */
int sdp_transport_set(struct sdp *s, size_t i, const struct sdp_transport *t)
{
	struct sdp_section *sec;
	int err = 0;

	if (!s || !t || !t->addr || strlen(t->addr) >= INET6_ADDRSTRLEN)
		return EINVAL;
	if (i >= s->nsec)
		return ENOENT;

	sec = &s->sec[i];
	sec->set = true;
	sec->new_af = t->af;
	strcpy(sec->new_addr, t->addr);
	if (sdp_addr_hold(sec->pub.addr))
		strcpy(sec->new_addr, t->af == AF_INET6 ? "::" : "0.0.0.0");

	if (sec->pub.port || sec->pub.bundle_only)
		err = edit_port(s, (int)i, t->port);
	if (!err)
		err = edit_rtcp(s, (int)i, t);
	if (!err)
		err = edit_ice(s, (int)i, t);
	return err;
}


/** Who connects, from now on (RFC 4145 §4); 0, EINVAL, ENOENT, ENOMEM */
int sdp_setup_set(struct sdp *s, size_t i, enum sdp_setup setup)
{
	static const char *const names[] = {"", "active", "passive", "actpass",
					    "holdconn"};
	int line;

	if (!s || setup <= SDP_SETUP_NONE || setup > SDP_SETUP_HOLDCONN)
		return EINVAL;
	if (i >= s->nsec)
		return ENOENT;
	if (s->sec[i].pub.setup == setup)
		return 0;

	line = find_attr(s, (int)i, "setup");

	return line == NO_LINE ? append(s, s->sec[i].last, "a=setup:%s",
					names[setup])
			       : swap(s, line, "a=setup:%s", names[setup]);
}


/**
 * Host and port of the first URI in a=path: whom one connects to (RFC 4975
 * §8.1). The session's name in it, and the URIs behind it, stay.
 *
 * @return 0, also where there is no a=path; EBADMSG: it has no URI; EINVAL;
 *         ENOENT; ENOMEM
 */
int sdp_path_set(struct sdp *s, size_t i, const char *addr, int af,
		 uint16_t port)
{
	const char *p, *end, *from, *to;
	const bool six = af == AF_INET6;
	int line;

	if (!s || !addr)
		return EINVAL;
	if (i >= s->nsec)
		return ENOENT;
	line = find_attr(s, (int)i, "path");
	if (line == NO_LINE)
		return 0;

	p   = s->text + s->lines[line].off;
	end = p + s->lines[line].len;
	if (end - p < PATH || !sdp_path_find(p + PATH, end, &from, &to))
		return EBADMSG;

	return swap(s, line, "%.*s%s%s%s:%u%.*s", (int)(from - p), p,
		    six ? "[" : "", addr, six ? "]" : "", port,
		    (int)(end - to), to);
}


/** New address in o= (RFC 8866 §5.2); the rest of the line stays */
int sdp_origin_set(struct sdp *s, const char *addr, int af)
{
	const struct sdp_line *l;
	const char *p, *end;

	if (!s || !addr)
		return EINVAL;
	if (s->o == NO_LINE)
		return 0;

	/* username sess-id sess-version nettype | addrtype address */
	l = &s->lines[s->o];
	p = s->text + l->off;
	end = p + l->len;
	for (int token = 0; token < 4 && p; token++) {
		p = memchr(p, ' ', (size_t)(end - p));
		while (p && p < end && *p == ' ')
			++p;
	}
	if (!p)
		return EBADMSG;

	return swap(s, s->o, "%.*s%s %s", (int)(p - (s->text + l->off)),
		    s->text + l->off, sdp_addr_type(af), addr);
}


/**
 * Take BUNDLE apart (RFC 8843): the group goes, mids stay, a bundle-only
 * section becomes an ordinary one that sdp_transport_set() gives a port
 */
int sdp_bundle_split(struct sdp *s)
{
	if (!s)
		return EINVAL;

	for (size_t i = 0; i < s->nlines; i++) {
		struct sdp_line *l = &s->lines[i];
		const char *v = s->text + l->off + 8; /* behind "a=group:" */

		if (l->media == SESSION && sdp_line_attr(s, l, "group") &&
		    l->len >= 14 && !strncasecmp(v, "BUNDLE", 6))
			l->cut = true;
		else if (sdp_line_attr(s, l, "bundle-only"))
			l->cut = true;
	}
	return 0;
}


/** One more line at the end of a section, or of the session level (i = -1) */
int sdp_attr_add(struct sdp *s, int i, const char *line)
{
	int last;

	if (!s || !line || i < SESSION)
		return EINVAL;
	if (i >= (int)s->nsec)
		return ENOENT;

	last = i == SESSION ? s->last : s->sec[i].last;
	return append(s, last, "%s", line);
}


/** Leave an attribute out, at session level and of all media */
void sdp_attr_cut(struct sdp *s, const char *name)
{
	for (size_t i = 0; s && i < s->nlines; i++) {
		if (sdp_line_attr(s, &s->lines[i], name))
			s->lines[i].cut = true;
	}
}


/* its user's name is often where the user is (RFC 8866 §5.2) */
static int origin_hide(struct sdp *s)
{
	const struct sdp_line *l = &s->lines[s->o];
	const char *p	  = l->swap ? l->swap : s->text + l->off;
	const size_t len  = l->swap ? strlen(l->swap) : l->len;
	const char *space = memchr(p, ' ', len);

	if (!space || !addr_literal_private(p, (size_t)(space - p)))
		return 0;

	return swap(s, s->o, "o=-%.*s", (int)(p + len - space), space);
}


/**
 * Leave out what has a private address in it and is neither edited yet nor
 * needed: names, descriptions, attributes that nobody else knows. A session's
 * name becomes "-" (RFC 8866 §5.3), and so does its originator's
 *
 * @return 0 or ENOMEM
 */
int sdp_private_cut(struct sdp *s)
{
	int err = s->o == NO_LINE ? 0 : origin_hide(s);

	for (size_t i = 0; i < s->nlines && !err; i++) {
		struct sdp_line *l = &s->lines[i];

		if (l->swap || l->cut || !l->type ||
		    !strchr("siuepa", l->type) || is_ice(s, l) ||
		    !addr_literal_private(s->text + l->off, l->len))
			continue;
		if (l->type == 's')
			err = swap(s, (int)i, "s=-");
		else
			l->cut = true;
	}

	return err;
}
