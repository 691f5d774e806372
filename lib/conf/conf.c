/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file conf.c  The configuration a program holds, and reading from it
 *
 * A configuration never changes once it has been read. It owns its sections
 * and their values; the table stays the program's.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "conf/priv.h"


/** A table's section is "relay" or, with a name, "interface *" */
bool conf_key_is_in(const struct conf_key *k, const char *kind, bool named)
{
	const size_t len = strlen(kind);

	return !strncmp(k->section, kind, len) &&
	       !strcmp(k->section + len, named ? " *" : "");
}


struct conf_section *conf_section_find(const struct conf *c, const char *kind,
				       const char *name)
{
	struct conf_section *s;

	for (s = c->sections; s; s = s->next) {
		if (!strcmp(s->kind, kind) && !strcmp(s->name, name))
			return s;
	}

	return NULL;
}


void conf_free(struct conf *c)
{
	struct conf_section *s, *next;
	size_t i;

	if (!c)
		return;

	for (s = c->sections; s; s = next) {
		next = s->next;
		for (i = 0; s->values && i < c->nkeys; i++)
			conf_value_reset(&s->values[i]);

		free(s->values);
		free(s);
	}

	free(c->file);
	free(c);
}


const struct conf_section *conf_section(const struct conf *c,
					const char *section)
{
	return c && section ? conf_section_find(c, section, "") : NULL;
}


const struct conf_section *conf_next(const struct conf *c, const char *section,
				     const struct conf_section *prev)
{
	const struct conf_section *s;

	if (!c || !section)
		return NULL;

	for (s = prev ? prev->next : c->sections; s; s = s->next) {
		if (s->name[0] && !strcmp(s->kind, section))
			return s;
	}

	return NULL;
}


/** The name of a section, "public"; "" where it has none */
const char *conf_section_name(const struct conf_section *s)
{
	return s ? s->name : "";
}


static const struct conf_value *value(const struct conf_section *s, size_t key)
{
	static const struct conf_value unset;

	return s && key < s->conf->nkeys ? &s->values[key] : &unset;
}


static bool is_type(const struct conf_section *s, size_t key, unsigned types)
{
	return value(s, key)->set && types & (1u << s->conf->keys[key].type);
}


/** Whether there is a value, in the file or by default */
bool conf_is_set(const struct conf_section *s, size_t key)
{
	return value(s, key)->set;
}


const char *conf_string(const struct conf_section *s, size_t key)
{
	return is_type(s, key, ~(1u << CONF_LIST)) ? value(s, key)->text
						   : NULL;
}


int64_t conf_int(const struct conf_section *s, size_t key)
{
	return is_type(s, key,
		       1u << CONF_INT | 1u << CONF_DURATION | 1u << CONF_SIZE |
			       1u << CONF_ENUM)
		       ? value(s, key)->num
		       : 0;
}


bool conf_bool(const struct conf_section *s, size_t key)
{
	return is_type(s, key, 1u << CONF_BOOL) && value(s, key)->num;
}


struct addr conf_addr(const struct conf_section *s, size_t key)
{
	return value(s, key)->addr;
}


struct conf_ports conf_ports(const struct conf_section *s, size_t key)
{
	return value(s, key)->ports;
}


size_t conf_list_count(const struct conf_section *s, size_t key)
{
	return value(s, key)->nitems;
}


/** Item i of a list; NULL behind the last */
const char *conf_list_item(const struct conf_section *s, size_t key, size_t i)
{
	const struct conf_value *v = value(s, key);

	return i < v->nitems ? v->items[i] : NULL;
}


void conf_error(const struct conf_section *s, size_t key, char *buf,
		size_t size, const char *fmt, ...)
{
	const struct conf_value *v = value(s, key);
	const unsigned line = v->line ? v->line : s->line;
	char where[24] = "";
	va_list ap;
	size_t n;

	if (line)
		(void)snprintf(where, sizeof(where), ":%u", line);

	n = (size_t)snprintf(buf, size, "%s%s: [%s%s%s] %s: ", s->conf->file,
			     where, s->kind, s->name[0] ? " " : "", s->name,
			     s->conf->keys[key].key);
	if (n >= size)
		return;

	va_start(ap, fmt);
	(void)vsnprintf(buf + n, size - n, fmt, ap);
	va_end(ap);
}


static void type_print(FILE *f, const struct conf_key *k)
{
	char expect[CONF_EXPECT_MAX];

	conf_value_expect(expect, sizeof(expect), k);
	fprintf(f, "# %s%s%s%s\n", k->help ? k->help : "", k->help ? ": " : "",
		expect, k->required ? "; must be given" : "");
}


void conf_reference(FILE *f, const struct conf_key *keys, size_t nkeys)
{
	const char *section = NULL;
	size_t i;

	for (i = 0; i < nkeys; i++) {
		const struct conf_key *k = &keys[i];

		if (!section || strcmp(section, k->section)) {
			fprintf(f, "%s[%s]\n", section ? "\n" : "",
				k->section);
			section = k->section;
		}

		type_print(f, k);
		fprintf(f, "#%s = %s\n", k->key, k->def ? k->def : "");
	}
}
