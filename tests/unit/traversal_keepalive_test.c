/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file traversal_keepalive_test.c  The schedule of pings, with time and
 * phones made up
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "logic/keepalive.h"
#include "logic/keepalive_nat.h"

enum {
	START	 = 1000000,
	INTERVAL = 30000,
};

/** The world outside: which phones answer, and what was sent */
struct world {
	struct keepalive *k;
	uint64_t now;
	uint64_t random;
	bool mute;		/**< nobody answers */
	unsigned binding_ms;	/**< the NAT forgets after; 0: never */
	uint64_t last_ping;
	enum keepalive_sent result;
	unsigned sent, dead;
	unsigned per_second[4000];
	char last_dead[64];
};


static uint64_t random_h(void *arg)
{
	struct world *w = arg;

	w->random = w->random * 6364136223846793005u + 1442695040888963407u;
	return w->random;
}


static enum keepalive_sent send_h(const struct keepalive_ping *p, void *arg)
{
	struct world *w = arg;
	const bool bound = !w->binding_ms || !w->last_ping ||
			   w->now - w->last_ping <= w->binding_ms;

	w->sent++;
	w->per_second[(w->now - START) / 1000]++;
	if (w->result != KEEPALIVE_SENT)
		return w->result;
	if (!w->mute && bound) {
		/* only the phone's own packets keep a binding alive that the
		 * server's ping got through */
		w->last_ping = w->now;
		assert_true(keepalive_answered(w->k, p->id, p->nonce, w->now));
	}
	return KEEPALIVE_SENT;
}


static void dead_h(const struct keepalive_ping *p, void *arg)
{
	struct world *w = arg;

	w->dead++;
	(void)snprintf(w->last_dead, sizeof(w->last_dead), "%s", p->key);
}


static void run(struct world *w, unsigned ms)
{
	const uint64_t end = w->now + ms;

	while (w->now < end) {
		w->now += KEEPALIVE_TICK_MS;
		keepalive_run(w->k, w->now, send_h, dead_h, w);
	}
}


static void put(struct world *w, const char *key, const char *source,
		unsigned port, bool must_answer)
{
	const struct keepalive_contact c = {
		.key = key, .hash = 7, .source = source, .port = port,
		.must_answer = must_answer,
	};

	assert_int_equal(0, keepalive_contact_put(w->k, &c, w->now));
}


static int setup_conf(void **state, unsigned max_ms)
{
	struct world *w = calloc(1, sizeof(*w));
	const struct keepalive_conf conf = {
		.interval_ms = INTERVAL, .min_ms = 10000, .max_ms = max_ms,
		.retry_ms = 4000, .max_missed = 3,
		.random_h = random_h, .arg = w,
	};

	w->now = START;
	w->random = 42;
	*state = w;
	return keepalive_alloc(&w->k, &conf);
}


static int setup(void **state)
{
	return setup_conf(state, INTERVAL);
}


static int setup_learning(void **state)
{
	return setup_conf(state, 120000);
}


static int teardown(void **state)
{
	struct world *w = *state;

	keepalive_free(w->k);
	free(w);
	return 0;
}


/* 900 contacts registered at once: 30 a second, and never many more */
static void test_spread(void **state)
{
	struct world *w = *state;
	char key[32], source[32];

	for (unsigned i = 0; i < 900; i++) {
		(void)snprintf(key, sizeof(key), "c%u", i);
		(void)snprintf(source, sizeof(source), "192.0.%u.%u", i / 250,
			       i % 250);
		put(w, key, source, 5060, false);
	}
	run(w, 5 * INTERVAL);

	/* the first round takes three quarters of the interval */
	assert_in_range(w->sent, 4 * 900, 6 * 900);
	for (unsigned s = 30; s < 149; s++)
		assert_in_range(w->per_second[s], 0, 45);
	assert_int_equal(0, w->dead);
}


/* Each contact once in each interval, not sooner and not later */
static void test_period(void **state)
{
	struct world *w = *state;

	put(w, "a", "192.0.2.1", 5060, false);
	run(w, INTERVAL);
	assert_int_equal(1, w->sent);
	run(w, 9 * INTERVAL);
	assert_int_equal(10, w->sent);
}


static void test_forgotten(void **state)
{
	struct world *w = *state;

	put(w, "a", "192.0.2.1", 5060, false);
	put(w, "b", "192.0.2.1", 5061, false);
	keepalive_scan_done(w->k);
	assert_int_equal(2, keepalive_count(w->k));
	put(w, "b", "192.0.2.1", 5061, false);
	keepalive_scan_done(w->k);
	assert_int_equal(1, keepalive_count(w->k));
	assert_int_equal(0, keepalive_interval(w->k, "a"));

	w->result = KEEPALIVE_GONE;
	run(w, INTERVAL);
	assert_int_equal(0, keepalive_count(w->k));
	assert_int_equal(1, w->sent);
	assert_int_equal(0, w->dead);
}


/* Answers, then silence: three pings without an answer and it is dead */
static void test_dead(void **state)
{
	struct world *w = *state;

	put(w, "a", "192.0.2.1", 5060, false);
	run(w, 2 * INTERVAL);
	assert_int_equal(2, w->sent);
	w->mute = true;
	run(w, INTERVAL);
	assert_int_equal(3, w->sent);
	assert_int_equal(0, w->dead);
	/* noticed at the next round; then two retries, 4 s apart */
	run(w, INTERVAL + 9000);
	assert_int_equal(5, w->sent);
	assert_int_equal(1, w->dead);
	assert_string_equal("a", w->last_dead);
	assert_int_equal(0, keepalive_count(w->k));
}


static void test_one_lost(void **state)
{
	struct world *w = *state;

	put(w, "a", "192.0.2.1", 5060, false);
	run(w, 2 * INTERVAL);
	w->mute = true;
	run(w, INTERVAL);
	w->mute = false;
	run(w, 20 * INTERVAL);
	assert_int_equal(0, w->dead);
	assert_int_equal(INTERVAL, keepalive_interval(w->k, "a"));
}


/* One that never answered may not know how: it is pinged and kept */
static void test_never_answered(void **state)
{
	struct world *w = *state;

	w->mute = true;
	put(w, "a", "192.0.2.1", 5060, false);
	put(w, "b", "192.0.2.2", 5060, true);
	run(w, 10 * INTERVAL);
	assert_int_equal(1, w->dead);
	assert_string_equal("b", w->last_dead);
	assert_int_equal(1, keepalive_count(w->k));
}


static void test_unanswerable(void **state)
{
	struct world *w = *state;

	w->result = KEEPALIVE_UNANSWERABLE;
	put(w, "a", "192.0.2.1", 5060, true);
	run(w, 10 * INTERVAL);
	assert_int_equal(0, w->dead);
	assert_int_equal(10, w->sent);
}


/* The connection is gone: that is certain, whatever was known before */
static void test_failed(void **state)
{
	struct world *w = *state;

	w->result = KEEPALIVE_UNANSWERABLE;
	put(w, "a", "192.0.2.1", 5060, false);
	run(w, 2 * INTERVAL);
	w->result = KEEPALIVE_FAILED;
	run(w, 2 * INTERVAL);
	assert_int_equal(1, w->dead);
	assert_int_equal(0, keepalive_count(w->k));
}


static void test_wrong_answers(void **state)
{
	struct world *w = *state;

	w->mute = true;
	put(w, "a", "192.0.2.1", 5060, true);
	run(w, INTERVAL);
	assert_int_equal(1, w->sent);
	assert_false(keepalive_answered(w->k, 0, 0, w->now));
	assert_false(keepalive_answered(w->k, 0, w->random + 1, w->now));
	assert_false(keepalive_answered(w->k, 9999999, w->random, w->now));
	for (uint32_t id = 1; id < 256; id++)
		assert_false(keepalive_answered(w->k, id, w->random, w->now));
	assert_true(keepalive_answered(w->k, 0, w->random, w->now));
	/* once */
	assert_false(keepalive_answered(w->k, 0, w->random, w->now));
}


/* Answers keep coming: the interval grows to its limit, for all behind it */
static void test_lengthens(void **state)
{
	struct world *w = *state;

	put(w, "a", "192.0.2.1", 5060, false);
	put(w, "b", "192.0.2.1", 5061, false);
	put(w, "c", "192.0.2.2", 5060, false);
	w->result = KEEPALIVE_SENT;
	run(w, 3600 * 1000);
	assert_int_equal(120000, keepalive_interval(w->k, "a"));
	assert_int_equal(120000, keepalive_interval(w->k, "b"));
	assert_int_equal(120000, keepalive_interval(w->k, "c"));
	assert_int_equal(0, w->dead);
}


/* The NAT forgets after 60 s: the scout finds out, and after it has come back
 * nobody is pinged less often than that */
static void test_learns_ceiling(void **state)
{
	struct world *w = *state;
	unsigned port = 40000, last = 0;

	w->binding_ms = 60000;
	put(w, "a", "192.0.2.1", port, false);
	for (unsigned i = 0; i < 3600; i++) {
		run(w, 1000);
		if (w->dead != last) { /* registers again */
			last = w->dead;
			w->last_ping = w->now;
			put(w, "a", "192.0.2.1", ++port, false);
		}
	}
	/* forgotten with the contact, the NAT is learnt anew: two contacts
	 * keep what is known */
	assert_in_range(w->dead, 1, 6);

	put(w, "b", "192.0.2.1", 1, false);
	for (unsigned i = 0; i < 390; i++)
		run(w, 1000);
	assert_in_range(keepalive_interval(w->k, "b"), 10000, 60000);
}


/* Lost at the interval all are at: shorter for all, down to the minimum; what
 * was too much is not tried again */
static void test_shortens(void **state)
{
	struct nat_table *t = NULL;
	struct nat *n = NULL;
	(void)state;

	assert_int_equal(0, nat_table_alloc(&t, 10000, 120000));
	assert_int_equal(0, nat_join(t, &n, "192.0.2.1", INTERVAL));
	assert_int_equal(INTERVAL, nat_interval_for(n, 1, 0));
	nat_lost(n, 1, INTERVAL);
	assert_int_equal(22500, nat_interval(n));
	/* another was lost at the same old interval: no news */
	nat_lost(n, 2, INTERVAL);
	assert_int_equal(22500, nat_interval(n));

	/* the scout comes near to it, and never there */
	for (unsigned i = 0; i < 50; i++) {
		const unsigned ms = nat_interval_for(n, 1, i % 4);

		assert_in_range(ms, 22500, INTERVAL - 1);
		if (i % 4 == 3)
			nat_proven(n, ms);
	}

	for (unsigned i = 0; i < 20; i++)
		nat_lost(n, 1, nat_interval(n));
	assert_int_equal(10000, nat_interval(n));
	nat_leave(t, n, 1);
	nat_table_free(t);
}


static void test_moved_nat(void **state)
{
	struct world *w = *state;

	put(w, "a", "192.0.2.1", 1, false);
	run(w, 3600 * 1000);
	assert_int_equal(120000, keepalive_interval(w->k, "a"));
	put(w, "a", "198.51.100.1", 1, false);
	assert_int_equal(INTERVAL, keepalive_interval(w->k, "a"));
}


static void test_refused(void **state)
{
	struct world *w = *state;
	struct keepalive *k = NULL;
	struct keepalive_conf conf = {.interval_ms = 5000, .min_ms = 10000,
				      .max_ms = 20000, .random_h = random_h};
	char big[400];
	struct keepalive_contact c = {.key = "a"};

	assert_int_equal(EINVAL, keepalive_alloc(&k, &conf));
	conf.interval_ms = 30000;
	assert_int_equal(EINVAL, keepalive_alloc(&k, &conf));
	assert_null(k);

	assert_int_equal(EINVAL, keepalive_contact_put(w->k, &c, w->now));
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	c.key = big;
	c.source = "192.0.2.1";
	assert_int_equal(EINVAL, keepalive_contact_put(w->k, &c, w->now));
	assert_int_equal(0, keepalive_count(w->k));
}


/* The process was stopped for an hour: nothing runs for each second of it */
static void test_long_sleep(void **state)
{
	struct world *w = *state;

	put(w, "a", "192.0.2.1", 1, false);
	run(w, 2 * INTERVAL);
	w->sent = 0;
	w->now += 3500 * 1000;
	keepalive_run(w->k, w->now, send_h, dead_h, w);
	assert_int_equal(1, w->sent);
	run(w, INTERVAL);
	assert_in_range(w->sent, 2, 3);
}


#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define L(name) cmocka_unit_test_setup_teardown(name, setup_learning, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_spread),	       T(test_period),
		T(test_forgotten),     T(test_dead),
		T(test_one_lost),      T(test_never_answered),
		T(test_unanswerable),  T(test_failed),
		T(test_wrong_answers), L(test_lengthens),
		L(test_learns_ceiling), T(test_shortens),
		L(test_moved_nat),     T(test_refused),
		T(test_long_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
