/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file value.c  The types of values a configuration knows
 *
 * Text in, value out, and the sentence for what is refused. A value owns its
 * text and items.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "conf/value.h"


/** A unit behind a number, and what it multiplies with; biggest first */
struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit durations[] = {
	{"d", 86400000}, {"h", 3600000}, {"m", 60000},
	{"s", 1000},	 {"ms", 1},	 {NULL, 0},
};

static const struct unit sizes[] = {
	{"G", 1 << 30}, {"M", 1 << 20}, {"k", 1 << 10},
	{"K", 1 << 10}, {"", 1},	{NULL, 0},
};

static const struct unit plain[] = {
	{"", 1},
	{NULL, 0},
};


static int num_decode(int64_t *num, const char *s, const struct unit *u)
{
	const bool neg = *s == '-';
	int64_t v = 0;
	const char *p;

	s += neg;

	for (p = s; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, *p - '0', &v))
			return EINVAL;
	}

	if (p == s)
		return EINVAL;

	while (u->name && strcmp(u->name, p))
		u++;

	/* nothing is nothing in any unit */
	if (!u->name && (v || *p))
		return EINVAL;

	if (u->name && __builtin_mul_overflow(v, u->factor, &v))
		return EINVAL;

	*num = neg ? -v : v;

	return 0;
}


static void num_print(char *buf, size_t size, int64_t num,
		      const struct unit *u)
{
	while (u->factor > 1 && (num % u->factor || !num))
		u++;

	(void)snprintf(buf, size, "%" PRId64 "%s", num / u->factor, u->name);
}


static const struct unit *units(enum conf_type type)
{
	switch (type) {

	case CONF_DURATION:
		return durations;
	case CONF_SIZE:
		return sizes;
	default:
		return plain;
	}
}


static int bool_decode(int64_t *num, const char *s)
{
	static const char *const names[] = {"no",    "yes", "false",
					    "true", "off", "on"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcasecmp(s, names[i])) {
			*num = i & 1;
			return 0;
		}
	}

	return EINVAL;
}


static int enum_decode(int64_t *num, const char *s, const char *const *values)
{
	int64_t i;

	for (i = 0; values && values[i]; i++) {
		if (!strcmp(s, values[i])) {
			*num = i;
			return 0;
		}
	}

	return EINVAL;
}


static int ports_decode(struct conf_ports *ports, char *s)
{
	char *dash = strchr(s, '-');
	int64_t min, max;
	int err;

	if (dash)
		*dash = '\0';

	err = num_decode(&min, s, plain);
	max = min;
	if (dash) {
		err |= num_decode(&max, dash + 1, plain);
		*dash = '-';
	}

	if (err || min < 1 || max > UINT16_MAX || min > max)
		return EINVAL;

	ports->min = (uint16_t)min;
	ports->max = (uint16_t)max;

	return 0;
}


static int ip_decode(struct addr *a, const char *s)
{
	return *s == '[' ? EINVAL : addr_parse(a, s, 0);
}


/** Cut the text at its commas */
static int list_decode(struct conf_value *v)
{
	char *p = v->text, *end;

	v->items = calloc(CONF_LIST_MAX, sizeof(*v->items));
	if (!v->items)
		return ENOMEM;

	if (!*p)
		return 0;

	for (;;) {
		char *comma = strchr(p, ',');

		if (comma)
			*comma = '\0';

		p += strspn(p, " \t");
		for (end = p + strlen(p); end > p; *--end = '\0') {
			if (end[-1] != ' ' && end[-1] != '\t')
				break;
		}

		if (!*p || v->nitems == CONF_LIST_MAX)
			return EINVAL;

		v->items[v->nitems++] = p;
		if (!comma)
			return 0;

		p = comma + 1;
	}
}


static bool in_range(const struct conf_key *k, int64_t num)
{
	return (!k->min && !k->max) || (num >= k->min && num <= k->max);
}


static int decode(struct conf_value *v, const struct conf_key *k)
{
	int err;

	switch (k->type) {

	case CONF_STRING:
		v->num = (int64_t)strlen(v->text);
		break;

	case CONF_INT:
	case CONF_DURATION:
	case CONF_SIZE:
		err = num_decode(&v->num, v->text, units(k->type));
		if (err || (k->type != CONF_INT && v->num < 0))
			return EINVAL;
		break;

	case CONF_BOOL:
		return bool_decode(&v->num, v->text);

	case CONF_ENUM:
		return enum_decode(&v->num, v->text, k->values);

	case CONF_ADDR:
		return addr_parse_hostport(&v->addr, v->text);

	case CONF_IP:
		return ip_decode(&v->addr, v->text);

	case CONF_PORTS:
		return ports_decode(&v->ports, v->text);

	case CONF_LIST:
		err = list_decode(v);
		if (err)
			return err;

		v->num = (int64_t)v->nitems;
		break;
	}

	return in_range(k, v->num) ? 0 : EINVAL;
}


int conf_value_decode(struct conf_value *v, const struct conf_key *k,
		      const char *text)
{
	int err;

	v->text = strdup(text);
	if (!v->text)
		return ENOMEM;

	err = decode(v, k);
	if (err) {
		conf_value_reset(v);
		return err;
	}

	v->set = true;

	return 0;
}


void conf_value_reset(struct conf_value *v)
{
	free(v->text);
	free(v->items);
	memset(v, 0, sizeof(*v));
}


/** "one of a, b, c" */
static void expect_enum(char *buf, size_t size, const char *const *values)
{
	size_t n = (size_t)snprintf(buf, size, "one of");
	size_t i;

	for (i = 0; values && values[i] && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s %s",
				      i ? "," : "", values[i]);
}


/** "WHAT from MIN to MAX TAIL", or "WHAT TAIL" where there is no limit */
static void expect_range(char *buf, size_t size, const struct conf_key *k,
			 const char *what, const char *tail)
{
	char min[32], max[32];

	if (!k->min && !k->max) {
		(void)snprintf(buf, size, "%s%s", what, tail);
		return;
	}

	num_print(min, sizeof(min), k->min, units(k->type));
	num_print(max, sizeof(max), k->max, units(k->type));
	(void)snprintf(buf, size, "%s from %s to %s%s", what, min, max, tail);
}


void conf_value_expect(char *buf, size_t size, const struct conf_key *k)
{
	switch (k->type) {

	case CONF_STRING:
		expect_range(buf, size, k, "a text of a length", "");
		break;
	case CONF_INT:
		expect_range(buf, size, k, "a whole number", "");
		break;
	case CONF_BOOL:
		(void)snprintf(buf, size, "yes or no");
		break;
	case CONF_DURATION:
		expect_range(buf, size, k, "a duration",
			     ", such as 500ms, 30s, 5m, 2h");
		break;
	case CONF_SIZE:
		expect_range(buf, size, k, "a size", ", such as 512, 64k, 10M");
		break;
	case CONF_ADDR:
		(void)snprintf(buf, size,
			       "a numeric address, with a port or without, "
			       "such as 192.0.2.1:5060 or [2001:db8::1]:5060");
		break;
	case CONF_IP:
		(void)snprintf(buf, size,
			       "a numeric address, such as 192.0.2.1 or "
			       "2001:db8::1");
		break;
	case CONF_PORTS:
		(void)snprintf(buf, size,
			       "a range of ports, such as 30000-39999");
		break;
	case CONF_ENUM:
		expect_enum(buf, size, k->values);
		break;
	case CONF_LIST:
		expect_range(buf, size, k, "a list, commas between, of length",
			     "");
		break;
	}
}
