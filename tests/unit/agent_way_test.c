/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent: UDP or in-tunnel: when media move, by questions and answers alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "agent/way.h"


enum {
	TICK = 100,
};

/* A path that answers after a while, or not at all */
struct path {
	struct way w;
	uint64_t now;
	uint64_t asked[4096];
	unsigned first, n; /* questions under way */
	uint64_t trip;
	bool open;
	unsigned asks, moved, back;
};


static void path_init(struct path *p)
{
	*p = (struct path){.now = 1000, .trip = 20, .open = true};
	p->w.tunnel = true;
	way_init(&p->w, true);
}


static void answers(struct path *p)
{
	while (p->n && p->now - p->asked[p->first] >= p->trip) {
		p->first = (p->first + 1) % 4096;
		--p->n;
		if (p->open)
			p->back += way_answered(&p->w, p->now);
	}
}


static void run(struct path *p, uint64_t ms)
{
	for (const uint64_t end = p->now + ms; p->now < end; p->now += TICK) {
		answers(p);
		switch (way_tick(&p->w, p->now)) {

		case WAY_ASK:
			++p->asks;
			p->asked[(p->first + p->n++) % 4096] = p->now;
			break;
		case WAY_MOVE:
			++p->moved;
			break;
		case WAY_NOTHING:
			break;
		}
	}
}


static void it_is_answered(void **state)
{
	struct path p;
	(void)state;

	path_init(&p);
	run(&p, 60000);
	assert_false(p.w.inside);
	assert_int_equal(p.moved, 0);
	assert_in_range(p.asks, 60000 / WAY_ASK_MS - 2, 60000 / WAY_ASK_MS + 2);

	/* slowly, but in time */
	path_init(&p);
	p.trip = 900;
	run(&p, 60000);
	assert_int_equal(p.moved, 0);
}


static void it_never_is(void **state)
{
	struct path p;
	(void)state;

	path_init(&p);
	p.open = false;
	run(&p, WAY_LOST_MS);
	assert_false(p.w.inside);
	run(&p, 2 * TICK);
	assert_true(p.w.inside);
	assert_int_equal(p.moved, 1);

	/* ever more rarely, and not in vain */
	p.asks = 0;
	run(&p, 60000);
	assert_in_range(p.asks, 60000 / WAY_PROBE_MAX,
			60000 / WAY_PROBE_MAX + 5);
	assert_int_equal(p.moved, 1);
	assert_int_equal(p.back, 0);
	p.open = true;
	run(&p, WAY_PROBE_MAX + 4 * WAY_AGAIN_MS);
	assert_int_equal(p.back, 1);
	assert_false(p.w.inside);
	run(&p, 10000);
	assert_int_equal(p.moved, 1);
}


/* in the middle: within two seconds, whenever it is */
static void it_stops(void **state)
{
	struct path p;
	(void)state;

	for (unsigned at = 10000; at < 11000; at += TICK) {
		path_init(&p);
		run(&p, at);
		p.open = false;
		run(&p, WAY_ASK_MS + WAY_LOST_MS + 2 * TICK);
		assert_true(p.w.inside);
	}
}


/* one answer is not enough */
static void a_few_get_through(void **state)
{
	struct path p;
	(void)state;

	path_init(&p);
	p.open = false;
	run(&p, 5000);
	assert_true(p.w.inside);
	for (unsigned i = 0; i < 10; i++) {
		assert_false(way_answered(&p.w, p.now));
		run(&p, WAY_PROBE_MAX + WAY_LOST_MS + 2 * TICK);
		assert_int_equal(p.w.row, 0);
	}
	assert_true(p.w.inside);
}


/* good for some seconds only, again and again: it moves back ever later */
static void it_comes_and_goes(void **state)
{
	struct path p;
	uint64_t before = 0, waited = 0;
	(void)state;

	path_init(&p);
	for (unsigned i = 0; i < 8; i++) {
		p.open = false;
		run(&p, 10000);
		assert_true(p.w.inside);
		p.open = true;
		before = p.now;
		p.back = 0;
		while (!p.back)
			run(&p, TICK);
		assert_true(p.now - before + WAY_PROBE_MAX + TICK >= waited);
		waited = p.now - before;
		run(&p, 5000);
		assert_false(p.w.inside);
	}
	assert_int_equal(p.w.sure, WAY_SURE_MAX);
	assert_true(waited <= WAY_PROBE_MAX +
				      WAY_SURE_MAX * (WAY_AGAIN_MS + TICK));
	/* and after a good while all is forgiven */
	run(&p, WAY_GOOD_MS);
	p.open = false;
	run(&p, 10000);
	assert_true(p.w.inside);
	assert_int_equal(p.w.sure, WAY_SURE);
}


static void no_choice(void **state)
{
	struct path p;
	(void)state;

	/* the server takes none: no question, no move */
	path_init(&p);
	p.w.tunnel = false;
	p.open	   = false;
	run(&p, 10000);
	assert_int_equal(p.asks, 0);
	assert_false(p.w.inside);

	/* there is no UDP: at once, and no question */
	path_init(&p);
	way_init(&p.w, false);
	assert_true(p.w.tunnel);
	run(&p, 10000);
	assert_int_equal(p.asks, 0);
	assert_int_equal(p.moved, 1);
	assert_true(p.w.inside);
}


/* what was asked before a pause is no reason to move after it */
static void a_pause(void **state)
{
	struct path p;
	(void)state;

	path_init(&p);
	p.open = false;
	run(&p, WAY_LOST_MS - TICK);
	way_rest(&p.w);
	p.now += 60000;
	p.n    = 0;
	p.open = true;
	run(&p, 10000);
	assert_int_equal(p.moved, 0);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_answered),
		cmocka_unit_test(it_never_is),
		cmocka_unit_test(it_stops),
		cmocka_unit_test(a_few_get_through),
		cmocka_unit_test(it_comes_and_goes),
		cmocka_unit_test(no_choice),
		cmocka_unit_test(a_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
