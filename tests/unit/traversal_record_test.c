/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file traversal_record_test.c  Records: there and back, whole or refused
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "logic/record.h"


static const struct record records[] = {
	{.type = RECORD_CONTACT_PUT,
	 .u.contact = {.kind = STORE_SIP, .alias = "alice", .aliasType = "aor",
		       .id = "uloc-1", .callSignalAddress = "sip:a@10.0.0.5",
		       .received = "192.0.2.1:40001", .transport = "udp",
		       .agent = "", .path = NULL, .userAgent = "phone",
		       .expires = 3, .firstSeen = 1, .lastSeen = 2,
		       .nat = true, .callId = "abc", .cseq = -7, .q = -1,
		       .instance = "<urn:uuid:1>", .regId = 4294967295u,
		       .hostData = "{}"}},
	{.type = RECORD_CONTACT_DELETE,
	 .u.contact_delete = {.kind = STORE_H323, .id = "ep1",
			      .reason = "unreachable"}},
	{.type = RECORD_CALL_PUT,
	 .u.call = {.id = "c1", .kind = STORE_SIP, .callIdentifier = "ci",
		    .caller = "a", .callee = "b", .callerAddress = "1",
		    .calleeAddress = "2", .callerAgent = "3",
		    .calleeAgent = "4", .start = 5, .answer = 6, .end = 7,
		    .endReason = "bye", .endCode = 200, .endedBy = "caller"}},
	{.type = RECORD_FLOW_PUT,
	 .u.flow = {.call = "c1", .session = "s1", .relay = "r", .stream = 2,
		    .media = "audio", .from = "callee", .packets = UINT64_MAX,
		    .bytes = 3, .dropped = 4, .lost = 5, .latched = "x:1",
		    .latchedAt = 6, .start = 7, .end = 8}},
	{.type = RECORD_SESSION_PUT,
	 .u.session = {.id = "s1", .owner = "traversal", .relay = "r",
		       .call = "c1", .state = "{\"a\":1}", .updated = 9}},
	{.type = RECORD_SESSION_DELETE, .u.session_delete = {.id = "s1"}},
	{.type = RECORD_AUDIT_ADD,
	 .u.audit = {.when = 1, .actor = "operator", .action = "x",
		     .object = "y", .result = "ok", .detail = "z"}},
};

#define N_RECORDS (sizeof(records) / sizeof(records[0]))


/* Encoding what was decoded gives the same octets, and no field is lost */
static void test_there_and_back(void **state)
{
	(void)state;
	assert_int_equal(RECORD_TYPES - 1, N_RECORDS);

	for (size_t i = 0; i < N_RECORDS; i++) {
		uint8_t buf[1024], again[1024];
		size_t len, len2;
		struct record r;

		assert_int_equal(0, record_encode(buf, sizeof(buf), &len,
						  &records[i]));
		assert_int_equal(0, record_decode(&r, buf, len));
		assert_int_equal(records[i].type, r.type);
		assert_int_equal(0, record_encode(again, sizeof(again), &len2,
						  &r));
		assert_int_equal(len, len2);
		assert_memory_equal(buf, again, len);
	}
}


static void test_contact_fields(void **state)
{
	const struct store_contact *c = &records[0].u.contact;
	uint8_t buf[1024];
	struct record r;
	size_t len;
	(void)state;

	assert_int_equal(0,
			 record_encode(buf, sizeof(buf), &len, &records[0]));
	assert_int_equal(0, record_decode(&r, buf, len));

	assert_string_equal(c->alias, r.u.contact.alias);
	assert_string_equal(c->hostData, r.u.contact.hostData);
	assert_string_equal(c->received, r.u.contact.received);
	assert_string_equal("", r.u.contact.agent);
	assert_null(r.u.contact.path);
	assert_true(r.u.contact.nat);
	assert_int_equal(-7, r.u.contact.cseq);
	assert_int_equal(-1, r.u.contact.q);
	assert_int_equal(3, r.u.contact.expires);
	assert_int_equal(4294967295u, r.u.contact.regId);
}


/* Any cut is noticed; nothing is read beyond it (AddressSanitizer) */
static void test_cut_short(void **state)
{
	(void)state;

	for (size_t i = 0; i < N_RECORDS; i++) {
		uint8_t buf[1024];
		struct record r;
		size_t len;

		assert_int_equal(0, record_encode(buf, sizeof(buf), &len,
						  &records[i]));
		for (size_t n = 0; n < len; n++) {
			uint8_t *cut = malloc(n ? n : 1);
			size_t len2;

			memcpy(cut, buf, n);
			assert_int_equal(EBADMSG, record_decode(&r, cut, n));
			free(cut);
			/* and there is no room in less */
			cut = malloc(n ? n : 1);
			assert_int_equal(EMSGSIZE,
					 record_encode(cut, n, &len2,
						       &records[i]));
			free(cut);
		}
		buf[len] = 0;
		assert_int_equal(EBADMSG, record_decode(&r, buf, len + 1));
	}
}


static void test_refused(void **state)
{
	uint8_t buf[1024];
	struct record r = {.type = RECORD_TYPES};
	char *big = malloc(70000);
	size_t len;
	(void)state;

	assert_int_equal(EINVAL, record_encode(buf, sizeof(buf), &len, &r));
	r.type = 0;
	assert_int_equal(EINVAL, record_encode(buf, sizeof(buf), &len, &r));

	memset(big, 'x', 69999);
	big[69999] = '\0';
	r = (struct record){.type = RECORD_SESSION_DELETE,
			    .u.session_delete = {.id = big}};
	assert_int_equal(EMSGSIZE, record_encode(buf, sizeof(buf), &len, &r));
	free(big);

	r = (struct record){.type = RECORD_CONTACT_DELETE,
			    .u.contact_delete = {.kind = (enum store_kind)9}};
	assert_int_equal(EINVAL, record_encode(buf, sizeof(buf), &len, &r));

	/* an octet NUL inside of a string */
	r = (struct record){.type = RECORD_SESSION_DELETE,
			    .u.session_delete = {.id = "abc"}};
	assert_int_equal(0, record_encode(buf, sizeof(buf), &len, &r));
	buf[len - 3] = '\0';
	assert_int_equal(EBADMSG, record_decode(&r, buf, len));

	/* a type, a flag, a kind that are none */
	assert_int_equal(0,
			 record_encode(buf, sizeof(buf), &len, &records[0]));
	buf[3] = 2;
	assert_int_equal(EBADMSG, record_decode(&r, buf, len));
	buf[3] = 1;
	buf[2] = 2;
	assert_int_equal(EBADMSG, record_decode(&r, buf, len));
	buf[2] = 0;
	buf[1] = 1;
	assert_int_equal(EBADMSG, record_decode(&r, buf, len));
	buf[1] = 0;
	buf[0] = 200;
	assert_int_equal(EBADMSG, record_decode(&r, buf, len));
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_contact_fields),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
