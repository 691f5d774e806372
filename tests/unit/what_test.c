/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file what_test.c  lib/bytes: what a channel is for, read and written
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>
#include "bytes/what.h"


/* What is read is written the same; 0 or an errno */
typedef int(again_h)(const char *text, char again[WHAT_LEN]);

struct what_case {
	const char *text;
	int err;
};


static int service_again(const char *text, char again[WHAT_LEN])
{
	struct what_service w;
	const int err = what_service_decode(&w, text, strlen(text));

	if (!err)
		assert_int_equal(what_service_encode(&w, again), strlen(text));

	return err;
}


static int h225_again(const char *text, char again[WHAT_LEN])
{
	struct what_h225 w;
	const int err = what_h225_decode(&w, text, strlen(text));

	if (!err)
		assert_int_equal(what_h225_encode(&w, again), strlen(text));

	return err;
}


static void check(again_h *againh, const struct what_case *c, size_t n)
{
	char again[WHAT_LEN];

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(againh(c[i].text, again), c[i].err);
		if (!c[i].err)
			assert_string_equal(again, c[i].text);
	}
}


static void services(void **state)
{
	static const struct what_case cases[] = {
		{"{\"kind\":\"service\",\"to\":\"192.0.2.1:22\"}", 0},
		{"{\"kind\":\"service\",\"to\":\"[2001:db8::1]:22\","
		 "\"from\":\"192.0.2.9:1\",\"ask\":true}", 0},
		{"{\"kind\":\"service\",\"to\":\"192.0.2.1\"}", EBADMSG},
		{"{\"kind\":\"service\",\"to\":\"0.0.0.0:22\"}", EBADMSG},
		{"{\"kind\":\"service\",\"to\":\"224.0.0.1:22\"}", EBADMSG},
		{"{\"kind\":\"service\",\"to\":\"host:22\"}", EBADMSG},
		{"{\"kind\":\"service\",\"to\":22}", EBADMSG},
		{"{\"kind\":\"service\"}", EBADMSG},
		{"{\"kind\":\"service\",\"to\":\"192.0.2.1:22\",\"ask\":1}",
		 EBADMSG},
		{"{\"kind\":\"service\",\"to\":\"192.0.2.1:22\","
		 "\"from\":\"x\"}", EBADMSG},
		{"{\"kind\":\"sip\",\"to\":\"192.0.2.1:22\"}", ENOENT},
		{"{}", ENOENT},
		{"[]", ENOENT},
		{"", ENOENT},
		{"service", ENOENT},
	};
	(void)state;

	check(service_again, cases, sizeof(cases) / sizeof(cases[0]));
}


static void calls(void **state)
{
	static const struct what_case cases[] = {
		{"{\"kind\":\"h225\",\"to\":\"10.0.0.5:1720\"}", 0},
		{"{\"kind\":\"h225\",\"id\":0,\"from\":\"10.0.0.5:4000\","
		 "\"local\":\"10.0.0.2:1720\"}", 0},
		{"{\"kind\":\"h225\",\"id\":4294967295,\"from\":"
		 "\"[fd00:1111:2222:3333:4444:5555:6666:7777]:65535\","
		 "\"local\":"
		 "\"[fd00:1111:2222:3333:4444:5555:6666:8888]:65535\"}", 0},
		/* one that may go on, and does */
		{"{\"kind\":\"h225\",\"to\":\"10.0.0.5:1720\",\"key\":"
		 "\"0123456789abcdef\"}", 0},
		{"{\"kind\":\"h225\",\"from\":\"10.0.0.5:4000\",\"key\":"
		 "\"0123456789abcdef\",\"received\":4711}", 0},
		{"{\"kind\":\"h225\",\"to\":\"10.0.0.5:1720\",\"key\":"
		 "\"0123456789abcdeF\"}", EBADMSG},
		{"{\"kind\":\"h225\",\"from\":\"10.0.0.5:4000\","
		 "\"received\":4711}", EBADMSG},
		{"{\"kind\":\"h225\",\"from\":\"10.0.0.5:4000\",\"key\":"
		 "\"0123456789abcdef\",\"received\":-1}", EBADMSG},
		{"{\"kind\":\"h225\",\"to\":\"10.0.0.5:4000\",\"key\":"
		 "\"0123456789abcdef\",\"received\":1}", EBADMSG},
		{"{\"kind\":\"h225\",\"from\":\"10.0.0.5:4000\",\"local\":"
		 "\"10.0.0.2:1720\",\"key\":\"0123456789abcdef\","
		 "\"received\":1}", EBADMSG},
		{"{\"kind\":\"h225\"}", EBADMSG},
		{"{\"kind\":\"h225\",\"to\":\"10.0.0.5\"}", EBADMSG},
		{"{\"kind\":\"h225\",\"to\":\"0.0.0.0:1720\"}", EBADMSG},
		{"{\"kind\":\"h225\",\"to\":7}", EBADMSG},
		{"{\"kind\":\"h225\",\"from\":\"10.0.0.5:4000\"}", EBADMSG},
		{"{\"kind\":\"h225\",\"local\":\"10.0.0.2:1720\"}",
		 EBADMSG},
		{"{\"kind\":\"h225\",\"to\":\"10.0.0.5:1720\",\"from\":"
		 "\"10.0.0.5:4000\",\"local\":\"10.0.0.2:1720\"}", EBADMSG},
		{"{\"kind\":\"h225\",\"id\":-1,\"from\":\"10.0.0.5:4000\","
		 "\"local\":\"10.0.0.2:1720\"}", EBADMSG},
		{"{\"kind\":\"h225\",\"id\":4294967296,\"from\":"
		 "\"10.0.0.5:4000\",\"local\":\"10.0.0.2:1720\"}", EBADMSG},
		{"{\"kind\":\"h225\",\"from\":\"224.0.0.1:4000\","
		 "\"local\":\"10.0.0.2:1720\"}", EBADMSG},
		{"{\"kind\":\"tcp\",\"to\":\"10.0.0.5:1720\"}", ENOENT},
		{"h225", ENOENT},
	};
	(void)state;

	check(h225_again, cases, sizeof(cases) / sizeof(cases[0]));
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services),
		cmocka_unit_test(calls),
	};

	return cmocka_run_group_tests_name("what", tests, NULL, NULL);
}
