/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctl/table.c  Text in columns, as wide as what stands in them
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "ctl/ctl.h"

struct table {
	size_t columns;
	size_t cells, size;
	char **cell; /**< row by row, the headings first */
	bool right[CTL_COLUMNS_MAX];
};


/* columns a UTF-8 text takes: one a character */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}


/** A table with headings; NULL when out of memory */
struct table *table_alloc(const char *const headings[], size_t columns)
{
	struct table *t;

	if (columns > CTL_COLUMNS_MAX)
		return NULL;

	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;

	t->columns = columns;
	for (size_t i = 0; i < columns; i++) {
		if (table_cell(t, "%s", headings[i])) {
			table_free(t);
			return NULL;
		}
	}
	return t;
}


void table_free(struct table *t)
{
	if (!t)
		return;

	for (size_t i = 0; i < t->cells; i++)
		free(t->cell[i]);
	free(t->cell);
	free(t);
}


/** A column of numbers */
void table_right(struct table *t, size_t column)
{
	t->right[column] = true;
}


/* what comes from the network does not get to steer the terminal */
static void make_printable(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
	}
}


/** The next cell, from left to right, row by row; 0 or ENOMEM */
int table_cell(struct table *t, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	if (t->cells == t->size) {
		size_t size = t->size ? 2 * t->size : 64;
		char **p = realloc(t->cell, size * sizeof(*p));

		if (!p)
			return ENOMEM;
		t->cell = p;
		t->size = size;
	}

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return ENOMEM;

	make_printable(text);
	t->cell[t->cells++] = text;
	return 0;
}


/** Rows without the headings */
size_t table_rows(const struct table *t)
{
	return t->cells / t->columns - 1;
}


static void print_cell(const struct table *t, FILE *f, const char *text,
		       size_t column, size_t wide)
{
	int pad = (int)(wide - width(text));
	bool last = column + 1 == t->columns;

	if (t->right[column])
		fprintf(f, "%*s%s%s", pad, "", text, last ? "" : "  ");
	else if (last)
		fputs(text, f);
	else
		fprintf(f, "%s%*s  ", text, pad, "");
}


void table_print(const struct table *t, FILE *f)
{
	size_t wide[CTL_COLUMNS_MAX] = {0};

	for (size_t i = 0; i < t->cells; i++) {
		size_t w = width(t->cell[i]);
		size_t k = i % t->columns;

		wide[k] = w > wide[k] ? w : wide[k];
	}

	for (size_t i = 0; i < t->cells; i++) {
		size_t k = i % t->columns;

		print_cell(t, f, t->cell[i], k, wide[k]);
		if (k + 1 == t->columns)
			fputc('\n', f);
	}
}


/** "42s", "3m07s", "5h12m", "9d04h": how long, for people */
const char *ctl_age(char buf[32], int64_t ms)
{
	long long s = ms < 0 ? 0 : ms / 1000;

	if (s < 60)
		(void)snprintf(buf, 32, "%llds", s);
	else if (s < 3600)
		(void)snprintf(buf, 32, "%lldm%02llds", s / 60, s % 60);
	else if (s < 86400)
		(void)snprintf(buf, 32, "%lldh%02lldm", s / 3600,
			       s / 60 % 60);
	else
		(void)snprintf(buf, 32, "%lldd%02lldh", s / 86400,
			       s / 3600 % 24);
	return buf;
}


/** "-" for what is not known */
const char *ctl_text(const char *s)
{
	return s && *s ? s : "-";
}
