/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file wake.c  Noticing that this machine, or this process, has slept
 *
 * Timers stand still in a suspended machine, CLOCK_BOOTTIME does not: if more
 * of it has passed than a timer was to take, nothing ran in between, and what
 * others think of our connections is unknown. Owns the timer.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <time.h>
#include "wake.h"


enum {
	TICK_MS = 1000,
	LATE_MS = 3000, /* a busy machine may be late, but not so late */
};

struct wake {
	struct tmr tmr;
	uint64_t last;
	wake_h *h;
	void *arg;
};


static void destructor(void *arg)
{
	struct wake *w = arg;

	tmr_cancel(&w->tmr);
}


static uint64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);

	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}


static void on_tick(void *arg)
{
	struct wake *w	   = arg;
	const uint64_t now = now_ms();
	const uint64_t ms  = now - w->last;

	w->last = now;
	tmr_start(&w->tmr, TICK_MS, on_tick, w);
	if (ms > TICK_MS + LATE_MS)
		w->h(ms - TICK_MS, w->arg);
}


/**
 * Watch the clock
 *
 * @param wp  Result; mem_deref() it
 * @param h   Is told
 * @param arg Its argument
 *
 * @return 0 or ENOMEM
 */
int wake_alloc(struct wake **wp, wake_h *h, void *arg)
{
	struct wake *w = mem_zalloc(sizeof(*w), destructor);

	if (!w)
		return ENOMEM;

	w->h	= h;
	w->arg	= arg;
	w->last = now_ms();
	tmr_start(&w->tmr, TICK_MS, on_tick, w);
	*wp = w;

	return 0;
}
