/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay/ceiling: a rate is held over time and by several threads together, and
 * bursts are what they may be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <cmocka.h>
#include "relay/ceiling.h"


enum {
	PACKET	= 172,
	THREADS = 4,
};

#define BEGIN UINT64_C(1000000)


/* octets that pass of so many packets in each of so many milliseconds */
static uint64_t offered(struct ceiling *c, unsigned each, unsigned ms)
{
	uint64_t passed = 0;

	for (unsigned t = 0; t < ms; t++) {
		for (unsigned i = 0; i < each; i++)
			passed += ceiling_take(c, PACKET, BEGIN + t) ? PACKET
								     : 0;
	}

	return passed;
}


static void without_a_rate_all_passes(void **state)
{
	struct ceiling c = {0};
	(void)state;

	assert_int_equal(offered(&c, 100, 1000), 100 * 1000 * PACKET);
	assert_int_equal(ceiling_dropped(&c), 0);
}


static void a_rate_is_held(void **state)
{
	static const uint64_t rates[] = {64000, 1000000, 8000000, 10000000};
	(void)state;

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct ceiling c = {0};
		const uint64_t second = rates[i] / 8;
		uint64_t burst = second * CEILING_BURST_MS / 1000, passed;

		if (burst < CEILING_LEAST)
			burst = CEILING_LEAST;
		ceiling_set(&c, rates[i]);
		passed = offered(&c, 10, 10000);
		assert_true(passed <= 10 * second + burst);
		assert_true(passed + PACKET >= 9 * second + burst);
		assert_int_equal(passed / PACKET + ceiling_dropped(&c),
				 10 * 10000);
	}
}


static void below_the_rate_nothing_is_dropped(void **state)
{
	struct ceiling c = {0};
	(void)state;

	ceiling_set(&c, 8 * 1000 * PACKET);
	assert_int_equal(offered(&c, 1, 60000), 60000 * PACKET);
	assert_int_equal(ceiling_dropped(&c), 0);
}


static void a_rate_may_change(void **state)
{
	struct ceiling c = {0};
	uint64_t passed;
	(void)state;

	ceiling_set(&c, 64000);
	(void)offered(&c, 100, 10);
	assert_false(ceiling_take(&c, PACKET, BEGIN + 10));
	ceiling_set(&c, 0);
	assert_true(ceiling_take(&c, PACKET, BEGIN + 10));
	ceiling_set(&c, 100000000);
	passed = offered(&c, 10, 10000);
	assert_true(passed > 9 * 10 * 1000 * PACKET);
}


/* clocks of threads differ a little, and time never goes back */
static void an_older_clock(void **state)
{
	struct ceiling c = {0};
	unsigned n = 0;
	(void)state;

	ceiling_set(&c, 1000000);
	assert_true(ceiling_take(&c, PACKET, BEGIN + 5));
	while (ceiling_take(&c, PACKET, BEGIN) && n < 10000)
		++n;
	assert_true(n > 0 && n < 10000);
}


static void *worker(void *arg)
{
	static _Thread_local uint64_t passed;

	for (unsigned t = 0; t < 1000; t++) {
		for (unsigned i = 0; i < 20; i++)
			passed += ceiling_take(arg, PACKET, BEGIN + t);
	}

	return (void *)(uintptr_t)passed;
}


static void many_threads(void **state)
{
	pthread_t thread[THREADS];
	struct ceiling c = {0};
	uint64_t all	 = 0;
	void *passed;
	(void)state;

	ceiling_set(&c, 8000000);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, worker, &c),
				 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], &passed), 0);
		all += (uintptr_t)passed;
	}
	/* together they get a second's worth, and what was in hand */
	assert_true(all * PACKET <= 1250000);
	assert_true(all * PACKET >= 1000000);
	assert_int_equal(all + ceiling_dropped(&c), THREADS * 1000 * 20);
}


/* what waits goes at the rate, in pieces, and leaves packets room */
static void what_can_wait(void **state)
{
	static const uint64_t rates[] = {800, 64000, 1000000, 1000000000};
	(void)state;

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		const uint64_t ms = 100000;
		struct ceiling c  = {0};
		uint64_t now = BEGIN, went = 0;
		unsigned asked = 0;

		ceiling_set(&c, rates[i]);
		while (now < BEGIN + ms) {
			uint32_t wait	= 0;
			const size_t n	= ceiling_room(&c, 1 << 30, now,
						       &wait);

			assert_true(wait > 0);
			ceiling_went(&c, n, now);
			went += n;
			now += wait;
			++asked;
		}
		/* neither more than the rate nor much less */
		assert_in_range(went, rates[i] * ms / 8000 * 9 / 10,
				rates[i] * (ms + 2 * CEILING_PACE_MS) / 8000 +
					64);
		assert_in_range(asked, 10, ms);
		assert_int_equal(ceiling_dropped(&c), 0);
		/* a phone's packets still pass */
		if (rates[i] >= 64000)
			assert_true(ceiling_take(&c, PACKET, now));
	}
}


static void packets_go_first(void **state)
{
	struct ceiling c = {0};
	uint32_t wait	 = 0;
	(void)state;

	ceiling_set(&c, 64000);
	while (ceiling_take(&c, PACKET, BEGIN))
		;
	assert_int_equal(ceiling_room(&c, 1000, BEGIN, &wait), 0);
	assert_in_range(wait, 100, 2000);
	ceiling_set(&c, 0);
	assert_int_equal(ceiling_room(&c, 1000, BEGIN, &wait), 1000);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_rate_all_passes),
		cmocka_unit_test(a_rate_is_held),
		cmocka_unit_test(below_the_rate_nothing_is_dropped),
		cmocka_unit_test(a_rate_may_change),
		cmocka_unit_test(an_older_clock),
		cmocka_unit_test(many_threads),
		cmocka_unit_test(what_can_wait),
		cmocka_unit_test(packets_go_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
