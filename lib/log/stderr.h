/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stderr.h  Log lines on standard error; within the room
 */
#ifndef POSTERN_LOG_STDERR_H
#define POSTERN_LOG_STDERR_H

#include <stddef.h>
#include <time.h>
#include "log/log.h"

/** Room for a line with its prefix and newline */
enum {
	LOG_STDERR_MAX = 1200,
};

/* one line as it goes out; its length. journal: with "<N>", without time */
size_t log_stderr_format(char *buf, size_t size, bool journal,
			 const struct timespec *now, enum log_level level,
			 const char *room, const char *text);
void log_stderr(enum log_level level, const char *room, const char *text);

#endif
