/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file limit.c  A limit on how often one kind of line is written
 *
 * A token bucket; the caller owns it, and the clock.
 */
#include "log/log.h"


/**
 * Whether to write the line now.
 *
 * @param l           Limit; made with LOG_LIMIT()
 * @param now_ms      A clock in milliseconds; that it goes back does no harm
 * @param suppressed  If true: lines kept back since the last one. May be NULL.
 */
bool log_limit_pass(struct log_limit *l, uint64_t now_ms, uint64_t *suppressed)
{
	if (now_ms > l->last_ms && l->last_ms) {
		l->tokens += (double)(now_ms - l->last_ms) * l->per_second /
			     1000.0;
		if (l->tokens > l->burst)
			l->tokens = l->burst;
	}
	l->last_ms = now_ms;

	if (l->tokens < 1.0) {
		l->suppressed++;
		return false;
	}

	l->tokens -= 1.0;
	if (suppressed)
		*suppressed = l->suppressed;
	l->suppressed = 0;

	return true;
}
