/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sdp/encode.c  The text with all edits applied
 *
 * The c= lines are decided here, since one at session level speaks for several
 * sections.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sdp/priv.h"

enum { C_LEN = INET6_ADDRSTRLEN + 16 };

/** The c= lines of the result */
struct plan {
	char session[C_LEN];		/**< "": as it was */
	char sec[SDP_MEDIA_MAX][C_LEN]; /**< "": none, or as it was */
	bool add[SDP_MEDIA_MAX];	/**< the section had none of its own */
};


static void c_line(char buf[C_LEN], const struct sdp_section *sec)
{
	(void)snprintf(buf, C_LEN, "c=IN %s %s", sdp_addr_type(sec->new_af),
		       sec->new_addr);
}


/* The section whose address goes to the session level: the first that leans
 * on it, else the first at all, so that the old address goes. None if a
 * section that is left alone leans on it. */
static const struct sdp_section *session_speaker(const struct sdp *s)
{
	const struct sdp_section *any = NULL, *leans = NULL;

	if (s->c == NO_LINE)
		return NULL;

	for (size_t i = 0; i < s->nsec; i++) {
		const struct sdp_section *sec = &s->sec[i];

		if (!sec->set && sec->c == NO_LINE)
			return NULL;
		if (sec->set && !any)
			any = sec;
		if (sec->set && sec->c == NO_LINE && !leans)
			leans = sec;
	}
	return leans ? leans : any;
}


static void plan_make(struct plan *pl, const struct sdp *s)
{
	const struct sdp_section *speaker = session_speaker(s);

	pl->session[0] = '\0';
	if (speaker)
		c_line(pl->session, speaker);

	for (size_t i = 0; i < s->nsec; i++) {
		const struct sdp_section *sec = &s->sec[i];

		pl->sec[i][0] = '\0';
		pl->add[i] = false;
		if (!sec->set)
			continue;
		c_line(pl->sec[i], sec);
		if (sec->c != NO_LINE)
			continue;
		if (!strcmp(pl->sec[i], pl->session))
			pl->sec[i][0] = '\0';
		else
			pl->add[i] = true;
	}
}


/* what stands in place of line i by the plan; NULL: nothing of the plan's */
static const char *planned(const struct plan *pl, const struct sdp *s,
			   size_t i)
{
	int media = s->lines[i].media;

	if ((int)i == s->c && pl->session[0])
		return pl->session;
	if (media != SESSION && (int)i == s->sec[media].c && pl->sec[media][0])
		return pl->sec[media];
	return NULL;
}


/* RFC 8866 §5: c= comes behind m= and i= */
static const char *added(const struct plan *pl, const struct sdp *s, size_t i)
{
	int media = s->lines[i].media;
	const struct sdp_section *sec;

	if (media == SESSION || !pl->add[media])
		return NULL;
	sec = &s->sec[media];
	return (int)i == (sec->i != NO_LINE ? sec->i : sec->m)
		       ? pl->sec[media]
		       : NULL;
}


struct out {
	char *p; /* NULL: only count */
	size_t len;
};


static void put(struct out *o, const char *p, size_t n)
{
	if (o->p)
		memcpy(o->p + o->len, p, n);
	o->len += n;
}


static void put_str(struct out *o, const char *p)
{
	put(o, p, strlen(p));
}


static void write_line(struct out *o, const struct plan *pl,
		       const struct sdp *s, size_t i)
{
	const struct sdp_line *l = &s->lines[i];
	const char *text = planned(pl, s, i);
	const char *more = added(pl, s, i);
	const char *eol = s->text + l->off + l->len;

	if (!text)
		text = l->swap;
	if (!l->cut) {
		if (text)
			put_str(o, text);
		else
			put(o, s->text + l->off, l->len);
		put(o, eol, l->eol);
		if (!l->eol && (more || l->after))
			put_str(o, s->eol);
	}
	if (more) {
		put_str(o, more);
		put_str(o, s->eol);
	}
	if (l->after)
		put_str(o, l->after);
}


static void write_all(struct out *o, const struct plan *pl,
		      const struct sdp *s)
{
	for (size_t i = 0; i < s->nlines; i++)
		write_line(o, pl, s, i);
}


/**
 * The description with all edits applied; without edits, what was read, octet
 * for octet
 *
 * @param s    Description
 * @param text Gets the text, NUL-terminated; free() it
 * @param len  Gets its length
 *
 * @return 0, ENOMEM, EINVAL
 */
int sdp_encode(const struct sdp *s, char **text, size_t *len)
{
	struct out o = {0};
	struct plan *pl;

	if (!s || !text || !len)
		return EINVAL;

	pl = malloc(sizeof(*pl));
	if (!pl)
		return ENOMEM;

	plan_make(pl, s);
	write_all(&o, pl, s);
	o.p = malloc(o.len + 1);
	if (!o.p) {
		free(pl);
		return ENOMEM;
	}
	o.len = 0;
	write_all(&o, pl, s);
	free(pl);

	o.p[o.len] = '\0';
	*text = o.p;
	*len = o.len;
	return 0;
}
