/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file read.c  From a file's text to a configuration, or to its errors
 *
 * inih takes a line apart into key, value and comment. Sections, line numbers
 * and what inih would pass over or cut short in silence are seen to here, where
 * the lines are handed to it one by one.
 */
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "conf/reader.h"


void conf_report(struct conf_reader *r, unsigned line, const char *fmt, ...)
{
	char text[1536];
	va_list ap;
	size_t n;

	if (++r->errors > CONF_ERROR_MAX || !r->errorh)
		return;

	n = (size_t)snprintf(text, sizeof(text), "%.250s", r->conf->file);
	if (line)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ":%u", line);
	n += (size_t)snprintf(text + n, sizeof(text) - n, ": ");

	va_start(ap, fmt);
	(void)vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);

	r->errorh(text, r->arg);
}


/** "[interface public] " in front of an error about one key */
static const char *label(const struct conf_section *s,
			 char buf[CONF_LABEL_MAX])
{
	(void)snprintf(buf, CONF_LABEL_MAX, "[%s%s%s]", s->kind,
		       s->name[0] ? " " : "", s->name);
	return buf;
}


/** Whether inih is to see the line; headings are seen to here */
static bool is_for_inih(struct conf_reader *r, char *line)
{
	size_t len = strlen(line);

	while (len && isspace((unsigned char)line[len - 1]))
		line[--len] = '\0';

	line += strspn(line, " \t");

	if (*line == '[') {
		conf_heading(r, line);
		return false;
	}

	return *line && !strchr(";#", *line) && !r->skip;
}


/** inih passes over a line it cannot take apart */
static void pending_check(struct conf_reader *r)
{
	if (r->pending)
		conf_report(r, r->line, "expected KEY = VALUE");

	r->pending = false;
}


/** inih's fgets(): the next line, an empty one where it is to see none */
static char *line_read(char *str, int size, void *stream)
{
	struct conf_reader *r = stream;
	const char *nl;
	size_t len;

	pending_check(r);

	if (r->pos == r->end || r->err)
		return NULL;

	nl = memchr(r->pos, '\n', (size_t)(r->end - r->pos));
	len = (size_t)((nl ? nl : r->end) - r->pos);
	r->line++;

	if (len > CONF_LINE_MAX || (int)len + 2 > size) {
		conf_report(r, r->line, "longer than %d bytes", CONF_LINE_MAX);
		len = 0;
	}
	else if (memchr(r->pos, '\0', len)) {
		conf_report(r, r->line, "a NUL byte");
		len = 0;
	}

	memcpy(str, r->pos, len);
	str[len] = '\0';
	r->pos = nl ? nl + 1 : r->end;

	r->pending = is_for_inih(r, str);
	if (!r->pending)
		str[0] = '\0';

	return str;
}


static void value_put(struct conf_reader *r, size_t i, const char *text)
{
	const struct conf_key *k = &r->conf->keys[i];
	struct conf_value *v = &r->section->values[i];
	char expect[CONF_EXPECT_MAX], buf[CONF_LABEL_MAX];
	int err;

	if (v->set) {
		conf_report(r, r->line,
			    "%s %s: is there twice, first at line %u",
			    label(r->section, buf), k->key, v->line);
		return;
	}

	err = conf_value_decode(v, k, text);
	if (!err) {
		v->line = r->line;
		return;
	}

	if (err == ENOMEM) {
		r->err = err;
		return;
	}

	/* it was given: no second complaint that it is missing */
	v->line = r->line;
	conf_value_expect(expect, sizeof(expect), k);
	if (k->secret)
		conf_report(r, r->line, "%s %s: expected %s",
			    label(r->section, buf), k->key, expect);
	else
		conf_report(r, r->line, "%s %s: expected %s, not \"%.200s\"",
			    label(r->section, buf), k->key, expect, text);
}


/** inih's handler. Its own section is not looked at: it is cut at 49 bytes. */
static int value_h(void *arg, const char *section, const char *name,
		   const char *text)
{
	struct conf_reader *r = arg;
	char buf[CONF_LABEL_MAX];
	size_t i;

	(void)section;
	r->pending = false;

	if (!r->section) {
		conf_report(r, r->line, "%.80s: stands before any [SECTION]",
			    name);
		return 1;
	}

	for (i = 0; i < r->conf->nkeys; i++) {
		const struct conf_key *k = &r->conf->keys[i];

		if (conf_key_is_in(k, r->section->kind, r->section->name[0]) &&
		    !strcmp(k->key, name)) {
			value_put(r, i, text);
			return 1;
		}
	}

	conf_report(r, r->line, "%s: unknown key \"%.80s\"",
		    label(r->section, buf), name);

	return 1;
}


/** What the file did not say: defaults, and complaints where there is none */
static void section_fill(struct conf_reader *r, struct conf_section *s)
{
	char buf[CONF_LABEL_MAX], expect[CONF_EXPECT_MAX];
	size_t i;

	for (i = 0; i < r->conf->nkeys && !r->err; i++) {
		const struct conf_key *k = &r->conf->keys[i];
		struct conf_value *v = &s->values[i];
		int err;

		if (v->line || !conf_key_is_in(k, s->kind, s->name[0]))
			continue;

		conf_value_expect(expect, sizeof(expect), k);

		if (k->def) {
			err = conf_value_decode(v, k, k->def);
			if (err == ENOMEM)
				r->err = err;
			else if (err)
				conf_report(r, 0,
					    "%s %s: its default: expected %s",
					    label(s, buf), k->key, expect);
		}
		else if (k->required) {
			conf_report(r, s->line,
				    "%s %s: is missing: expected %s",
				    label(s, buf), k->key, expect);
		}
	}
}


/** Add the sections the file has not, then complete them all */
static void complete(struct conf_reader *r)
{
	struct conf *c = r->conf;
	struct conf_section *s;
	size_t i;

	for (i = 0; i < c->nkeys && !r->err; i++) {
		const char *section = c->keys[i].section;

		if (!strchr(section, ' ') &&
		    !conf_section_find(c, section, ""))
			r->err = conf_section_add(&s, c, section, "", 0);
	}

	for (s = c->sections; s && !r->err; s = s->next)
		section_fill(r, s);
}


/** Debian's inih has its limits in variables; no other thread reads yet */
static void inih_setup(void)
{
	static char inline_comments[] = ";#";

	ini_use_stack = false;
	ini_initial_alloc = ini_max_line = CONF_LINE_MAX + 8;
	ini_allow_multiline = false;
	ini_inline_comment_prefixes = inline_comments;
}


static void more_report(struct conf_reader *r)
{
	const unsigned more = r->errors - CONF_ERROR_MAX;

	if (r->errors <= CONF_ERROR_MAX)
		return;

	r->errors = 0;
	conf_report(r, 0, "and %u more errors", more);
}


int conf_read_buf(struct conf **cp, const char *name, const char *text,
		  size_t len, const struct conf_key *keys, size_t nkeys,
		  conf_error_h *errorh, void *arg)
{
	struct conf_reader r = {.errorh = errorh, .arg = arg};

	if (!cp || !name || (!text && len) || !keys || !nkeys)
		return EINVAL;

	r.conf = calloc(1, sizeof(*r.conf));
	if (!r.conf)
		return ENOMEM;

	r.conf->keys = keys;
	r.conf->nkeys = nkeys;
	r.conf->file = strdup(name);
	r.pos = text;
	r.end = text + len;
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		r.pos += 3;

	inih_setup();

	if (!r.conf->file ||
	    ini_parse_stream(line_read, &r, value_h, &r) == -2)
		r.err = ENOMEM;

	if (!r.err)
		complete(&r);

	more_report(&r);

	if (r.err || r.errors) {
		conf_free(r.conf);
		return r.err ? r.err : EINVAL;
	}

	*cp = r.conf;

	return 0;
}
