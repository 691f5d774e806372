/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file event.c  Events: a JSON object a line on standard output
 */
#include <stdarg.h>
#include <stdio.h>
#include "term.h"


/** @param fmt As json_pack() has it, an object; NULL: nothing more to say */
void event(const struct term *t, const char *name, const char *fmt, ...)
{
	json_t *o = json_pack("{s:s,s:f}", "event", name, "time",
			      (double)now_us() / 1e6);
	json_t *more = NULL;
	json_error_t error;
	va_list ap;

	if (t)
		(void)json_object_set_new(o, "terminal", json_string(t->name));
	if (fmt) {
		va_start(ap, fmt);
		more = json_vpack_ex(&error, 0, fmt, ap);
		va_end(ap);
		if (more)
			(void)json_object_update(o, more);
		else
			(void)fprintf(stderr, "event %s: %s\n", name,
				      error.text);
	}
	(void)json_dumpf(o, stdout, JSON_COMPACT);
	(void)fputc('\n', stdout);
	(void)fflush(stdout);
	json_decref(more);
	json_decref(o);
}


void complain(const struct term *t, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	event(t, "error", "{s:s}", "text", text);
}
