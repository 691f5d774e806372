/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file complaint.c  What a program says about values the table let pass
 *
 * Owns no state.
 */
#include <stdarg.h>
#include <stdio.h>
#include "complaint.h"

enum {
	COMPLAINT_LEN = 256,
};


/**
 * Complain about a value, with the file, line and key it stands at
 *
 * @param co  Complaint
 * @param sec Its section
 * @param key Its row of the table
 * @param fmt What was expected
 */
void complain(struct complaint *co, const struct conf_section *sec, size_t key,
	      const char *fmt, ...)
{
	char what[COMPLAINT_LEN], text[COMPLAINT_LEN];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);

	conf_error(sec, key, text, sizeof(text), "%s", what);
	complaint_make(co, text);
}


/**
 * Complain about what stands at no single line
 *
 * @param co   Complaint
 * @param text All of it
 */
void complaint_make(struct complaint *co, const char *text)
{
	if (co->errorh)
		co->errorh(text, co->arg);
	co->made = true;
}
