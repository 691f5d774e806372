/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/media/rtcp_hide: no address in what is said of a source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "media/rtcp_hide.h"


static const uint8_t key[RTCP_HIDE_KEY] = {1};


/* an empty receiver report, then the description */
static size_t compound(uint8_t *p, const char *cname, const char *name)
{
	static const uint8_t report[] = {0x80, 201, 0, 1, 1, 2, 3, 4};
	size_t n = sizeof(report), words;

	memcpy(p, report, n);
	p[n++] = 0x81;
	p[n++] = 202;
	n += 2;
	memset(p + n, 7, 4);
	n += 4;
	p[n++] = 1;
	p[n++] = (uint8_t)strlen(cname);
	memcpy(p + n, cname, strlen(cname));
	n += strlen(cname);
	p[n++] = 2;
	p[n++] = (uint8_t)strlen(name);
	memcpy(p + n, name, strlen(name));
	n += strlen(name);
	do {
		p[n++] = 0;
	} while (n % 4);
	words = (n - sizeof(report)) / 4 - 1;
	p[10] = (uint8_t)(words >> 8);
	p[11] = (uint8_t)words;

	return n;
}


static void addresses_go(void **state)
{
	static const char *const texts[] = {
		"sip:alice@10.1.0.13", "10.1.0.13", "alice@10.1.0.13:5060",
		"alice@[fd00::5]", "fd00::5:1", "a 10.1.0.13 b 10.1.0.13",
	};
	uint8_t a[256], b[256];
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const size_t n = compound(a, texts[i], "Alice");

		memcpy(b, a, n);
		assert_true(rtcp_hide(a, n, key) >= 1);
		assert_null(memmem(a, n, "10.1.0.13", 9));
		assert_null(memmem(a, n, "fd00::5", 7));
		assert_non_null(memmem(a, n, "Alice", 5));
		assert_memory_equal(a, b, 18); /* up to the text */
		/* the same again is the same */
		assert_true(rtcp_hide(b, n, key) >= 1);
		assert_memory_equal(a, b, n);
	}
}


static void nothing_else_does(void **state)
{
	static const char *const texts[] = {
		"alice@phone.example", "face", "dead.beef", "1.2.3", "cafe",
		"x10.0.0.256", "", ":", "a1b2c3d4e5f6",
	};
	uint8_t a[256], b[256];
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const size_t n = compound(a, texts[i], "12:30");

		memcpy(b, a, n);
		assert_int_equal(rtcp_hide(a, n, key), 0);
		assert_memory_equal(a, b, n);
	}
}


static void another_key_another_text(void **state)
{
	static const uint8_t other[RTCP_HIDE_KEY] = {2};
	uint8_t a[256], b[256];
	const size_t n = compound(a, "10.1.0.13", "");
	(void)state;

	memcpy(b, a, n);
	(void)rtcp_hide(a, n, key);
	(void)rtcp_hide(b, n, other);
	assert_memory_not_equal(a, b, n);
}


/* whatever is cut off */
static void what_is_cut(void **state)
{
	uint8_t a[256], b[256];
	const size_t n = compound(a, "sip:alice@10.1.0.13", "10.1.0.13");
	(void)state;

	for (size_t i = 0; i < n; i++) {
		memcpy(b, a, n);
		assert_int_equal(rtcp_hide(b, i, key), 0);
		assert_memory_equal(a, b, n);
	}
	for (unsigned text = 0; text < 256; text++) {
		memcpy(b, a, n);
		b[17] = (uint8_t)text; /* the first text's length */
		(void)rtcp_hide(b, n, key);
		b[8] = 0x9f; /* and as many chunks as there may be */
		(void)rtcp_hide(b, n, key);
	}
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_go),
		cmocka_unit_test(nothing_else_does),
		cmocka_unit_test(another_key_another_text),
		cmocka_unit_test(what_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
