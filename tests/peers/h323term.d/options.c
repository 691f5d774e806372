/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file options.c  Options, and what they say as H.225.0 has it. Pure
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "term.h"


json_t *option(const json_t *conf, const char *name)
{
	return json_object_get(conf, name);
}


bool option_is(const json_t *conf, const char *name, bool dflt)
{
	const json_t *j = option(conf, name);
	const char *s = json_string_value(j);

	if (!j)
		return dflt;
	if (s)
		return strcmp(s, "no") && strcmp(s, "off") && *s;
	if (json_is_integer(j))
		return json_integer_value(j) != 0;

	return json_is_true(j);
}


long option_number(const json_t *conf, const char *name, long dflt)
{
	return number_at(conf, name, dflt);
}


const char *option_text(const json_t *conf, const char *name,
			const char *dflt)
{
	const char *s = json_string_value(option(conf, name));

	return s ? s : dflt;
}


bool option_has(const json_t *conf, const char *name, const char *word)
{
	const json_t *list = option(conf, name);
	json_t *item;
	size_t i;

	if (json_is_string(list))
		return !strcmp(json_string_value(list), word);
	json_array_foreach(list, i, item) {
		if (json_is_string(item) &&
		    !strcmp(json_string_value(item), word))
			return true;
	}

	return false;
}


/** @return A copy of base with what stands in over; json_decref() it */
json_t *options_over(const json_t *base, const json_t *over)
{
	json_t *o = base ? json_deep_copy(base) : json_object();

	if (over)
		(void)json_object_update(o, (json_t *)(uintptr_t)over);

	return o;
}


/** An AliasAddress, or NULL */
json_t *alias_make(const json_t *j)
{
	const char *s = json_string_value(j);

	if (!s)
		return j ? json_deep_copy(j) : NULL;
	if (*s && strspn(s, "0123456789#*,") == strlen(s))
		return json_pack("{s:s}", "dialledDigits", s);
	if (!strncmp(s, "h323:", 5) || !strncmp(s, "sip:", 4))
		return json_pack("{s:s}", "url-ID", s);
	if (strchr(s, '@'))
		return json_pack("{s:s}", "email-ID", s);

	return json_pack("{s:s}", "h323-ID", s);
}


json_t *aliases_make(const json_t *list)
{
	json_t *out = json_array(), *item;
	size_t i;

	if (list && !json_is_array(list))
		(void)json_array_append_new(out, alias_make(list));
	json_array_foreach(list, i, item) {
		(void)json_array_append_new(out, alias_make(item));
	}

	return out;
}


/** Put what stands in more into a message, member by member */
void merge(json_t *into, const json_t *more)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)more, name, value) {
		json_t *old = json_object_get(into, name);

		if (json_is_object(old) && json_is_object(value))
			merge(old, value);
		else
			(void)json_object_set(into, name, value);
	}
}


/** Time that only goes forward, in us */
uint64_t now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);

	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}
