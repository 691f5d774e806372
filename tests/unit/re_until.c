/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libre's loop, until something has happened, and libre for a whole program.
 * Owns nothing.
 */
#include "rpc/libre.h"
#include "tests/unit/re_until.h"

struct until {
	struct tmr tmr;
	bool (*done)(const void *arg);
	const void *arg;
	uint64_t end;
	bool late;
};


static void look(void *arg)
{
	struct until *u = arg;

	u->late = tmr_jiffies() > u->end;
	if (u->late || u->done(u->arg))
		re_cancel();
	else
		tmr_start(&u->tmr, 1, look, u);
}


bool re_until(bool (*done)(const void *arg), const void *arg)
{
	struct until u = {.done = done, .arg = arg};

	u.end = tmr_jiffies() + RE_UNTIL_MS;
	tmr_init(&u.tmr);
	tmr_start(&u.tmr, 0, look, &u);
	(void)re_main(NULL);
	tmr_cancel(&u.tmr);
	return !u.late;
}


int loop_begin(void **state)
{
	(void)state;

	return libre_init();
}


int loop_end(void **state)
{
	(void)state;
	libre_close();

	return 0;
}
