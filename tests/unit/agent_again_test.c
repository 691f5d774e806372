/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent/again: a server that was away for less than half a minute is tried
 * within a second of its return, whatever chance says; others ever more rarely.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "agent/again.h"


static const uint32_t chances[] = {0, 1, 77, 12345, 999999, UINT32_MAX};

enum { CHANCES = sizeof(chances) / sizeof(chances[0]) };


/* when it is tried for the first time after the server is back */
static uint64_t found(struct again *a, uint64_t lost, uint64_t back,
		      uint32_t chance)
{
	uint64_t now = lost + again_wait(a, 0, lost, chance);

	again_failed(a);
	while (now < back) {
		again_failed(a);
		now += again_wait(a, 0, now, chance);
	}

	return now;
}


static void soon_after_it_is_back(void **state)
{
	(void)state;

	for (unsigned i = 0; i < CHANCES; i++) {
		for (uint64_t away = 0; away < AGAIN_KEPT_MS; away += 100) {
			const uint64_t lost = 1000000, back = lost + away;
			struct again a = {.failures = 5};
			uint64_t at;

			again_lost(&a, AGAIN_GOOD_MS, lost);
			at = found(&a, lost, back, chances[i]);
			assert_in_range(at - back, 0, AGAIN_HURRY_MS);
		}
	}
}


static void at_once_where_nothing_was_wrong(void **state)
{
	struct again a = {0};
	(void)state;

	again_lost(&a, AGAIN_GOOD_MS, 1000000);
	for (unsigned i = 0; i < CHANCES; i++)
		assert_in_range(again_wait(&a, 0, 1000000, chances[i]),
				AGAIN_AT_ONCE_MS / 2, AGAIN_AT_ONCE_MS);
}


/* neither one that never was there, nor one that ends what it has begun */
static void ever_more_rarely(void **state)
{
	struct again a = {0};
	uint64_t now   = 1000000;
	uint32_t was   = 0;
	(void)state;

	for (unsigned i = 0; i < 20; i++) {
		const uint32_t wait = again_wait(&a, 0, now, 0);

		assert_true(wait >= was);
		assert_true(wait >= was * 2 || wait == AGAIN_MAX_MS / 2 ||
			    was * 2 > AGAIN_MAX_MS / 2);
		was = wait;
		now += wait;
		again_lost(&a, AGAIN_GOOD_MS - 1, now);
		again_failed(&a);
	}
	assert_int_equal(was, AGAIN_MAX_MS / 2);
	assert_int_equal(again_wait(&a, 0, now, AGAIN_MAX_MS / 2),
			 AGAIN_MAX_MS);
}


static void as_the_server_asks(void **state)
{
	struct again a = {0};
	(void)state;

	again_lost(&a, AGAIN_GOOD_MS, 1000000);
	again_failed(&a);
	for (unsigned i = 0; i < CHANCES; i++)
		assert_in_range(again_wait(&a, 30000, 1000000, chances[i]),
				30000, 45000);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(soon_after_it_is_back),
		cmocka_unit_test(at_once_where_nothing_was_wrong),
		cmocka_unit_test(ever_more_rarely),
		cmocka_unit_test(as_the_server_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
