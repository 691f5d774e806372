/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file section.c  Headings, and the sections they open
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "conf/reader.h"


static bool is_known(const struct conf *c, const char *kind, bool named)
{
	size_t i;

	for (i = 0; i < c->nkeys; i++) {
		if (conf_key_is_in(&c->keys[i], kind, named))
			return true;
	}

	return false;
}


int conf_section_add(struct conf_section **sp, struct conf *c,
		     const char *kind, const char *name, unsigned line)
{
	struct conf_section *s, **tail;

	s = calloc(1, sizeof(*s));
	if (!s)
		return ENOMEM;

	s->values = calloc(c->nkeys, sizeof(*s->values));
	if (!s->values) {
		free(s);
		return ENOMEM;
	}

	s->conf = c;
	s->line = line;
	(void)snprintf(s->kind, sizeof(s->kind), "%s", kind);
	(void)snprintf(s->name, sizeof(s->name), "%s", name);

	for (tail = &c->sections; *tail; tail = &(*tail)->next)
		;
	*tail = s;
	*sp = s;

	return 0;
}


static void section_enter(struct conf_reader *r, const char *kind,
			  const char *name)
{
	struct conf_section *s = conf_section_find(r->conf, kind, name);

	if (s) {
		conf_report(r, r->line,
			    "[%s%s%s] is there twice, first at line %u", kind,
			    *name ? " " : "", name, s->line);
	}
	else if (!is_known(r->conf, kind, *name)) {
		conf_report(r, r->line, "unknown section [%s%s%s]%s", kind,
			    *name ? " " : "", name,
			    is_known(r->conf, kind, !*name)
				    ? *name ? ": it has no name"
					    : ": it needs a name, [KIND NAME]"
				    : "");
	}
	else if (*name && ++r->nsections > CONF_SECTION_MAX) {
		conf_report(r, r->line, "more than %d sections with a name",
			    CONF_SECTION_MAX);
	}
	else {
		r->err = conf_section_add(&r->section, r->conf, kind, name,
					  r->line);
	}
}


static bool is_name(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (!isalnum((unsigned char)s[i]) && !strchr("-_.", s[i]))
			return false;
	}

	return len && len <= CONF_NAME_MAX;
}


/** "[kind]" or "[kind name]", perhaps with a comment behind it */
void conf_heading(struct conf_reader *r, const char *line)
{
	char kind[CONF_NAME_MAX + 1], name[CONF_NAME_MAX + 1] = "";
	const char *p = line + 1, *end = strchr(line, ']');
	size_t klen, nlen;

	r->section = NULL;
	r->skip = true;

	if (!end || (end[1 + strspn(end + 1, " \t")] &&
		     !strchr(";#", end[1 + strspn(end + 1, " \t")]))) {
		conf_report(r, r->line, "expected [SECTION], not \"%.80s\"",
			    line);
		return;
	}

	p += strspn(p, " \t");
	klen = strcspn(p, " \t]");
	if (is_name(p, klen)) {
		memcpy(kind, p, klen);
		kind[klen] = '\0';
		p += klen + strspn(p + klen, " \t");
		for (nlen = (size_t)(end - p);
		     nlen && strchr(" \t", p[nlen - 1]); nlen--)
			;
		if (!nlen || is_name(p, nlen)) {
			memcpy(name, p, nlen);
			name[nlen] = '\0';
			section_enter(r, kind, name);
			r->skip = !r->section;
			return;
		}
	}

	conf_report(
		r, r->line,
		"section \"%.80s\": expected a kind and perhaps a name, each at "
		"most %d letters, digits, '-', '_', '.'",
		line, CONF_NAME_MAX);
}
