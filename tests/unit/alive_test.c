/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent/alive: the interval grows while mappings last, shrinks when one is
 * lost, and is led astray neither by traffic nor by lost packets. A NAT stands
 * in, which forgets after a while.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include "agent/alive.h"


/** Forgets a mapping it has seen nothing of for so long */
struct nat {
	uint64_t timeout, last;
	bool inward; /* what comes in counts too */
	uint16_t port;
};


static struct addr at(uint16_t port)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, "192.0.2.1", port), 0);
	return a;
}


/* a sign of life after this silence, and its answer */
static bool beat(struct alive *a, struct nat *n, uint64_t *now, uint64_t after)
{
	struct addr seen;

	*now += after;
	alive_ask(a, *now);
	if (*now - n->last >= n->timeout)
		++n->port;
	n->last = *now;
	seen	= at(n->port);
	*now += 20;
	alive_heard(a, *now);

	return alive_answer(a, &seen, *now);
}


static void it_grows_as_far_as_is_usual(void **state)
{
	struct nat n = {.timeout = 120000, .port = 1000};
	struct alive_nat nat = {0};
	struct alive a;
	uint64_t now = 1000000;
	uint32_t was;
	(void)state;

	n.last = now;
	alive_nat_init(&nat);
	alive_init(&a, &nat, now);
	assert_int_equal(nat.interval, ALIVE_FIRST_MS);
	assert_false(beat(&a, &n, &now, 0));
	for (int i = 0; i < 100; i++) {
		was = nat.interval;
		assert_false(beat(&a, &n, &now, nat.interval));
		assert_true(nat.interval >= was);
		assert_true(nat.interval <= was + ALIVE_STEP_MS);
	}
	assert_int_equal(nat.interval, ALIVE_MOST_MS);
	assert_int_equal(nat.lost, 0);
}


/* whatever the NAT's timeout, few mappings are lost in an hour */
static void it_finds_what_a_nat_bears(void **state)
{
	static const uint64_t timeouts[] = {3000, 5000, 10500, 15000, 20000,
					    24000, 30000};
	(void)state;

	for (size_t t = 0; t < sizeof(timeouts) / sizeof(timeouts[0]); t++) {
		struct nat n = {.timeout = timeouts[t], .port = 1000};
		struct alive_nat nat = {0};
		struct alive a;
		uint64_t now = 1000000, begin = now;

		n.last = now;
		alive_nat_init(&nat);
		alive_init(&a, &nat, now);
		(void)beat(&a, &n, &now, 0);
		while (now - begin < ALIVE_FORGET_MS - 60000)
			(void)beat(&a, &n, &now, nat.interval);
		assert_true(nat.lost <= 3);
		assert_true(nat.interval < timeouts[t]);
		assert_true(nat.interval >= ALIVE_LEAST_MS);
	}
}


static void a_lost_mapping_is_told(void **state)
{
	struct nat n = {.timeout = 9000, .port = 1000};
	struct alive_nat nat = {0};
	struct alive a;
	uint64_t now = 1000000;
	(void)state;

	n.last = now;
	alive_nat_init(&nat);
	alive_init(&a, &nat, now);
	assert_false(beat(&a, &n, &now, 0));
	assert_true(beat(&a, &n, &now, nat.interval));
	assert_int_equal(nat.lost, 1);
	assert_int_equal(nat.interval, ALIVE_FIRST_MS / 2);
	/* once, and never again at this interval */
	for (int i = 0; i < 50; i++)
		assert_false(beat(&a, &n, &now, nat.interval));
	assert_int_equal(nat.interval, ALIVE_FIRST_MS - ALIVE_STEP_MS);

	/* an hour later it is tried again */
	now += ALIVE_FORGET_MS;
	n.last	= now;
	alive_sent(&a, now);
	n.timeout = 120000;
	for (int i = 0; i < 100; i++)
		assert_false(beat(&a, &n, &now, nat.interval));
	assert_int_equal(nat.interval, ALIVE_MOST_MS);
}


/* what one has found out stands for all, and is found out once */
static void many_sockets(void **state)
{
	struct nat n[4];
	struct alive_nat nat = {0};
	struct alive a[4];
	uint64_t now = 1000000;
	(void)state;

	alive_nat_init(&nat);
	for (int i = 0; i < 4; i++) {
		n[i] = (struct nat){.timeout = 9000, .port = 1000,
				    .last = now};
		alive_init(&a[i], &nat, now);
		(void)beat(&a[i], &n[i], &now, 0);
	}
	/* one finds out; the others had been silent as long already */
	for (int i = 0; i < 4; i++)
		assert_true(beat(&a[i], &n[i], &now,
				 i ? 500 : ALIVE_FIRST_MS));
	assert_int_equal(nat.lost, 4);
	assert_int_equal(nat.interval, ALIVE_FIRST_MS / 2);
	assert_int_equal(nat.ceiling, ALIVE_FIRST_MS - ALIVE_STEP_MS);

	/* four that survive together are one silence, not four */
	now += nat.interval;
	for (int i = 0; i < 4; i++)
		assert_false(beat(&a[i], &n[i], &now, 0));
	assert_int_equal(nat.interval, ALIVE_FIRST_MS / 2);
	assert_int_equal(nat.sure, 1);
}


/* a NAT restarted, a network changed: that was no timeout */
static void a_change_without_silence(void **state)
{
	struct nat n = {.timeout = 120000, .port = 1000};
	struct alive_nat nat = {0};
	struct alive a;
	uint64_t now = 1000000;
	(void)state;

	n.last = now;
	alive_nat_init(&nat);
	alive_init(&a, &nat, now);
	assert_false(beat(&a, &n, &now, 0));
	now += ALIVE_FIRST_MS - 100;
	alive_sent(&a, now);
	n.last = now;
	n.port = 2000;
	assert_true(beat(&a, &n, &now, 100));
	assert_int_equal(nat.interval, ALIVE_FIRST_MS);
	assert_int_equal(nat.ceiling, ALIVE_MOST_MS);
	assert_int_equal(nat.lost, 1);
}


/* while something goes on, nothing is learnt of silence */
static void traffic_proves_nothing(void **state)
{
	struct nat n = {.timeout = 120000, .port = 1000};
	struct alive_nat nat = {0};
	struct alive a;
	uint64_t now = 1000000;
	(void)state;

	n.last = now;
	alive_nat_init(&nat);
	alive_init(&a, &nat, now);
	assert_false(beat(&a, &n, &now, 0));
	for (int i = 0; i < 50; i++) {
		/* another stream's packets go out */
		now += nat.interval - 1000;
		alive_sent(&a, now);
		assert_false(beat(&a, &n, &now, 1000));
	}
	assert_int_equal(nat.interval, ALIVE_FIRST_MS);
	for (int i = 0; i < 50; i++) {
		/* somebody's come in, which the NAT may have seen */
		now += nat.interval - 1000;
		alive_heard(&a, now);
		assert_false(beat(&a, &n, &now, 1000));
	}
	assert_int_equal(nat.interval, ALIVE_FIRST_MS);
}


static void answers_may_be_lost(void **state)
{
	struct nat n = {.timeout = 120000, .port = 1000};
	struct addr seen = at(1000);
	struct alive_nat nat = {0};
	struct alive a;
	uint64_t now = 1000000;
	(void)state;

	n.last = now;
	alive_nat_init(&nat);
	alive_init(&a, &nat, now);
	assert_false(beat(&a, &n, &now, 0));
	for (int i = 0; i < 10; i++) {
		now += nat.interval;
		alive_ask(&a, now);
	}
	assert_int_equal(nat.interval, ALIVE_FIRST_MS);
	/* one that nobody asked for, and more than one */
	assert_false(alive_answer(&a, &seen, now));
	for (int i = 0; i < 10; i++)
		assert_false(alive_answer(&a, &seen, now));
	assert_int_equal(nat.interval, ALIVE_FIRST_MS);
	/* many streams' signs of life at one time are one */
	for (int i = 0; i < 10; i++) {
		now += i ? 0 : nat.interval;
		alive_ask(&a, now);
	}
	for (int i = 0; i < 10; i++)
		assert_false(alive_answer(&a, &seen, now));
	assert_int_equal(nat.sure, 2);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_grows_as_far_as_is_usual),
		cmocka_unit_test(it_finds_what_a_nat_bears),
		cmocka_unit_test(a_lost_mapping_is_told),
		cmocka_unit_test(many_sockets),
		cmocka_unit_test(a_change_without_silence),
		cmocka_unit_test(traffic_proves_nothing),
		cmocka_unit_test(answers_may_be_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
