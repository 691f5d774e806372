/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file metrics_test.c  Counters: counting, and walking over them
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "metrics/metrics.h"


enum {
	PACKETS,
	SESSIONS,
	COUNT,
};

static const struct metric table[COUNT] = {
	[PACKETS] = {"packets", "datagrams passed on"},
	[SESSIONS] = {"sessions", "sessions open now"},
};


static int print_h(const struct metric *m, uint64_t value, void *arg)
{
	char *buf = arg;

	sprintf(buf + strlen(buf), "%s=%llu ", m->name,
		(unsigned long long)value);

	return 0;
}


static int stop_h(const struct metric *m, uint64_t value, void *arg)
{
	unsigned *n = arg;

	(void)m;
	(void)value;
	++*n;

	return ECANCELED;
}


static void test_count(void **st)
{
	struct metrics *m = NULL;
	char buf[128] = "";

	(void)st;
	assert_int_equal(metrics_alloc(&m, table, COUNT), 0);
	assert_int_equal(metrics_get(m, PACKETS), 0);

	metrics_inc(m, PACKETS);
	metrics_add(m, PACKETS, 41);
	metrics_set(m, SESSIONS, 5);
	metrics_set(m, SESSIONS, 3);
	assert_int_equal(metrics_get(m, PACKETS), 42);
	assert_int_equal(metrics_get(m, SESSIONS), 3);

	assert_int_equal(metrics_each(m, print_h, buf), 0);
	assert_string_equal(buf, "packets=42 sessions=3 ");
	metrics_free(m);
}


static void test_each_stops(void **st)
{
	struct metrics *m = NULL;
	unsigned n = 0;

	(void)st;
	assert_int_equal(metrics_alloc(&m, table, COUNT), 0);
	assert_int_equal(metrics_each(m, stop_h, &n), ECANCELED);
	assert_int_equal(n, 1);
	assert_int_equal(metrics_each(m, NULL, NULL), EINVAL);
	assert_int_equal(metrics_each(NULL, stop_h, &n), EINVAL);
	metrics_free(m);
	metrics_free(NULL);

	assert_int_equal(metrics_alloc(&m, NULL, 1), EINVAL);
	assert_int_equal(metrics_alloc(&m, table, 0), EINVAL);
	assert_int_equal(metrics_alloc(NULL, table, 1), EINVAL);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_each_stops),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
