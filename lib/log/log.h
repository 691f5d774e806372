/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file log.h  Log lines: level, room, text; a handler a host may replace
 *
 * The daemons write to standard error (with systemd's "<N>" prefix where
 * standard error is the journal); the Kamailio module puts LM_GEN behind it.
 */
#ifndef POSTERN_LOG_H
#define POSTERN_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_NOTICE, /**< what an operator wants to see by default */
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/** Receives one line, without newline; may be called from any thread */
typedef void(log_h)(enum log_level level, const char *room, const char *text,
		    void *arg);

void log_handler_set(log_h *h, void *arg);
void log_level_set(enum log_level level);
enum log_level log_level_get(void);
int log_level_decode(enum log_level *level, const char *name);
const char *log_level_name(enum log_level level);

void log_line(enum log_level level, const char *room, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(room, ...)  log_line(LOG_LEVEL_ERROR, (room), __VA_ARGS__)
#define log_warn(room, ...)   log_line(LOG_LEVEL_WARN, (room), __VA_ARGS__)
#define log_notice(room, ...) log_line(LOG_LEVEL_NOTICE, (room), __VA_ARGS__)
#define log_info(room, ...)   log_line(LOG_LEVEL_INFO, (room), __VA_ARGS__)
#define log_debug(room, ...)  log_line(LOG_LEVEL_DEBUG, (room), __VA_ARGS__)

/**
 * A token bucket for one kind of line. Initialise with LOG_LIMIT(burst, per
 * second); log_limit_pass() says whether to write the line now, and through
 * *suppressed how many were kept back since the last one written.
 */
struct log_limit {
	unsigned burst, per_second;
	double tokens;
	uint64_t last_ms;
	uint64_t suppressed;
};

#define LOG_LIMIT(burst_, per_second_)                                         \
	{.burst = (burst_), .per_second = (per_second_), .tokens = (burst_)}

bool log_limit_pass(struct log_limit *l, uint64_t now_ms, uint64_t *suppressed);

#endif
