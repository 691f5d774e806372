/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relay_port_test.c  Port pairs, token buckets, interfaces: no socket
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "relay/bucket.h"
#include "relay/iface.h"
#include "relay/port.h"


static uint32_t next_random;


static uint32_t rand_fixed(uint32_t below)
{
	return next_random % below;
}


static uint32_t rand_bad(uint32_t below)
{
	return below + 7;
}


static void pairs_lie_inside_the_range(void **state)
{
	static const struct {
		uint16_t min, max, first;
		uint32_t total;
	} v[] = {
		{30000, 39999, 30000, 5000}, {30001, 30004, 30002, 1},
		{30000, 30001, 30000, 1},    {30000, 30002, 30000, 1},
		{65534, 65535, 65534, 1},    {2, 65535, 2, 32767},
	};
	size_t i;
	(void)state;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct ports *p = NULL;
		uint16_t port;

		next_random = 0;
		assert_int_equal(0, ports_alloc(&p, v[i].min, v[i].max,
						rand_fixed));
		assert_int_equal(v[i].total, ports_total(p));
		assert_int_equal(0, ports_take(p, &port));
		assert_int_equal(v[i].first, port);
		mem_deref(p);
	}
}


static void ranges_without_a_pair_are_refused(void **state)
{
	struct ports *p = NULL;
	(void)state;

	assert_int_equal(EINVAL, ports_alloc(&p, 30001, 30002, rand_fixed));
	assert_int_equal(EINVAL, ports_alloc(&p, 30000, 30000, rand_fixed));
	assert_int_equal(EINVAL, ports_alloc(&p, 30002, 30000, rand_fixed));
	assert_int_equal(EINVAL, ports_alloc(&p, 65535, 65535, rand_fixed));
	assert_int_equal(EINVAL, ports_alloc(&p, 0, 1, rand_fixed));
	assert_null(p);
}


static void every_pair_is_given_once(void **state)
{
	bool seen[100] = {false};
	struct ports *p = NULL;
	uint16_t port;
	unsigned i;
	(void)state;

	assert_int_equal(0, ports_alloc(&p, 20000, 20199, rand_fixed));

	for (i = 0; i < 100; i++) {
		next_random = i * 7919;
		assert_int_equal(0, ports_take(p, &port));
		assert_int_equal(0, port % 2);
		assert_in_range(port, 20000, 20198);
		assert_false(seen[(port - 20000) / 2]);
		seen[(port - 20000) / 2] = true;
	}

	assert_int_equal(0, ports_free(p));
	assert_int_equal(ENOSPC, ports_take(p, &port));

	ports_give(p, 20100);
	assert_int_equal(1, ports_free(p));
	assert_int_equal(0, ports_take(p, &port));
	assert_int_equal(20100, port);
	mem_deref(p);
}


static void exactly_this_pair(void **state)
{
	struct ports *p = NULL;
	uint16_t port;
	unsigned i;
	(void)state;

	assert_int_equal(0, ports_alloc(&p, 20000, 20019, rand_fixed));

	assert_int_equal(0, ports_take_exact(p, 20006));
	assert_int_equal(EADDRINUSE, ports_take_exact(p, 20006));
	assert_int_equal(ERANGE, ports_take_exact(p, 20007));
	assert_int_equal(ERANGE, ports_take_exact(p, 19998));
	assert_int_equal(ERANGE, ports_take_exact(p, 20020));

	for (i = 0; i < 9; i++) {
		next_random = i;
		assert_int_equal(0, ports_take(p, &port));
		assert_int_not_equal(20006, port);
	}

	ports_give(p, 20006);
	assert_int_equal(0, ports_take_exact(p, 20006));
	mem_deref(p);
}


static void giving_back_twice_changes_nothing(void **state)
{
	struct ports *p = NULL;
	uint16_t port;
	(void)state;

	assert_int_equal(0, ports_alloc(&p, 20000, 20007, rand_fixed));
	assert_int_equal(0, ports_take(p, &port));

	ports_give(p, port);
	ports_give(p, port);
	ports_give(p, 20001);
	ports_give(p, 40000);
	assert_int_equal(4, ports_free(p));
	mem_deref(p);
}


static void a_bad_random_number_does_no_harm(void **state)
{
	struct ports *p = NULL;
	uint16_t port;
	(void)state;

	assert_int_equal(0, ports_alloc(&p, 20000, 20003, rand_bad));
	assert_int_equal(0, ports_take(p, &port));
	assert_int_equal(0, ports_take(p, &port));
	assert_int_equal(ENOSPC, ports_take(p, &port));
	mem_deref(p);
}


static void bucket_without_a_rate_gives_all(void **state)
{
	struct bucket b;
	(void)state;

	bucket_set(&b, 0, 0, 0);
	assert_true(bucket_take(&b, UINT32_MAX, 0));
}


static void bucket_fills_at_its_rate(void **state)
{
	struct bucket b;
	(void)state;

	bucket_set(&b, 1000, 500, 10000);
	assert_true(bucket_take(&b, 500, 10000));
	assert_false(bucket_take(&b, 1, 10000));
	assert_true(bucket_take(&b, 100, 10100));
	assert_false(bucket_take(&b, 1, 10100));
	/* never more than its depth, however long it waits */
	assert_false(bucket_take(&b, 501, 999999999));
	assert_true(bucket_take(&b, 500, 999999999));
	/* a clock that stands still or jumps back gives nothing */
	assert_false(bucket_take(&b, 1, 5));
}


static int check(const struct iface *ifc, const char *ip)
{
	const char *why = NULL;
	struct addr a;
	int err;

	assert_int_equal(0, addr_parse(&a, ip, 4000));
	err = iface_remote_check(ifc, &a, &why);
	assert_true((err == 0) == (why == NULL));

	return err;
}


static void addresses_media_is_not_sent_to(void **state)
{
	struct iface pub = {.name = "public"}, lo = {.name = "lo"};
	struct iface pub6 = {.name = "public"};
	(void)state;

	assert_int_equal(0, addr_parse(&pub.address, "198.51.100.1", 0));
	assert_int_equal(0, addr_parse(&pub6.address, "2001:db8::1", 0));
	assert_int_equal(0, addr_parse(&lo.address, "127.0.0.1", 0));

	assert_int_equal(0, check(&pub, "203.0.113.7"));
	assert_int_equal(0, check(&pub, "10.0.0.1"));
	assert_int_equal(EINVAL, check(&pub, "0.0.0.0"));
	assert_int_equal(EINVAL, check(&pub, "224.0.0.1"));
	assert_int_equal(EINVAL, check(&pub, "255.255.255.255"));
	assert_int_equal(EINVAL, check(&pub, "2001:db8::7"));
	assert_int_equal(EACCES, check(&pub, "127.0.0.1"));
	assert_int_equal(EACCES, check(&pub, "169.254.1.1"));

	assert_int_equal(0, check(&pub6, "2001:db8::7"));
	assert_int_equal(EINVAL, check(&pub6, "::"));
	assert_int_equal(EINVAL, check(&pub6, "ff02::1"));
	assert_int_equal(EACCES, check(&pub6, "::1"));
	assert_int_equal(EACCES, check(&pub6, "fe80::1"));

	assert_int_equal(0, check(&lo, "127.1.2.3"));
	assert_int_equal(0, check(&lo, "169.254.1.1"));
}


static void one_name_two_families(void **state)
{
	struct list ifaces = LIST_INIT;
	struct addr v4, v6, adv;
	(void)state;

	assert_int_equal(0, addr_parse(&v4, "198.51.100.1", 0));
	assert_int_equal(0, addr_parse(&v6, "2001:db8::1", 0));
	assert_int_equal(0, addr_parse(&adv, "203.0.113.1", 0));

	assert_int_equal(0, iface_add(&ifaces, "pub", &v4, &adv, 20000, 20009,
				      46));
	assert_int_equal(0, iface_add(&ifaces, "pub", &v6, NULL, 20000, 20009,
				      46));
	assert_int_equal(EEXIST, iface_add(&ifaces, "pub", &v4, NULL, 20000,
					   20009, 46));
	assert_int_equal(EINVAL, iface_add(&ifaces, "x", &v4, NULL, 20000,
					   20000, 46));

	assert_string_equal("203.0.113.1",
			    iface_find(&ifaces, "pub", AF_INET)->advertised);
	assert_string_equal("2001:db8::1",
			    iface_find(&ifaces, "pub", AF_INET6)->advertised);
	assert_null(iface_find(&ifaces, "other", AF_INET));
	assert_int_equal(20, iface_ports_free(&ifaces));
	list_flush(&ifaces);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_lie_inside_the_range),
		cmocka_unit_test(ranges_without_a_pair_are_refused),
		cmocka_unit_test(every_pair_is_given_once),
		cmocka_unit_test(exactly_this_pair),
		cmocka_unit_test(giving_back_twice_changes_nothing),
		cmocka_unit_test(a_bad_random_number_does_no_harm),
		cmocka_unit_test(bucket_without_a_rate_gives_all),
		cmocka_unit_test(bucket_fills_at_its_rate),
		cmocka_unit_test(addresses_media_is_not_sent_to),
		cmocka_unit_test(one_name_two_families),
	};

	return cmocka_run_group_tests_name("relay_port", tests, NULL, NULL);
}
