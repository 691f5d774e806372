/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stderr.c  Log lines on standard error
 *
 * For a person or a file: UTC time, level, room, text. For the journal: its
 * "<N>" priority (sd-daemon(3)), room, text; it has the time itself. Whether
 * standard error is the journal is asked anew for each line, as a daemon may
 * have it replaced. A line leaves in one write(), so lines of several threads
 * and processes do not mix.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "log/stderr.h"


/** syslog(3)'s number of a level */
static unsigned priority(enum log_level level)
{
	switch (level) {

	case LOG_LEVEL_ERROR:
		return 3;
	case LOG_LEVEL_WARN:
		return 4;
	case LOG_LEVEL_NOTICE:
		return 5;
	case LOG_LEVEL_INFO:
		return 6;
	default:
		return 7;
	}
}


/** systemd.exec(5): $JOURNAL_STREAM has device and inode of the stream */
static bool is_journal(void)
{
	const char *env = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return env && sscanf(env, "%llu:%llu", &dev, &ino) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == dev &&
	       st.st_ino == ino;
}


/** Format one line, always with a newline at its end */
size_t log_stderr_format(char *buf, size_t size, bool journal,
			 const struct timespec *now, enum log_level level,
			 const char *room, const char *text)
{
	char when[sizeof("2026-01-01T00:00:00")] = "";
	struct tm tm;
	int n;

	if (journal) {
		n = snprintf(buf, size, "<%u>%s: %s\n", priority(level), room,
			     text);
	}
	else {
		if (gmtime_r(&now->tv_sec, &tm))
			strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);

		n = snprintf(buf, size, "%s.%03ldZ %s %s: %s\n", when,
			     now->tv_nsec / 1000000, log_level_name(level),
			     room, text);
	}

	if (n < 0)
		return 0;

	if ((size_t)n >= size) {
		n = (int)size - 1;
		buf[n - 1] = '\n';
	}

	return (size_t)n;
}


void log_stderr(enum log_level level, const char *room, const char *text)
{
	char line[LOG_STDERR_MAX];
	struct timespec now;
	size_t len;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	len = log_stderr_format(line, sizeof(line), is_journal(), &now, level,
				room, text);

	/* there is nobody to tell if standard error is gone */
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}
