/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sdp/sdp.c  The text, its lines, and which section each belongs to
 *
 * Owns the copy of the text and the index of its lines. Values are read in
 * read.c, edits noted in edit.c, and put together in encode.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "sdp/priv.h"


/** Is this line "a=name" or "a=name:…"? */
bool sdp_line_attr(const struct sdp *s, const struct sdp_line *l,
		   const char *name)
{
	const char *p = s->text + l->off + 2;
	size_t n = strlen(name);

	if (l->type != 'a' || l->len < 2 + n || strncasecmp(p, name, n))
		return false;
	return l->len == 2 + n || p[n] == ':' || p[n] == ' ';
}


/** "IP4" or "IP6" (RFC 8866 §5.7) */
const char *sdp_addr_type(int af)
{
	return af == AF_INET6 ? "IP6" : "IP4";
}


/** The address that means "do not send": RFC 3264 §8.4 */
bool sdp_addr_hold(const char *addr)
{
	return addr && (!strcmp(addr, "0.0.0.0") || !strcmp(addr, "::"));
}


static int line_add(struct sdp *s, size_t off, size_t len, size_t eol)
{
	const char *p = s->text + off;
	struct sdp_line *l;

	if (s->nlines >= SDP_LINE_MAX)
		return E2BIG;

	/* room for 64 at first, then twice as much each time */
	if (s->nlines == 0 ||
	    (s->nlines >= 64 && !(s->nlines & (s->nlines - 1)))) {
		size_t n = s->nlines ? 2 * s->nlines : 64;

		l = realloc(s->lines, n * sizeof(*l));
		if (!l)
			return ENOMEM;
		s->lines = l;
	}

	l = &s->lines[s->nlines++];
	memset(l, 0, sizeof(*l));
	l->off = (uint32_t)off;
	l->len = (uint32_t)len;
	l->eol = (uint8_t)eol;
	l->type = len >= 2 && p[1] == '=' ? p[0] : 0;
	return 0;
}


static int split_lines(struct sdp *s)
{
	size_t off = 0;
	int err = 0;

	while (!err && off < s->len) {
		const char *nl = memchr(s->text + off, '\n', s->len - off);
		size_t end = nl ? (size_t)(nl - s->text) : s->len;
		size_t len = end - off;
		size_t eol = nl ? 1 : 0;

		if (nl && len && s->text[end - 1] == '\r') {
			--len;
			++eol;
		}
		if (memchr(s->text + off, '\r', len))
			return EBADMSG;
		if (!s->eol && nl)
			s->eol = eol == 2 ? "\r\n" : "\n";

		err = line_add(s, off, len, eol);
		off += len + eol;
	}

	if (!s->eol)
		s->eol = "\r\n";
	return err;
}


/* the first line of a type in a section is the one that counts */
static void note_line(struct sdp *s, int line, struct sdp_section *sec)
{
	int *first = NULL;

	switch (s->lines[line].type) {

	case 'o':
		first = sec ? NULL : &s->o;
		break;

	case 'c':
		first = sec ? &sec->c : &s->c;
		break;

	case 'i':
		first = sec ? &sec->i : NULL;
		break;
	}

	if (first && *first == NO_LINE)
		*first = line;

	/* blank lines at the end are nobody's */
	if (s->lines[line].len)
		*(sec ? &sec->last : &s->last) = line;
}


static int find_sections(struct sdp *s)
{
	struct sdp_section *sec = NULL;

	s->o = s->c = s->last = NO_LINE;

	for (size_t i = 0; i < s->nlines; i++) {
		if (s->lines[i].type == 'm') {
			if (s->nsec >= SDP_MEDIA_MAX)
				return E2BIG;
			sec = &s->sec[s->nsec++];
			sec->m = (int)i;
			sec->i = sec->c = NO_LINE;
		}
		s->lines[i].media = sec ? (int16_t)(s->nsec - 1) : SESSION;
		note_line(s, (int)i, sec);
	}

	/* RFC 8866 §5: it starts with v= */
	return s->nlines && s->lines[0].type == 'v' ? 0 : EBADMSG;
}


/**
 * Read a session description
 *
 * Harmless oddities of real phones are let pass: missing s= or t= lines, lines
 * of unknown form, either line end, none at the end. Refused is what can't be
 * rewritten safely: no v= first, an o=, c= or m= line that can't be read, a NUL
 * octet, a CR that ends no line.
 *
 * @param sp   Gets the description; sdp_free() it
 * @param text Is copied
 * @param len  Octets
 *
 * @return 0, EBADMSG, E2BIG (a limit in sdp.h), ENOMEM, EINVAL
 */
int sdp_decode(struct sdp **sp, const char *text, size_t len)
{
	struct sdp *s;
	int err;

	if (!sp || !text)
		return EINVAL;
	if (len > SDP_LEN_MAX)
		return E2BIG;
	if (!len || memchr(text, '\0', len))
		return EBADMSG;

	s = calloc(1, sizeof(*s));
	if (!s)
		return ENOMEM;

	s->text = malloc(len + 1);
	if (!s->text) {
		sdp_free(s);
		return ENOMEM;
	}
	memcpy(s->text, text, len);
	s->text[len] = '\0';
	s->len = len;

	err = split_lines(s);
	if (!err)
		err = find_sections(s);
	if (!err)
		err = sdp_read(s);
	if (err) {
		sdp_free(s);
		return err;
	}

	*sp = s;
	return 0;
}


/** NULL is allowed */
void sdp_free(struct sdp *s)
{
	if (!s)
		return;

	for (size_t i = 0; i < s->nlines; i++) {
		free(s->lines[i].swap);
		free(s->lines[i].after);
	}
	if (s->osip)
		sdp_message_free(s->osip);
	free(s->lines);
	free(s->text);
	free(s);
}


/** Number of m= sections, rejected ones included */
size_t sdp_media_count(const struct sdp *s)
{
	return s ? s->nsec : 0;
}


/** One m= section as it was read; edits do not show. NULL: no such section */
const struct sdp_media *sdp_media(const struct sdp *s, size_t i)
{
	return s && i < s->nsec ? &s->sec[i].pub : NULL;
}


/** Address in o=; NULL: none */
const char *sdp_origin_addr(const struct sdp *s)
{
	return s && s->o != NO_LINE ? sdp_message_o_addr_get(s->osip) : NULL;
}


/** sess-version of o= (RFC 3264 §8: grows with each change); 0: none */
uint64_t sdp_origin_version(const struct sdp *s)
{
	const char *v = s && s->o != NO_LINE
				? sdp_message_o_sess_version_get(s->osip)
				: NULL;

	return v ? strtoull(v, NULL, 10) : 0;
}


/** a=ice-lite at session level (RFC 8839 §5.3) */
bool sdp_ice_lite(const struct sdp *s)
{
	return s && s->ice_lite;
}
