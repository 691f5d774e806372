/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file zone_test.c  The zone: who is found how; numbers
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "h323gw/number/number.h"
#include "h323gw/zone/zone.h"

enum {
	MANY = 20000,
};

static struct zone *zone;


static int setup(void **state)
{
	const struct zone_conf conf = {.endpoints_max = MANY,
				       .seed = {1, 2}};
	(void)state;

	return zone_alloc(&zone, &conf);
}


static int teardown(void **state)
{
	(void)state;
	zone_free(zone);

	return 0;
}


static struct addr address(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_hostport(&a, text), 0);

	return a;
}


static struct alias alias(enum alias_type type, const char *text)
{
	struct alias a = {.type = type};

	memcpy(a.text, text, strlen(text) + 1);

	return a;
}


static struct endpoint_address at(const char *agent, const char *where)
{
	struct endpoint_address ea = {.signalling = address(where)};

	memcpy(ea.agent, agent, strlen(agent));
	ea.seen = ea.ras = ea.signalling;

	return ea;
}


static struct endpoint *add(const char *id, const char *where, int64_t due)
{
	const struct endpoint_address ea = at("", where);
	struct endpoint *ep;

	assert_int_equal(zone_add(&ep, zone, id, &ea, due), 0);

	return ep;
}


static void test_found(void **state)
{
	struct endpoint *a = add("a", "192.0.2.1:1720", 1);
	struct endpoint *b = add("b", "192.0.2.2:1720", 2), *c;
	const struct alias anna	  = alias(ALIAS_H323_ID, "anna");
	const struct alias digits = alias(ALIAS_DIALLED_DIGITS, "1001");
	const struct alias e164	  = alias(ALIAS_PARTY_E164, "1001");
	const struct endpoint_address same = at("", "192.0.2.1:1720");
	struct endpoint_address behind	   = at("office", "192.0.2.1:1720");
	(void)state;

	assert_int_equal(zone_add(&c, zone, "a", &behind, 0), EEXIST);
	assert_int_equal(zone_add(&c, zone, "c", &same, 0), EEXIST);
	assert_int_equal(zone_add(&c, zone, "c", &behind, 0), 0);
	assert_ptr_equal(zone_by_id(zone, "c"), c);
	assert_null(zone_by_id(zone, "d"));
	assert_ptr_equal(zone_by_address(zone, "office", &behind.signalling,
					 &behind.seen), c);
	assert_ptr_equal(zone_by_address(zone, "", &behind.signalling,
					 &behind.seen), a);

	assert_int_equal(zone_alias_add(a, &anna), 0);
	assert_int_equal(zone_alias_add(a, &anna), EALREADY);
	assert_int_equal(zone_alias_add(b, &anna), EEXIST);
	assert_int_equal(zone_alias_add(b, &digits), 0);
	assert_ptr_equal(zone_by_alias(zone, &anna), a);
	assert_ptr_equal(zone_by_alias(zone, &e164), b);
	assert_int_equal(zone_alias_add(a, &e164), EEXIST);
	assert_true(zone_alias_remove(b, &e164));
	assert_false(zone_alias_remove(b, &e164));
	assert_int_equal(zone_alias_add(a, &e164), 0);
	assert_int_equal(a->aliasc, 2);
	assert_int_equal(a->aliases->next->slot, 2);

	zone_remove(a);
	assert_null(zone_by_alias(zone, &anna));
	assert_int_equal(zone_count(zone), 2);
}


static void test_moved(void **state)
{
	struct endpoint *a = add("a", "192.0.2.1:1720", 1);
	struct endpoint *b = add("b", "192.0.2.2:1720", 1);
	const struct endpoint_address there = at("", "192.0.2.2:1720");
	const struct endpoint_address free_ = at("", "192.0.2.3:1720");
	(void)state;

	assert_int_equal(zone_move(a, &there), EEXIST);
	assert_int_equal(zone_move(a, &free_), 0);
	assert_int_equal(zone_move(b, &there), 0);
	assert_ptr_equal(zone_by_address(zone, "", &free_.signalling,
					 &free_.seen), a);
	assert_ptr_equal(zone_by_address(zone, "", &there.signalling,
					 &there.seen), b);
}


static void test_list_anew(void **state)
{
	struct endpoint *a = add("a", "192.0.2.1:1720", 1);
	const struct alias one	 = alias(ALIAS_H323_ID, "one");
	const struct alias two	 = alias(ALIAS_H323_ID, "two");
	const struct alias three = alias(ALIAS_H323_ID, "three");
	const struct alias pre	 = alias(ALIAS_DIALLED_DIGITS, "49");
	(void)state;

	assert_int_equal(zone_alias_add(a, &one), 0);
	assert_int_equal(zone_alias_add(a, &two), 0);
	assert_int_equal(zone_prefix_add(a, &pre), 0);
	zone_unmark(a);
	assert_int_equal(zone_alias_add(a, &two), EALREADY);
	assert_int_equal(zone_alias_add(a, &three), 0);
	assert_int_equal(zone_drop_unmarked(a), 2);
	assert_null(zone_by_alias(zone, &one));
	assert_string_equal(a->aliases->text, "two");
	assert_int_equal(a->aliases->slot, 2);
	assert_string_equal(a->aliases->next->text, "three");
	assert_int_equal(a->aliasc, 2);
	assert_int_equal(a->prefixc, 0);
}


static void test_bounded(void **state)
{
	struct endpoint *a = add("a", "192.0.2.1:1720", 1);
	struct alias n = alias(ALIAS_DIALLED_DIGITS, "");
	(void)state;

	for (int i = 0; i < ENDPOINT_ALIASES_MAX; i++) {
		(void)snprintf(n.text, sizeof(n.text), "%d", i);
		assert_int_equal(zone_alias_add(a, &n), 0);
		assert_int_equal(zone_prefix_add(a, &n), 0);
	}
	(void)snprintf(n.text, sizeof(n.text), "999");
	assert_int_equal(zone_alias_add(a, &n), ENOBUFS);
	assert_int_equal(zone_prefix_add(a, &n), ENOBUFS);
	a = add("b", "192.0.2.2:1720", 1);
	memset(n.text, '1', ENDPOINT_PREFIX_MAX + 1);
	n.text[ENDPOINT_PREFIX_MAX + 1] = '\0';
	assert_int_equal(zone_prefix_add(a, &n), EINVAL);
}


static void test_prefix(void **state)
{
	struct endpoint *a = add("a", "192.0.2.1:1720", 1);
	struct endpoint *b = add("b", "192.0.2.2:1720", 1);
	struct endpoint *c = add("c", "192.0.2.3:1720", 1);
	const struct alias nine	 = alias(ALIAS_DIALLED_DIGITS, "9");
	const struct alias nine4 = alias(ALIAS_DIALLED_DIGITS, "949");
	const struct alias number = alias(ALIAS_PARTY_E164, "949123");
	const struct alias other = alias(ALIAS_DIALLED_DIGITS, "8");
	const struct alias name	 = alias(ALIAS_H323_ID, "949123");
	(void)state;

	assert_int_equal(zone_prefix_add(a, &nine), 0);
	assert_int_equal(zone_prefix_add(b, &nine4), 0);
	assert_ptr_equal(zone_by_prefix(zone, &number), b);
	assert_null(zone_by_prefix(zone, &other));
	assert_null(zone_by_prefix(zone, &name));

	/* two share it, in turn */
	assert_int_equal(zone_prefix_add(c, &nine4), 0);
	assert_ptr_not_equal(zone_by_prefix(zone, &number),
			     zone_by_prefix(zone, &number));
	b->busy = true;
	assert_ptr_equal(zone_by_prefix(zone, &number), c);
	assert_ptr_equal(zone_by_prefix(zone, &number), c);
	c->busy = true;
	assert_ptr_equal(zone_by_prefix(zone, &number), a);
	assert_true(zone_prefix_remove(a, &nine));
	assert_null(zone_by_prefix(zone, &number));
}


static void test_due(void **state)
{
	struct endpoint *a = add("a", "192.0.2.1:1720", 30);
	struct endpoint *b = add("b", "192.0.2.2:1720", 10);
	(void)add("c", "192.0.2.3:1720", 20);
	(void)state;

	assert_int_equal(zone_next_due(zone), 10);
	assert_null(zone_overdue(zone, 9));
	assert_ptr_equal(zone_overdue(zone, 10), b);
	zone_due(b, 40);
	assert_string_equal(zone_overdue(zone, 100)->id, "c");
	zone_remove(zone_overdue(zone, 100));
	assert_ptr_equal(zone_overdue(zone, 100), a);
	zone_due(a, 50);
	assert_ptr_equal(zone_overdue(zone, 100), b);
}


/* in an order that has nothing to do with when they are due */
static void test_many(void **state)
{
	unsigned seed = 1;
	int64_t last  = 0;
	(void)state;

	for (unsigned i = 0; i < MANY; i++) {
		struct endpoint_address ea = at("", "10.0.0.0:1720");
		char id[16];
		struct endpoint *ep;
		struct alias n = alias(ALIAS_DIALLED_DIGITS, "");

		ea.signalling.u.in.sin_addr.s_addr = htonl(0x0a000000 + i);
		(void)snprintf(id, sizeof(id), "%u", i);
		(void)snprintf(n.text, sizeof(n.text), "%u", i);
		seed = seed * 1103515245 + 12345;
		assert_int_equal(zone_add(&ep, zone, id, &ea, seed % 10000),
				 0);
		assert_int_equal(zone_alias_add(ep, &n), 0);
	}
	{
		const struct endpoint_address ea = at("", "192.0.2.1:1720");
		struct endpoint *ep;

		assert_int_equal(zone_add(&ep, zone, "x", &ea, 0), ENFILE);
	}
	for (unsigned i = 0; i < MANY; i += 3) {
		char id[16];

		(void)snprintf(id, sizeof(id), "%u", i);
		zone_remove(zone_by_id(zone, id));
	}
	while (zone_count(zone)) {
		struct endpoint *ep = zone_overdue(zone, 10000);
		struct alias n = alias(ALIAS_DIALLED_DIGITS, ep->id);

		assert_true(ep->due >= last);
		last = ep->due;
		assert_ptr_equal(zone_by_alias(zone, &n), ep);
		zone_remove(ep);
	}
	assert_int_equal(zone_next_due(zone), INT64_MAX);
}


static int remove_it(struct endpoint *ep, void *arg)
{
	++*(unsigned *)arg;
	zone_remove(ep);

	return 0;
}


static void test_each(void **state)
{
	unsigned n = 0;
	(void)state;

	(void)add("a", "192.0.2.1:1720", 1);
	(void)add("b", "192.0.2.2:1720", 1);
	assert_int_equal(zone_each(zone, remove_it, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(zone_count(zone), 0);
}


static void test_reach(void **state)
{
	const struct alias anna = alias(ALIAS_H323_ID, "anna");
	struct endpoint_address ea = at("office", "192.168.1.20:1720");
	struct endpoint *ep;
	struct reach r;
	(void)state;

	ea.local = address("192.168.1.2:1720");
	assert_int_equal(zone_add(&ep, zone, "a", &ea, 0), 0);
	assert_int_equal(zone_alias_add(ep, &anna), 0);
	endpoint_reach(&r, ep);
	assert_string_equal(r.agent, "office");
	assert_string_equal(r.alias, "anna");
	assert_string_equal(r.endpoint, "a");
	assert_true(addr_eq(&r.local, &ea.local));
	assert_true(addr_eq(&r.signalling, &ea.signalling));
}


/* the reference's own vector: key 00..0f, SipHash-1-3 of 00..0e */
static void test_hash(void **state)
{
	const uint64_t seed[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
	uint8_t p[16];
	(void)state;

	for (uint8_t i = 0; i < 16; i++)
		p[i] = i;
	/* of one octet more all is another; the same is the same */
	assert_true(index_hash(seed, p, 15) == index_hash(seed, p, 15));
	assert_true(index_hash(seed, p, 15) != index_hash(seed, p, 16));
	assert_true(index_hash(seed, p, 0) == 0xabac0158050fc4dc);
	assert_true(index_hash(seed, p, 1) == 0xc9f49bf37d57ca93);
}


static void test_numbers(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"00491234", "491234"}, {"0012", "12"},
		{"0123", "490123"},	{"1001", "1001"},
		{"9", "9"},		{"95", "5"},
	};
	struct number_table t = {.n = 0};
	struct alias a;
	(void)state;

	assert_int_equal(number_rule_add(&t, "00/"), 0);
	assert_int_equal(number_rule_add(&t, "0049/49"), 0);
	assert_int_equal(number_rule_add(&t, "0/490"), 0);
	assert_int_equal(number_rule_add(&t, "9/"), 0);
	assert_int_equal(number_rule_add(&t, "00/1"), EEXIST);
	assert_int_equal(number_rule_add(&t, "00"), EINVAL);
	assert_int_equal(number_rule_add(&t, "a/1"), EINVAL);
	assert_int_equal(number_rule_add(&t, "1/a"), EINVAL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a = alias(ALIAS_DIALLED_DIGITS, cases[i].in);
		assert_int_equal(number_rewrite(&t, &a),
				 strcmp(cases[i].in, cases[i].out) != 0);
		assert_string_equal(a.text, cases[i].out);
	}
	a = alias(ALIAS_H323_ID, "0049");
	assert_false(number_rewrite(&t, &a));
	memset(a.text, '0', 1);
	memset(a.text + 1, '1', 127);
	a.text[128] = '\0';
	a.type	    = ALIAS_DIALLED_DIGITS;
	assert_false(number_rewrite(&t, &a)); /* it would be too long */
}


int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_found),
		TEST(test_moved),
		TEST(test_list_anew),
		TEST(test_bounded),
		TEST(test_prefix),
		TEST(test_due),
		TEST(test_many),
		TEST(test_each),
		TEST(test_reach),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
