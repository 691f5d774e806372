/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file traversal_hostdata_test.c  What Kamailio needs of a contact: to JSON
 * and back
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "logic/hostdata.h"


static void same_text(const char *a, const char *b)
{
	if (b)
		assert_string_equal(a, b);
	else
		assert_null(a);
}


static void there_and_back(void **state)
{
	static const struct hostdata data[] = {
		{.domain = "location", .socket = "udp:192.0.2.1:5060",
		 .received = "sip:198.51.100.7:40001;transport=tcp",
		 .flags = 1, .cflags = 64, .methods = 8191, .serverId = 7},
		{.domain = "d"},
		{.domain = "", .flags = UINT_MAX, .cflags = UINT_MAX,
		 .methods = UINT_MAX, .serverId = INT_MIN},
		{.domain = "a\"b\\c/d\x01\n\x7f", .serverId = INT_MAX},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++) {
		struct hostdata_doc *doc;
		struct hostdata h;
		char buf[512];

		assert_int_equal(hostdata_encode(buf, sizeof(buf), &data[i]),
				 0);
		assert_int_equal(hostdata_decode(&doc, &h, buf), 0);
		same_text(h.domain, data[i].domain);
		same_text(h.socket, data[i].socket);
		same_text(h.received, data[i].received);
		assert_int_equal(h.flags, data[i].flags);
		assert_int_equal(h.cflags, data[i].cflags);
		assert_int_equal(h.methods, data[i].methods);
		assert_int_equal(h.serverId, data[i].serverId);
		hostdata_free(doc);
	}
}


/* Whatever comes in, what goes out can be read: JSON has no octets */
static void any_octet_makes_json(void **state)
{
	char domain[256], buf[2048];
	struct hostdata_doc *doc;
	struct hostdata h;
	(void)state;

	for (unsigned i = 0; i < 255; i++)
		domain[i] = (char)(i + 1);
	domain[255] = '\0';
	assert_int_equal(hostdata_encode(buf, sizeof(buf),
				&(struct hostdata){.domain = domain}), 0);
	assert_int_equal(hostdata_decode(&doc, &h, buf), 0);
	assert_memory_equal(h.domain, domain, 127);
	hostdata_free(doc);
}


static void room_is_enough_or_not(void **state)
{
	const struct hostdata h = {.domain = "location", .socket = "udp:a:1",
				   .received = "sip:b:2", .serverId = -12};
	char whole[512], *part;
	size_t len;
	(void)state;

	assert_int_equal(hostdata_encode(whole, sizeof(whole), &h), 0);
	len = strlen(whole);
	for (size_t size = 0; size <= len; size++) {
		/* of that size, for AddressSanitizer to see */
		part = malloc(size ? size : 1);
		assert_non_null(part);
		assert_int_equal(hostdata_encode(part, size, &h),
				 size ? EMSGSIZE : EINVAL);
		free(part);
	}
	part = malloc(len + 1);
	assert_non_null(part);
	assert_int_equal(hostdata_encode(part, len + 1, &h), 0);
	assert_string_equal(part, whole);
	free(part);
}


static void other_texts_are_refused(void **state)
{
	static const char *const texts[] = {
		"", "{", "{}", "[]", "null", "\"location\"",
		"{\"domain\": 1}", "{\"domain\": null}",
		"{\"domain\": \"d\", \"flags\": -1}",
		"{\"domain\": \"d\", \"flags\": 4294967296}",
		"{\"domain\": \"d\", \"cflags\": \"1\"}",
		"{\"domain\": \"d\", \"methods\": 1.5}",
		"{\"domain\": \"d\", \"serverId\": 2147483648}",
		"{\"domain\": \"d\", \"domain\": \"e\"}",
		"{\"domain\": \"d\"} {",
	};
	struct hostdata_doc *doc;
	struct hostdata h;
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(hostdata_decode(&doc, &h, texts[i]), EBADMSG);
	assert_int_equal(hostdata_decode(&doc, &h, NULL), EINVAL);
	assert_int_equal(hostdata_encode(NULL, 1, &h), EINVAL);

	/* of a later version */
	assert_int_equal(hostdata_decode(&doc, &h,
				"{\"domain\": \"d\", \"colour\": [1]}"), 0);
	assert_string_equal(h.domain, "d");
	hostdata_free(doc);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(any_octet_makes_json),
		cmocka_unit_test(room_is_enough_or_not),
		cmocka_unit_test(other_texts_are_refused),
	};

	return cmocka_run_group_tests_name("traversal_hostdata", tests, NULL,
					   NULL);
}
