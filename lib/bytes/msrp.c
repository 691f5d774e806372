/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file msrp.c  MSRP between parties that were told other addresses
 *
 * One direction of a connection, in pieces of any size. Lines of a message's
 * head are put together; a body passes as it comes, while its end is looked
 * for: a line of seven dashes and the transaction's name (RFC 4975 §7.1). What
 * is no MSRP passes untouched from there on.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "rpc/libre.h"
#include "bytes/msrp.h"
#include "sdp/path.h"


enum {
	DASHES = 7,
};

enum state {
	START, /* "MSRP id METHOD" is expected */
	HEAD,  /* a header, the blank line, or the end */
	BODY,  /* in the middle of a line */
	BEGIN, /* of a line of the body: is it the end? */
	LONG,  /* in a line of the head that is too long to look at */
	OPAQUE,
};

struct msrp {
	enum state state;
	char to[MSRP_HOST_MAX + 1], from[MSRP_HOST_MAX + 1];
	char end[DASHES + MSRP_ID_MAX + 1]; /* the end's line but its flag */
	size_t endlen;
	uint8_t line[MSRP_LINE_MAX];
	size_t len;
	bool cr; /* the octet before was CR */
};


static int put(struct mbuf *out, const void *p, size_t len)
{
	return len ? mbuf_write_mem(out, p, len) : 0;
}


static bool is_end(const struct msrp *m, const uint8_t *p, size_t len)
{
	return len == m->endlen + 1 && !memcmp(p, m->end, m->endlen) &&
	       memchr("$+#", p[len - 1], 3);
}


/* "MSRP d93kswow SEND": what its end will look like */
static bool begins(struct msrp *m)
{
	const char *p = (const char *)m->line + 5;
	const size_t left = m->len - 2 >= 5 ? m->len - 2 - 5 : 0;
	const char *sp = left ? memchr(p, ' ', left) : NULL;
	const size_t n = sp ? (size_t)(sp - p) : 0;

	if (m->len < 7 || memcmp(m->line, "MSRP ", 5) || !n ||
	    n > MSRP_ID_MAX)
		return false;

	memset(m->end, '-', DASHES);
	memcpy(m->end + DASHES, p, n);
	m->endlen = DASHES + n;

	return true;
}


static bool named(const struct msrp *m, const char *name)
{
	const size_t n = strlen(name);

	return m->len > n && !strncasecmp((const char *)m->line, name, n);
}


/* a line of the head, with another host in its first URI */
static int put_path(struct msrp *m, struct mbuf *out, size_t name,
		    const char *host)
{
	const char *p = (const char *)m->line, *from, *to;
	int err;

	if (!sdp_path_find(p + name, p + m->len - 2, &from, &to))
		return put(out, m->line, m->len);

	err = put(out, p, (size_t)(from - p));
	if (!err)
		err = put(out, host, strlen(host));

	return err ? err : put(out, to, (size_t)(p + m->len - to));
}


/* a whole line, with its CRLF */
static int got_line(struct msrp *m, struct mbuf *out)
{
	if (m->state == START) {
		m->state = begins(m) ? HEAD : OPAQUE;
		return put(out, m->line, m->len);
	}
	if (m->len == 2)
		m->state = BEGIN;
	else if (is_end(m, m->line, m->len - 2))
		m->state = START;
	else if (named(m, "To-Path:"))
		return put_path(m, out, 8, m->to);
	else if (named(m, "From-Path:"))
		return put_path(m, out, 10, m->from);

	return put(out, m->line, m->len);
}


static bool at_crlf(struct msrp *m, uint8_t c)
{
	const bool yes = m->cr && c == '\n';

	m->cr = c == '\r';

	return yes;
}


/* octets of the head, as far as they go; what was used */
static size_t in_head(struct msrp *m, struct mbuf *out, const uint8_t *p,
		      size_t len, int *err)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (m->len == sizeof(m->line)) {
			*err	 = put(out, m->line, m->len);
			m->len	 = 0;
			m->state = m->state == START ? OPAQUE : LONG;
			return i;
		}
		m->line[m->len++] = p[i];
		if (!at_crlf(m, p[i]))
			continue;
		*err   = got_line(m, out);
		m->len = 0;
		return i + 1;
	}

	return len;
}


/* to the end of a line, which passes */
static size_t in_line(struct msrp *m, struct mbuf *out, const uint8_t *p,
		      size_t len, enum state next, int *err)
{
	size_t n = 0;

	while (n < len) {
		const uint8_t *nl = memchr(p + n, '\n', len - n);

		if (!nl) {
			m->cr = p[len - 1] == '\r';
			n     = len;
			break;
		}
		if (nl > p)
			m->cr = nl[-1] == '\r';
		n = (size_t)(nl - p) + 1;
		if (m->cr) {
			m->state = next;
			m->cr	 = false;
			break;
		}
	}
	*err = put(out, p, n);

	return n;
}


/* the beginning of a line of the body, as long as it may be the end's */
static size_t in_begin(struct msrp *m, struct mbuf *out, const uint8_t *p,
		       size_t len, int *err)
{
	size_t i;

	for (i = 0; i < len; i++) {
		const size_t at = m->len;
		const bool fits = at < m->endlen ? p[i] == (uint8_t)m->end[at]
				: at == m->endlen ? memchr("$+#", p[i], 3) !=
							    NULL
				: at == m->endlen + 1 ? p[i] == '\r'
						      : p[i] == '\n';

		if (!fits) {
			*err	 = put(out, m->line, m->len);
			m->cr	 = m->len && m->line[m->len - 1] == '\r';
			m->len	 = 0;
			m->state = BODY;
			return i;
		}
		m->line[m->len++] = p[i];
		if (m->len < m->endlen + 3)
			continue;
		*err	 = put(out, m->line, m->len);
		m->len	 = 0;
		m->cr	 = false;
		m->state = START;
		return i + 1;
	}

	return len;
}


/**
 * Pass octets on
 *
 * @param m   State of this direction
 * @param out Gets what goes on; a beginning of a line may be kept for later
 * @param p   What came
 * @param len How many
 *
 * @return 0 or ENOMEM
 */
int msrp_pass(struct msrp *m, struct mbuf *out, const uint8_t *p, size_t len)
{
	int err = 0;

	while (len && !err) {
		size_t n;

		switch (m->state) {

		case START:
		case HEAD:
			n = in_head(m, out, p, len, &err);
			break;
		case LONG:
			n = in_line(m, out, p, len, HEAD, &err);
			break;
		case BODY:
			n = in_line(m, out, p, len, BEGIN, &err);
			break;
		case BEGIN:
			n = in_begin(m, out, p, len, &err);
			break;
		default:
			n   = len;
			err = put(out, p, len);
		}
		p += n;
		len -= n;
	}

	return err;
}


/** No more comes: what was kept goes as it is. 0 or ENOMEM */
int msrp_flush(struct msrp *m, struct mbuf *out)
{
	const int err = put(out, m->line, m->len);

	m->len = 0;

	return err;
}


/**
 * Prepare for one direction
 *
 * @param mp   Result; mem_deref() it
 * @param to   Host and port the receiver's own URI has
 * @param from Host and port the receiver was told the sender has
 *
 * @return 0; EINVAL: one is empty or too long; ENOMEM
 */
int msrp_alloc(struct msrp **mp, const char *to, const char *from)
{
	struct msrp *m;

	if (!to[0] || !from[0] || strlen(to) > MSRP_HOST_MAX ||
	    strlen(from) > MSRP_HOST_MAX)
		return EINVAL;
	m = mem_zalloc(sizeof(*m), NULL);
	if (!m)
		return ENOMEM;

	(void)snprintf(m->to, sizeof(m->to), "%s", to);
	(void)snprintf(m->from, sizeof(m->from), "%s", from);
	*mp = m;

	return 0;
}
