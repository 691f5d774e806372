/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file log.c  Log lines: level, room, text
 *
 * Owns the process's one log state: how much is written and by whom. The
 * level may be changed from any thread; the handler is set before there are
 * several.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "log/log.h"
#include "log/stderr.h"


enum {
	TEXT_MAX = 1024, /* one line of text, cut off behind */
};


static struct {
	_Atomic int level;
	log_h *h;
	void *arg;
} state = {
	.level = LOG_LEVEL_NOTICE,
};

static const char *const names[] = {
	[LOG_LEVEL_ERROR]  = "error",
	[LOG_LEVEL_WARN]   = "warning",
	[LOG_LEVEL_NOTICE] = "notice",
	[LOG_LEVEL_INFO]   = "info",
	[LOG_LEVEL_DEBUG]  = "debug",
};


/**
 * Have somebody else write the lines. Call it before other threads start.
 *
 * @param h    Handler; NULL: standard error again
 * @param arg  Handed to it
 */
void log_handler_set(log_h *h, void *arg)
{
	state.h = h;
	state.arg = arg;
}


/** Write lines up to this level; default: notice */
void log_level_set(enum log_level level)
{
	state.level = (int)level;
}


/** The level set */
enum log_level log_level_get(void)
{
	return (enum log_level)state.level;
}


/** The name of a level, "warning"; "?" if there is none such */
const char *log_level_name(enum log_level level)
{
	const size_t i = (size_t)level;

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : "?";
}


/**
 * Read the name of a level: error, warning (or warn), notice, info, debug
 *
 * @return 0, or EINVAL with *level untouched
 */
int log_level_decode(enum log_level *level, const char *name)
{
	size_t i;

	if (!level || !name)
		return EINVAL;

	if (!strcmp(name, "warn"))
		name = names[LOG_LEVEL_WARN];

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i])) {
			*level = (enum log_level)i;
			return 0;
		}
	}

	return EINVAL;
}


/** What came from the wire must not forge a line or move a cursor */
static void defuse(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = *s == '\t' ? ' ' : '?';
	}
}


/**
 * Write a line, if its level is wanted. Control characters become '?', text
 * beyond 1023 bytes is cut off. Leaves errno as it was. May be called from
 * any thread.
 *
 * @param level  How much it matters
 * @param room   Which part speaks, "latch"
 * @param fmt    Text without newline
 */
void log_line(enum log_level level, const char *room, const char *fmt, ...)
{
	const int saved = errno;
	char text[TEXT_MAX];
	va_list ap;

	if (level > log_level_get())
		return;

	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);

	defuse(text);

	if (state.h)
		state.h(level, room, text, state.arg);
	else
		log_stderr(level, room, text);

	errno = saved;
}
