/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file clock.h  The two clocks of the glue, in milliseconds
 */
#ifndef TRAVERSAL_GLUE_CLOCK_H
#define TRAVERSAL_GLUE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_of(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/** For intervals: never goes back */
static inline uint64_t clock_ms(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

/** Since 1970, UTC: for the store */
static inline int64_t clock_wall_ms(void)
{
	return (int64_t)clock_of(CLOCK_REALTIME);
}

#endif
