/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file complaint.c  What a program says about values the table let pass
 *
 * Owns no state.
 */
#include <errno.h>
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


/**
 * Read a configuration, and take it into a program's settings
 *
 * @param src      Where it stands
 * @param keys     Table of keys
 * @param nkeys    Number of them
 * @param takeh    Takes it
 * @param settings Result, for the handler
 * @param errorh   Gets a sentence for each error
 * @param arg      Its argument
 *
 * @return 0; EINVAL: it is wrong; ENOENT, EACCES …: it can't be read; ENOMEM
 */
int conf_take(const struct conf_source *src, const struct conf_key *keys,
	      size_t nkeys, conf_take_h *takeh, void *settings,
	      conf_error_h *errorh, void *arg)
{
	struct complaint co = {.errorh = errorh, .arg = arg};
	struct conf *c = NULL;
	int err;

	if (src->text)
		err = conf_read_buf(&c, src->name, src->text, src->len, keys,
				    nkeys, errorh, arg);
	else
		err = conf_read(&c, src->name, keys, nkeys, errorh, arg);
	if (err)
		return err;

	takeh(settings, c, src->name, &co);
	conf_free(c);

	return co.made ? EINVAL : 0;
}
