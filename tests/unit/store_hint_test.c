/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file store_hint_test.c  The digest of a contact, and where it stood
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "store/sqlite/digest.h"
#include "store/sqlite/rowcache.h"

#define SPREAD UINT64_C(0x9e3779b97f4a7c15)


/* It is kept in the database: other values would make each contact look
 * changed once, after an upgrade or on another machine */
static void digest_is_the_same_for_ever(void **state)
{
	(void)state;

	assert_true(digest_text(digest_start(), NULL) ==
		    UINT64_C(0xdc0cd589bfffd4d7));
	assert_true(digest_text(digest_start(), "alice@example.com") ==
		    UINT64_C(0xf37256e982145e8e));
	assert_true(digest_int(digest_start(), 1) ==
		    UINT64_C(0x76212d05b9782e79));
}


static uint64_t two(const char *a, const char *b)
{
	return digest_text(digest_text(digest_start(), a), b);
}


static void digest_tells_fields_apart(void **state)
{
	(void)state;

	assert_true(two("ab", "c") != two("a", "bc"));
	assert_true(two("", NULL) != two(NULL, ""));
	assert_true(two(NULL, NULL) != two("", ""));
	assert_true(two("12345678", "") != two("12345678", NULL));
	assert_true(two("12345678", "9") != two("1234567", "89"));
	assert_true(two("a", "b") != two("b", "a"));
	assert_true(two("a", "b") == two("a", "b"));
}


static void rowcache_finds_what_was_put(void **state)
{
	struct rowcache *rc = NULL;
	(void)state;

	assert_int_equal(rowcache_alloc(&rc), 0);
	assert_int_equal(rowcache_get(rc, 0), 0);

	/* keys that all want the same slots, the key 0 among them */
	for (uint64_t i = 0; i < 5000; i++)
		rowcache_put(rc, i << 32, (int64_t)i + 1);
	for (uint64_t i = 0; i < 5000; i++)
		assert_int_equal(rowcache_get(rc, i << 32), i + 1);
	assert_int_equal(rowcache_get(rc, UINT64_C(5000) << 32), 0);

	rowcache_put(rc, 0, 77);
	assert_int_equal(rowcache_get(rc, 0), 77);
	rowcache_clear(rc);
	assert_int_equal(rowcache_get(rc, 0), 0);
	rowcache_free(rc);
}


static void rowcache_has_a_limit(void **state)
{
	struct rowcache *rc = NULL;
	uint64_t found = 0;
	(void)state;

	assert_int_equal(rowcache_alloc(&rc), 0);
	for (uint64_t i = 0; i < 3 * (uint64_t)ROWCACHE_MAX; i++)
		rowcache_put(rc, i * SPREAD, 1);

	for (uint64_t i = 0; i < 3 * (uint64_t)ROWCACHE_MAX; i++)
		found += rowcache_get(rc, i * SPREAD) != 0;
	assert_true(found > 0);
	assert_true(found <= ROWCACHE_MAX);
	rowcache_free(rc);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest_is_the_same_for_ever),
		cmocka_unit_test(digest_tells_fields_apart),
		cmocka_unit_test(rowcache_finds_what_was_put),
		cmocka_unit_test(rowcache_has_a_limit),
	};

	return cmocka_run_group_tests_name("store_hint", tests, NULL, NULL);
}
