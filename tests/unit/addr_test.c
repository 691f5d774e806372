/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file addr_test.c  Transport addresses: parse, print, compare, classify
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include "addr/addr.h"
#include "addr/literal.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))


static struct addr addr(const char *hostport)
{
	struct addr a;

	if (addr_parse_hostport(&a, hostport))
		fail_msg("not an address: %s", hostport);

	return a;
}


static void test_parse(void **st)
{
	static const char *const bad[] = {
		"",	      "example.com", "192.0.2",	    "192.0.2.256",
		"192.0.2.1 ", "192.0.2.1:",  "[]",	    "[192.0.2.1]",
		"2001:db8",   "[::1",	     "::1]",	    "fe80::1%lo",
		"1:2:3:4:5:6:7:8:9",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
	};
	char buf[ADDR_STRLEN];
	struct addr a;
	size_t i;

	(void)st;
	assert_int_equal(addr_parse(&a, "192.0.2.1", 5060), 0);
	assert_int_equal(addr_family(&a), AF_INET);
	assert_int_equal(addr_port(&a), 5060);
	assert_int_equal(addr_socklen(&a), sizeof(struct sockaddr_in));
	assert_string_equal(addr_ip_str(&a, buf), "192.0.2.1");

	assert_int_equal(addr_parse(&a, "2001:db8::1", 5060), 0);
	assert_int_equal(addr_family(&a), AF_INET6);
	assert_int_equal(addr_socklen(&a), sizeof(struct sockaddr_in6));
	assert_string_equal(addr_str(&a, buf), "[2001:db8::1]:5060");
	assert_int_equal(addr_parse(&a, "[2001:db8::2]", 1), 0);
	assert_string_equal(addr_ip_str(&a, buf), "2001:db8::2");

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (addr_parse(&a, bad[i], 1) != EINVAL)
			fail_msg("taken: \"%s\"", bad[i]);
	}

	/* what failed left the result alone */
	assert_string_equal(addr_str(&a, buf), "[2001:db8::2]:1");
	assert_int_equal(addr_parse(NULL, "::1", 0), EINVAL);
	assert_int_equal(addr_parse(&a, NULL, 0), EINVAL);
}


static void test_hostport(void **st)
{
	static const struct {
		const char *in, *out;
	} good[] = {
		{"192.0.2.1:5060", "192.0.2.1:5060"},
		{"192.0.2.1", "192.0.2.1:0"},
		{"192.0.2.1:00080", "192.0.2.1:80"},
		{"192.0.2.1:65535", "192.0.2.1:65535"},
		{"[2001:db8::1]:5060", "[2001:db8::1]:5060"},
		{"[2001:db8::1]", "[2001:db8::1]:0"},
		{"2001:db8::1", "[2001:db8::1]:0"},
		{"::", "[::]:0"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
		 "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:0"},
	};
	static const char *const bad[] = {
		"",		  ":",		   ":5060",
		"192.0.2.1:",	  "192.0.2.1:+1",  "192.0.2.1:65536",
		"192.0.2.1:0x50", "192.0.2.1: 80", "192.0.2.1:000080",
		"[::1]x",	  "[::1]:",	   "[::1]:1:2",
		"[::1:5060",	  "localhost:80",  "192.0.2.1:-1",
	};
	char buf[ADDR_STRLEN];
	struct addr a;
	size_t i;

	(void)st;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(addr_parse_hostport(&a, good[i].in), 0);
		assert_string_equal(addr_str(&a, buf), good[i].out);
	}

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (addr_parse_hostport(&a, bad[i]) != EINVAL)
			fail_msg("taken: \"%s\"", bad[i]);
	}
}


static void test_unset(void **st)
{
	struct addr a, b;
	char buf[ADDR_STRLEN] = "x";

	(void)st;
	memset(&a, 0, sizeof(a));
	b = addr("192.0.2.1:1");

	assert_false(addr_is_set(&a));
	assert_false(addr_is_set(NULL));
	assert_int_equal(addr_family(&a), AF_UNSPEC);
	assert_int_equal(addr_port(&a), 0);
	assert_int_equal(addr_socklen(&a), 0);
	addr_set_port(&a, 5);
	assert_int_equal(addr_port(&a), 0);
	assert_string_equal(addr_str(&a, buf), "");
	assert_string_equal(addr_ip_str(&a, buf), "");
	assert_false(addr_eq(&a, &a));
	assert_false(addr_ip_eq(&a, &b));
	assert_false(addr_ip_eq(&b, &a));
	assert_false(addr_is_any(&a));
	assert_false(addr_is_private(&a));
}


static void test_eq(void **st)
{
	struct addr a = addr("192.0.2.1:5060"), b = a, c;

	(void)st;
	assert_true(addr_eq(&a, &b));
	assert_int_equal(addr_hash(&a), addr_hash(&b));
	addr_set_port(&b, 5061);
	assert_int_not_equal(addr_hash(&a), addr_hash(&b));
	assert_int_equal(addr_port(&b), 5061);
	assert_false(addr_eq(&a, &b));
	assert_true(addr_ip_eq(&a, &b));
	b = addr("192.0.2.2:5060");
	assert_false(addr_ip_eq(&a, &b));

	a = addr("[2001:db8::1]:5060");
	b = addr("[2001:db8:0::1]:5060");
	assert_true(addr_eq(&a, &b));
	c = addr("[2001:db8::2]:5060");
	assert_false(addr_ip_eq(&a, &c));
	addr_set_port(&b, 1);
	assert_false(addr_eq(&a, &b));

	a = b = addr("fe80::1");
	b.u.in6.sin6_scope_id = 2;
	assert_false(addr_ip_eq(&a, &b));
}


static void test_from_sockaddr(void **st)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
				   .sin6_port = htons(7)};
	struct sockaddr_storage un = {.ss_family = AF_UNIX};
	struct addr a, b;
	char buf[ADDR_STRLEN];

	(void)st;
	a = addr("192.0.2.1:5060");
	assert_int_equal(addr_from_sockaddr(&b, &a.u.sa), 0);
	assert_true(addr_eq(&a, &b));

	inet_pton(AF_INET6, "2001:db8::7", &in6.sin6_addr);
	assert_int_equal(
		addr_from_sockaddr(&b, (struct sockaddr *)(void *)&in6), 0);
	assert_string_equal(addr_str(&b, buf), "[2001:db8::7]:7");

	inet_pton(AF_INET6, "::ffff:192.0.2.9", &in6.sin6_addr);
	assert_int_equal(
		addr_from_sockaddr(&b, (struct sockaddr *)(void *)&in6), 0);
	assert_string_equal(addr_str(&b, buf), "192.0.2.9:7");

	assert_int_equal(
		addr_from_sockaddr(&b, (struct sockaddr *)(void *)&un),
		EAFNOSUPPORT);
	assert_int_equal(addr_from_sockaddr(&b, NULL), EINVAL);
	assert_string_equal(addr_str(&b, buf), "192.0.2.9:7");
}


static void test_classify(void **st)
{
	enum {
		NONE = 0,
		ANY = 1,
		LOOP = 2,
		LINK = 4,
		MULTI = 8,
		PRIV = 16,
	};
	static const struct {
		const char *addr;
		unsigned is;
	} v[] = {
		{"0.0.0.0", ANY},	     {"::", ANY},
		{"0.0.0.1", NONE},	     {"127.0.0.1", LOOP},
		{"127.255.255.255", LOOP},   {"128.0.0.1", NONE},
		{"::1", LOOP},		     {"::2", NONE},
		{"169.254.0.1", LINK},	     {"169.255.0.1", NONE},
		{"fe80::1", LINK},	     {"febf::1", LINK},
		{"fec0::1", NONE},	     {"224.0.0.1", MULTI},
		{"239.255.255.255", MULTI},  {"240.0.0.1", NONE},
		{"ff02::1", MULTI},	     {"10.0.0.1", PRIV},
		{"11.0.0.1", NONE},	     {"9.255.255.255", NONE},
		{"172.15.255.255", NONE},    {"172.16.0.0", PRIV},
		{"172.31.255.255", PRIV},    {"172.32.0.0", NONE},
		{"192.168.255.1", PRIV},     {"192.169.0.1", NONE},
		{"100.63.255.255", NONE},    {"100.64.0.0", PRIV},
		{"100.127.255.255", PRIV},   {"100.128.0.0", NONE},
		{"fc00::1", PRIV},	     {"fdff::1", PRIV},
		{"fe00::1", NONE},	     {"2001:db8::1", NONE},
		{"192.0.2.1", NONE},	     {"::ffff:127.0.0.1", LOOP},
		{"::ffff:10.1.2.3", PRIV},   {"::ffff:0.0.0.0", ANY},
		{"::ffff:192.0.2.1", NONE},
	};
	size_t i;

	(void)st;
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		const struct addr a = addr(v[i].addr);
		unsigned is = (addr_is_any(&a) ? ANY : 0u) |
			      (addr_is_loopback(&a) ? LOOP : 0u) |
			      (addr_is_linklocal(&a) ? LINK : 0u) |
			      (addr_is_multicast(&a) ? MULTI : 0u) |
			      (addr_is_private(&a) ? PRIV : 0u);

		if (is != v[i].is)
			fail_msg("%s: is %u, not %u", v[i].addr, is, v[i].is);
	}
}


static void test_net(void **st)
{
	static const struct {
		const char *net, *addr;
		bool in;
	} v[] = {
		{"10.0.0.0/8", "10.255.0.1", true},
		{"10.0.0.0/8", "11.0.0.0", false},
		{"10.9.9.9/8", "10.1.1.1", true},
		{"192.0.2.128/25", "192.0.2.128", true},
		{"192.0.2.128/25", "192.0.2.127", false},
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.0", false},
		{"192.0.2.1/32", "192.0.2.1", true},
		{"0.0.0.0/0", "203.0.113.7", true},
		{"0.0.0.0/0", "2001:db8::1", false},
		{"::/0", "2001:db8::1", true},
		{"::/0", "203.0.113.7", false},
		{"2001:db8::/33", "2001:db8:7fff::1", true},
		{"2001:db8::/33", "2001:db8:8000::1", false},
		{"10.0.0.0/8", "::ffff:10.1.1.1", true},
		{"::ffff:10.0.0.0/104", "10.1.1.1", true},
		{"::ffff:10.0.0.0/104", "11.1.1.1", false},
	};
	static const char *const bad[] = {
		"",	       "/8",	       "10.0.0.0/",  "10.0.0.0/33",
		"::/129",      "10.0.0.0/-1",  "10.0.0.0/8x", "10.0.0.0/0008",
		"example/8",   "10.0.0.0/ 8",
	};
	struct addr_net n;
	struct addr a;
	size_t i;

	(void)st;
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		assert_int_equal(addr_net_parse(&n, v[i].net), 0);
		a = addr(v[i].addr);
		if (addr_net_contains(&n, &a) != v[i].in)
			fail_msg("%s in %s", v[i].addr, v[i].net);
	}

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (addr_net_parse(&n, bad[i]) != EINVAL)
			fail_msg("taken: \"%s\"", bad[i]);
	}

	memset(&n, 0, sizeof(n));
	assert_false(addr_net_contains(&n, &a));
	assert_false(addr_net_contains(NULL, &a));
	memset(&a, 0, sizeof(a));
	assert_int_equal(addr_net_parse(&n, "0.0.0.0/0"), 0);
	assert_false(addr_net_contains(&n, &a));
}


static void literals_in_text(void **state)
{
	static const struct {
		const char *text;
		bool private;
	} t[] = {
		{"", false},
		{"10.0.0.1", true},
		{"x10.0.0.1y", true},
		{"1.10.0.0.1", true},
		{"10.0.0", false},
		{"10.0.0.", false},
		{"010.0.0.1", true}, /* of which 10.0.0.1 is a part */
		{"192.168.01.1", false},
		{"192.168.255.256", true}, /* likewise 192.168.255.25 */
		{"172.15.0.1 172.32.0.1", false},
		{"172.31.0.1", true},
		{"100.63.0.1 100.128.0.1", false},
		{"100.127.0.1", true},
		{"169.254.7.7", true},
		{"127.0.0.1", true},
		{"8.8.8.8", false},
		{"::1", true},
		{"[fe80::1]:5060", true},
		{"febf::1", true},
		{"fec0::1", false},
		{"fd12:3456::1", true},
		{"FD12:3456::1", false}, /* nobody writes it so */
		{"2001:db8::1", false},
		{"12:34:56", false},
		{"::ffff:10.0.0.1", true},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_int_equal(addr_literal_private(t[i].text,
						      strlen(t[i].text)),
				 t[i].private);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_hostport),
		cmocka_unit_test(test_unset),
		cmocka_unit_test(test_eq),
		cmocka_unit_test(test_from_sockaddr),
		cmocka_unit_test(test_classify),
		cmocka_unit_test(test_net),
		cmocka_unit_test(literals_in_text),
	};

	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
