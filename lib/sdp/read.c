/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sdp/read.c  The values of a description, read by libosip2
 *
 * libosip2's parser wants the lines in the order of RFC 8866 and refuses a
 * description without s= or t=, so it is given a clean copy that holds just
 * the lines we read: o=, c=, m=, and the attributes named below.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "sdp/priv.h"

static const char *const attrs[] = {
	"rtcp",	   "rtcp-mux",	"sendrecv",    "sendonly",    "recvonly",
	"inactive", "mid",	"group",       "ice-ufrag",   "ice-pwd",
	"ice-lite", "candidate", "bundle-only", "fingerprint",
	"setup",    "path",	 "msrp-cema",
};

struct out {
	char *p;
	size_t len;
};


static void put(struct out *o, const char *p, size_t n)
{
	memcpy(o->p + o->len, p, n);
	o->len += n;
	memcpy(o->p + o->len, "\r\n", 2);
	o->len += 2;
}


/* libosip2 takes each space for the end of a token: one is enough */
static void put_squeezed(struct out *o, const char *p, size_t n)
{
	size_t start = o->len;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == ' ' && (i + 1 == n || p[i + 1] == ' '))
			continue;
		o->p[o->len++] = p[i];
	}
	while (o->len > start && o->p[o->len - 1] == ' ')
		--o->len;
	put(o, "", 0);
}


static bool attr_wanted(const struct sdp *s, const struct sdp_line *l)
{
	/* libosip2 refuses "a=path:" */
	if (s->text[l->off + l->len - 1] == ':')
		return false;
	for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++) {
		if (sdp_line_attr(s, l, attrs[i]))
			return true;
	}
	return false;
}


/* candidates are counted here; what they say is never needed */
static void copy_attrs(struct sdp *s, struct out *o, int media, size_t from)
{
	for (size_t i = from; i < s->nlines; i++) {
		const struct sdp_line *l = &s->lines[i];

		if (l->media != media)
			break;
		if (l->type != 'a')
			continue;
		if (sdp_line_attr(s, l, "candidate")) {
			if (media != SESSION)
				++s->sec[media].pub.candidates;
			continue;
		}
		if (attr_wanted(s, l))
			put(o, s->text + l->off, l->len);
	}
}


static void put_line(const struct sdp *s, struct out *o, int line,
		     const char *otherwise)
{
	if (line != NO_LINE)
		put_squeezed(o, s->text + s->lines[line].off,
			     s->lines[line].len);
	else if (otherwise)
		put(o, otherwise, strlen(otherwise));
}


static int parse(struct sdp *s)
{
	static const char no_origin[] = "o=- 0 0 IN IP4 0.0.0.0";
	/* a line end may grow by one octet, four lines may be added */
	struct out o = {.p = malloc(s->len + s->nlines + 128)};
	int err;

	if (!o.p)
		return ENOMEM;

	put(&o, "v=0", 3);
	put_line(s, &o, s->o, no_origin);
	put(&o, "s=-", 3);
	put_line(s, &o, s->c, NULL);
	put(&o, "t=0 0", 5);
	copy_attrs(s, &o, SESSION, 0);
	for (size_t i = 0; i < s->nsec; i++) {
		put_line(s, &o, s->sec[i].m, NULL);
		put_line(s, &o, s->sec[i].c, NULL);
		copy_attrs(s, &o, (int)i, (size_t)s->sec[i].m);
	}
	o.p[o.len] = '\0';

	err = sdp_message_init(&s->osip) ? ENOMEM : 0;
	if (!err && sdp_message_parse(s->osip, o.p))
		err = EBADMSG;
	free(o.p);
	return err;
}


static int number(const char *text, unsigned long max, unsigned long *n)
{
	char *end;

	if (!text || *text < '0' || *text > '9')
		return EBADMSG;
	errno = 0;
	*n = strtoul(text, &end, 10);
	return errno || *end || *n > max ? EBADMSG : 0;
}


/* value of an attribute, "" for one without; NULL: not there */
static const char *attr(const struct sdp *s, int media, const char *name)
{
	const char *field;

	for (int i = 0;
	     (field = sdp_message_a_att_field_get(s->osip, media, i)); i++) {
		const char *v;

		if (strcasecmp(field, name))
			continue;
		v = sdp_message_a_att_value_get(s->osip, media, i);
		return v ? v : "";
	}
	return NULL;
}


static const char *attr_either(const struct sdp *s, int media,
			       const char *name)
{
	const char *v = attr(s, media, name);

	return v ? v : attr(s, SESSION, name);
}


static bool direction_at(const struct sdp *s, int media, enum sdp_dir *dir)
{
	static const char *const names[] = {
		[SDP_SENDRECV] = "sendrecv",
		[SDP_SENDONLY] = "sendonly",
		[SDP_RECVONLY] = "recvonly",
		[SDP_INACTIVE] = "inactive",
	};

	for (int d = SDP_SENDRECV; d <= SDP_INACTIVE; d++) {
		if (attr(s, media, names[d])) {
			*dir = (enum sdp_dir)d;
			return true;
		}
	}
	return false;
}


/* RFC 8843 §7: which mid stands in a group, and where */
static void read_bundle(const struct sdp *s, struct sdp_media *m)
{
	const char *field;
	size_t n = m->mid ? strlen(m->mid) : 0;

	for (int i = 0;
	     n && (field = sdp_message_a_att_field_get(s->osip, SESSION, i));
	     i++) {
		const char *v =
			sdp_message_a_att_value_get(s->osip, SESSION, i);
		unsigned place = 0;

		if (strcasecmp(field, "group") || !v ||
		    strncasecmp(v, "BUNDLE", 6))
			continue;
		for (v += 6; *(v += strspn(v, " ")); v += strcspn(v, " ")) {
			if (strcspn(v, " ") == n && !memcmp(v, m->mid, n)) {
				m->bundled = true;
				m->bundle_first = place == 0;
			}
			++place;
		}
	}
}


/* RFC 3605 §2.1: "port" or "port nettype addrtype address" */
static int read_rtcp(const struct sdp *s, int media, struct sdp_media *m)
{
	const char *v = attr(s, media, "rtcp");
	unsigned long port;
	const char *addr;

	m->rtcp_mux = attr(s, media, "rtcp-mux") != NULL;
	m->rtcp_port = m->rtcp_mux || !m->port || m->port == 65535
			       ? m->port
			       : (uint16_t)(m->port + 1);
	if (!v)
		return 0;

	port = strtoul(v, NULL, 10);
	if (*v < '0' || *v > '9' || port > 65535)
		return EBADMSG;
	if (!m->rtcp_mux)
		m->rtcp_port = (uint16_t)port;
	addr = strrchr(v, ' ');
	m->rtcp_addr = addr ? addr + 1 : NULL;
	return 0;
}


static void read_setup(const struct sdp *s, int media, struct sdp_media *m)
{
	static const char *const names[] = {
		[SDP_SETUP_ACTIVE]   = "active",
		[SDP_SETUP_PASSIVE]  = "passive",
		[SDP_SETUP_ACTPASS]  = "actpass",
		[SDP_SETUP_HOLDCONN] = "holdconn",
	};
	const char *v = attr_either(s, media, "setup");

	for (int i = SDP_SETUP_ACTIVE; v && i <= SDP_SETUP_HOLDCONN; i++) {
		if (!strcasecmp(v, names[i]))
			m->setup = (enum sdp_setup)i;
	}
	m->path = attr(s, media, "path");
	m->cema = attr(s, media, "msrp-cema") != NULL;
}


static void read_kind(struct sdp_media *m)
{
	m->is_rtp = strstr(m->proto, "RTP/") != NULL;
	m->is_t38 = !strcasecmp(m->proto, "udptl");
	m->is_tcp = !strncasecmp(m->proto, "TCP", 3) ||
		    !strncasecmp(m->proto, "TLS", 3);
}


static int read_addr(const struct sdp *s, int media, struct sdp_media *m)
{
	struct in6_addr in6;
	struct in_addr in;

	m->addr = sdp_message_c_addr_get(s->osip, media, 0);
	if (!m->addr)
		m->addr = sdp_message_c_addr_get(s->osip, SESSION, 0);
	if (!m->addr)
		return 0;
	if (!*m->addr)
		return EBADMSG;

	if (inet_pton(AF_INET, m->addr, &in) == 1)
		m->af = AF_INET;
	else if (inet_pton(AF_INET6, m->addr, &in6) == 1)
		m->af = AF_INET6;
	return 0;
}


static int read_media(struct sdp *s, int media)
{
	struct sdp_media *m = &s->sec[media].pub;
	const char *nports;
	unsigned long n;

	m->media = sdp_message_m_media_get(s->osip, media);
	m->proto = sdp_message_m_proto_get(s->osip, media);
	if (!m->media || !m->proto)
		return EBADMSG;
	if (number(sdp_message_m_port_get(s->osip, media), 65535, &n))
		return EBADMSG;
	m->port = (uint16_t)n;

	nports = sdp_message_m_number_of_port_get(s->osip, media);
	n = 1;
	if (nports && *nports && number(nports, 65535, &n))
		return EBADMSG;
	m->nports = (unsigned)n;

	if (read_addr(s, media, m) || read_rtcp(s, media, m))
		return EBADMSG;

	if (!direction_at(s, media, &m->dir))
		(void)direction_at(s, SESSION, &m->dir);
	m->hold = m->dir == SDP_SENDONLY || m->dir == SDP_INACTIVE ||
		  sdp_addr_hold(m->addr);
	m->mid = attr(s, media, "mid");
	m->bundle_only = attr(s, media, "bundle-only") != NULL;
	m->ice_ufrag = attr_either(s, media, "ice-ufrag");
	m->ice_pwd = attr_either(s, media, "ice-pwd");
	m->dtls = attr_either(s, media, "fingerprint") != NULL;
	read_kind(m);
	read_setup(s, media, m);
	read_bundle(s, m);
	return 0;
}


/** Fills in the sections; EBADMSG when a line that matters can't be read */
int sdp_read(struct sdp *s)
{
	int err = parse(s);

	if (err)
		return err;

	for (size_t i = 0; i < s->nsec; i++) {
		if (!sdp_message_m_media_get(s->osip, (int)i))
			return EBADMSG;
		err = read_media(s, (int)i);
		if (err)
			return err;
	}

	s->ice_lite = attr(s, SESSION, "ice-lite") != NULL;
	return 0;
}
