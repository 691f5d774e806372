/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sdp/body.c  Where the SDP lies in a message body
 */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include "sdp/sdp.h"

enum {
	BOUNDARY_MAX = 70, /**< RFC 2046 §5.1.1 */
	PARTS_MAX    = 32,
	NEST_MAX     = 3,
};

struct span {
	const char *p;
	size_t n;
};


static struct span trim(struct span s)
{
	while (s.n && strchr(" \t\r\n", s.p[0]))
		++s.p, --s.n;
	while (s.n && strchr(" \t\r\n", s.p[s.n - 1]))
		--s.n;
	return s;
}


static bool starts(struct span s, const char *text)
{
	size_t n = strlen(text);

	return s.n >= n && !strncasecmp(s.p, text, n);
}


/* application/sdp, whatever parameters follow */
static bool is_sdp(struct span type)
{
	static const char sdp[] = "application/sdp";

	type = trim(type);
	return starts(type, sdp) && (type.n == sizeof(sdp) - 1 ||
				     strchr("; \t\r\n", type.p[sizeof(sdp) - 1]));
}


static const char *find(const char *p, const char *end, struct span what)
{
	return what.n ? memmem(p, (size_t)(end - p), what.p, what.n) : NULL;
}


/* RFC 2046 §5.1.1; quoted or a token */
static bool boundary(struct span type, struct span *b)
{
	const char *end = type.p + type.n;
	const char *p = type.p;

	while ((p = memchr(p, ';', (size_t)(end - p)))) {
		struct span param = {p + 1, (size_t)(end - p - 1)};

		++p;
		param = trim(param);
		if (!starts(param, "boundary"))
			continue;
		param.p += 8;
		param.n -= 8;
		param = trim(param);
		if (!param.n || *param.p != '=')
			continue;
		++param.p;
		--param.n;
		param = trim(param);
		if (param.n && *param.p == '"') {
			const char *q = memchr(param.p + 1, '"', param.n - 1);

			if (!q)
				return false;
			b->p = param.p + 1;
			b->n = (size_t)(q - b->p);
		}
		else {
			b->p = param.p;
			for (b->n = 0; b->n < param.n &&
				       !strchr("; \t\r\n", b->p[b->n]);)
				++b->n;
		}
		return b->n && b->n <= BOUNDARY_MAX;
	}
	return false;
}


/* the start of the next delimiter line, and through *after what follows it */
static const char *delimiter(const char *from, const char *end, struct span b,
			     const char *start, const char **after, bool *last)
{
	const char *p = from;

	while ((p = find(p, end, b))) {
		const char *line = p - 2;
		const char *q = p + b.n;

		if (p - start < 2 || line[0] != '-' || line[1] != '-' ||
		    (line > start && line[-1] != '\n')) {
			++p;
			continue;
		}
		*last = end - q >= 2 && q[0] == '-' && q[1] == '-';
		q = memchr(q, '\n', (size_t)(end - q));
		*after = q ? q + 1 : end;
		return line;
	}
	return NULL;
}


/* a header's value in a part's head, folded lines included */
static bool part_type(struct span head, struct span *type)
{
	const char *p = head.p, *end = head.p + head.n;

	while (p < end) {
		struct span line = {p, (size_t)(end - p)};
		const char *nl = p;

		do {
			nl = memchr(nl, '\n', (size_t)(end - nl));
			nl = nl ? nl + 1 : end;
		} while (nl < end && (*nl == ' ' || *nl == '\t'));
		line.n = (size_t)(nl - p);
		p = nl;

		for (int shortform = 0; shortform < 2; shortform++) {
			const char *name = shortform ? "c" : "content-type";
			struct span v = line;

			if (!starts(line, name))
				continue;
			v.p += strlen(name);
			v.n -= strlen(name);
			v = trim(v);
			if (v.n && *v.p == ':') {
				type->p = v.p + 1;
				type->n = v.n - 1;
				return true;
			}
		}
	}
	return false;
}


static int find_in(struct span type, struct span body, int nest,
		   struct span *out);


/* one part: head, empty line, content */
static int find_in_part(struct span part, int nest, struct span *out)
{
	struct span head = part, content, type;
	const char *end = part.p + part.n;
	const char *p = part.p;

	for (;;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		if (!nl)
			return ENOENT;
		if (nl == p || (nl == p + 1 && *p == '\r')) {
			head.n = (size_t)(p - part.p);
			content.p = nl + 1;
			content.n = (size_t)(end - content.p);
			break;
		}
		p = nl + 1;
	}

	return part_type(head, &type) ? find_in(type, content, nest, out)
				      : ENOENT;
}


static int find_in_parts(struct span type, struct span body, int nest,
			 struct span *out)
{
	const char *end = body.p + body.n;
	const char *p, *after;
	struct span b;
	bool last;

	if (nest >= NEST_MAX || !boundary(type, &b))
		return ENOENT;

	p = delimiter(body.p, end, b, body.p, &after, &last);
	for (int n = 0; p && !last && n < PARTS_MAX; n++) {
		struct span part = {after, 0};
		const char *next = delimiter(after, end, b, body.p, &after,
					     &last);
		const char *stop = next ? next : end;

		/* the line end before a delimiter belongs to the delimiter */
		if (next && stop > part.p && stop[-1] == '\n')
			--stop;
		if (next && stop > part.p && stop[-1] == '\r')
			--stop;
		part.n = (size_t)(stop - part.p);
		if (!find_in_part(part, nest, out))
			return 0;
		p = next;
	}
	return ENOENT;
}


static int find_in(struct span type, struct span body, int nest,
		   struct span *out)
{
	type = trim(type);
	if (is_sdp(type)) {
		*out = body;
		return body.n ? 0 : ENOENT;
	}
	return starts(type, "multipart/")
		       ? find_in_parts(type, body, nest + 1, out)
		       : ENOENT;
}


/**
 * Where the SDP lies in a message body
 *
 * @param content_type Value of Content-Type
 * @param ctlen        Its length
 * @param body         Body
 * @param len          Its length
 * @param off          Gets where the SDP starts
 * @param sdplen       Gets its length
 *
 * @return 0, ENOENT (there is none), EINVAL
 */
int sdp_body_find(const char *content_type, size_t ctlen, const char *body,
		  size_t len, size_t *off, size_t *sdplen)
{
	struct span type = {content_type, ctlen}, all = {body, len}, out;
	int err;

	if (!content_type || !body || !off || !sdplen)
		return EINVAL;

	err = find_in(type, all, 0, &out);
	if (err)
		return err;

	*off = (size_t)(out.p - body);
	*sdplen = out.n;
	return 0;
}
