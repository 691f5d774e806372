/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file number.c  Number rewriting: a prefix in, a prefix out
 *
 * Pure: owns nothing.
 */
#include <errno.h>
#include <string.h>
#include "number.h"

enum {
	NUMBER_MAX = 128, /* digits; H.225.0 dialledDigits */
};

static const char digits[] = "0123456789#*,";


static bool prefix_take(char *out, const char *p, size_t len)
{
	if (len > NUMBER_PREFIX_MAX || strspn(p, digits) < len)
		return false;
	memcpy(out, p, len);
	out[len] = '\0';

	return true;
}


int number_rule_add(struct number_table *t, const char *text)
{
	const char *slash = strchr(text, '/');
	struct number_rule rule;
	size_t i;

	if (!slash || !prefix_take(rule.in, text, (size_t)(slash - text)) ||
	    !prefix_take(rule.out, slash + 1, strlen(slash + 1)))
		return EINVAL;
	for (i = 0; i < t->n; i++) {
		if (!strcmp(t->v[i].in, rule.in))
			return EEXIST;
	}
	if (t->n == NUMBER_RULES_MAX)
		return ENOBUFS;
	t->v[t->n++] = rule;

	return 0;
}


bool number_rewrite(const struct number_table *t, struct alias *a)
{
	const struct number_rule *best = NULL;
	const size_t len	       = strlen(a->text);
	size_t longest = 0, out, i;

	if (!alias_is_number(a))
		return false;
	for (i = 0; i < t->n; i++) {
		const size_t in = strlen(t->v[i].in);

		if ((!best || in > longest) &&
		    !strncmp(a->text, t->v[i].in, in)) {
			best	= &t->v[i];
			longest = in;
		}
	}
	if (!best || !strcmp(best->in, best->out))
		return false;

	out = strlen(best->out);
	if (len - longest + out > NUMBER_MAX || len - longest + out == 0)
		return false;
	memmove(a->text + out, a->text + longest, len - longest + 1);
	memcpy(a->text, best->out, out);

	return true;
}
