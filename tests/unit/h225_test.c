/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file h225_test.c  Values of H.225.0: addresses, aliases, text, identifiers
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <AliasAddress.h>
#include <H245TransportAddress.h>
#include <OBJECT_IDENTIFIER.h>
#include <TransportAddress.h>
#include "h323gw/h225/address.h"
#include "h323gw/h225/alias.h"
#include "h323gw/h225/id.h"
#include "h323gw/h225/text.h"
#include "tests/unit/per_group.h"


static struct per_msg *message(const char *type)
{
	struct per_msg *msg;

	assert_int_equal(per_msg_alloc(&msg, per, per_type_find(per, type)),
			 0);

	return msg;
}


/* encodes, decodes: what the other end has */
static struct per_msg *through(struct per_msg *msg)
{
	struct per_msg *there;
	uint8_t buf[4096];
	size_t n;

	assert_int_equal(per_msg_encode(msg, buf, sizeof(buf), &n, NULL), 0);
	assert_int_equal(per_decode(&there, per, per_msg_type(msg), buf, n,
				    NULL), 0);
	per_msg_free(msg);

	return there;
}


static void test_address(void **state)
{
	static const char *const texts[] = {"192.0.2.1:1720",
					    "[2001:db8::5]:65535"};
	struct addr a, b;
	(void)state;

	for (size_t i = 0; i < 2; i++) {
		struct per_msg *m = message("TransportAddress");
		struct per_msg *n = message("H245TransportAddress");

		assert_int_equal(addr_parse_hostport(&a, texts[i]), 0);
		assert_int_equal(h225_addr_set(per_msg_value(m), m, &a), 0);
		m = through(m);
		assert_true(h225_addr_get(&b, per_msg_value(m)));
		assert_true(addr_eq(&a, &b));
		assert_int_equal(h245_addr_set(per_msg_value(n), n, &a), 0);
		n = through(n);
		assert_true(h245_addr_get(&b, per_msg_value(n)));
		assert_true(addr_eq(&a, &b));
		per_msg_free(m);
		per_msg_free(n);
	}
}


/* H.323 §8.2.1: octet by octet, then the port */
static void test_address_order(void **state)
{
	static const char *const rising[] = {
		"9.255.255.255:65535", "10.0.0.1:1720", "10.0.0.1:1721",
		"10.0.0.2:1",	       "192.0.2.1:1",	"[2001:db8::1]:1",
		"[2001:db8::1]:256",   "[2001:db8::2]:1"};
	const size_t n = sizeof(rising) / sizeof(rising[0]);
	struct addr a, b;
	(void)state;

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(addr_parse_hostport(&a, rising[i]), 0);
		assert_int_equal(h225_addr_cmp(&a, &a), 0);
		for (size_t j = i + 1; j < n; j++) {
			/* families differ: whatever, but not both ways */
			assert_int_equal(addr_parse_hostport(&b, rising[j]),
					 0);
			assert_true((h225_addr_cmp(&a, &b) < 0) ==
				    (h225_addr_cmp(&b, &a) > 0));
			if (addr_family(&a) == addr_family(&b))
				assert_true(h225_addr_cmp(&a, &b) < 0);
		}
	}
}


static void test_address_odd(void **state)
{
	static uint8_t four[] = {192, 0, 2, 1};
	static uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff,
				   192, 0, 2, 1};
	TransportAddress_t ta = {.present = TransportAddress_PR_ipAddress};
	struct per_msg *m     = message("TransportAddress");
	struct addr a = {0}, want;
	(void)state;

	assert_int_equal(h225_addr_set(per_msg_value(m), m, &a), EINVAL);
	ta.choice.ipAddress.ip = (OCTET_STRING_t){.buf = four, .size = 4};
	assert_false(h225_addr_get(&a, &ta)); /* port 0 */
	assert_false(addr_is_set(&a));
	ta.choice.ipAddress.port = 65536;
	assert_false(h225_addr_get(&a, &ta));
	ta.choice.ipAddress.port    = 1;
	ta.choice.ipAddress.ip.size = 3;
	assert_false(h225_addr_get(&a, &ta));

	ta.present = TransportAddress_PR_ip6Address;
	ta.choice.ip6Address.ip = (OCTET_STRING_t){.buf = mapped, .size = 16};
	ta.choice.ip6Address.port = 1720;
	assert_int_equal(addr_parse_hostport(&want, "192.0.2.1:1720"), 0);
	assert_true(h225_addr_get(&a, &ta));
	assert_true(addr_eq(&a, &want));

	ta.present = TransportAddress_PR_netBios;
	assert_false(h225_addr_get(&a, &ta));
	ta.present = TransportAddress_PR_NOTHING;
	assert_false(h225_addr_get(&a, &ta));
	per_msg_free(m);
}


static void test_text(void **state)
{
	/* all lengths of UTF-8; beyond the BMP by surrogates */
	static const char text[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z";
	static uint8_t odd[] = {0xd8, 0, 0, 'a', 0, 0, 0, 7, 0xdc, 0, 0xd8, 1};
	const OCTET_STRING_t bmp = {.buf = odd, .size = sizeof(odd)};
	struct per_msg *m = message("GatekeeperIdentifier");
	OCTET_STRING_t *os = per_msg_value(m);
	char buf[64], tight[sizeof(text)];
	(void)state;

	assert_int_equal(h225_bmp_set(os, m, text), 0);
	assert_int_equal(os->size, 2 * 6);
	assert_true(h225_bmp_get(buf, sizeof(buf), os));
	assert_string_equal(buf, text);
	assert_true(h225_bmp_get(tight, sizeof(tight), os));
	assert_false(h225_bmp_get(tight, sizeof(tight) - 1, os));
	assert_string_equal(tight, "");

	assert_int_equal(h225_bmp_set(os, m, "\xc0\x80"), EILSEQ);
	assert_int_equal(h225_bmp_set(os, m, "\xed\xa0\x80"), EILSEQ);
	assert_int_equal(h225_bmp_set(os, m, "\xf4\x90\x80\x80"), EILSEQ);
	assert_int_equal(h225_bmp_set(os, m, "\xe2\x82"), EILSEQ);
	assert_int_equal(h225_bmp_set(os, m, "\x80"), EILSEQ);

	/* lonely surrogates, NUL and control characters stand for nothing */
	assert_true(h225_bmp_get(buf, sizeof(buf), &bmp));
	assert_string_equal(buf, "\xef\xbf\xbd" "a\xef\xbf\xbd\xef\xbf\xbd"
				 "\xef\xbf\xbd\xef\xbf\xbd");
	per_msg_free(m);
}


static void test_ia5(void **state)
{
	static uint8_t odd[] = {'a', 0, 0x1b, 0xe4, 'b'};
	const OCTET_STRING_t os = {.buf = odd, .size = sizeof(odd)};
	char buf[6];
	(void)state;

	assert_true(h225_ia5_get(buf, 6, &os));
	assert_string_equal(buf, "a???b");
	assert_false(h225_ia5_get(buf, 5, &os));
	assert_string_equal(buf, "");
}


static void test_alias(void **state)
{
	static const struct alias all[] = {
		{ALIAS_DIALLED_DIGITS, 0, "0123456789#*,"},
		{ALIAS_H323_ID, 0, "K\xc3\xb6ln 1"},
		{ALIAS_URL_ID, 0, "h323:a@example.com"},
		{ALIAS_TRANSPORT_ID, 0, "192.0.2.1:1720"},
		{ALIAS_EMAIL_ID, 0, "a@example.com"},
		{ALIAS_PARTY_E164, 2, "4940"},
		{ALIAS_PARTY_DATA, 0, "1"},
		{ALIAS_PARTY_TELEX, 0, "2"},
		{ALIAS_PARTY_PRIVATE, 5, "3"},
		{ALIAS_PARTY_NATIONAL, 0, "4"},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct per_msg *m = message("AliasAddress");
		struct alias a;

		assert_int_equal(alias_set(per_msg_value(m), m, &all[i]), 0);
		m = through(m);
		assert_true(alias_get(&a, per_msg_value(m)));
		assert_int_equal(a.type, all[i].type);
		assert_int_equal(a.ton, all[i].ton);
		assert_string_equal(a.text, all[i].text);
		assert_int_equal(alias_type_find(alias_type_name(a.type)),
				 a.type);
		per_msg_free(m);
	}
}


static void test_alias_refused(void **state)
{
	struct per_msg *m = message("AliasAddress");
	struct alias a	  = {ALIAS_DIALLED_DIGITS, 0, "12a"};
	AliasAddress_t *aa = per_msg_value(m);
	(void)state;

	assert_int_equal(alias_set(aa, m, &a), EILSEQ);
	a = (struct alias){ALIAS_DIALLED_DIGITS, 0, ""};
	assert_int_equal(alias_set(aa, m, &a), EINVAL);
	a = (struct alias){ALIAS_URL_ID, 0, "\xc3\xa4"};
	assert_int_equal(alias_set(aa, m, &a), EILSEQ);
	a = (struct alias){ALIAS_TRANSPORT_ID, 0, "here"};
	assert_int_equal(alias_set(aa, m, &a), EILSEQ);
	a = (struct alias){ALIAS_NONE, 0, "x"};
	assert_int_equal(alias_set(aa, m, &a), EINVAL);
	a.type = ALIAS_H323_ID;
	memset(a.text, 'x', 256);
	a.text[256] = '\0';
	assert_int_equal(alias_set(aa, m, &a), 0);
	a.text[256] = 'x';
	a.text[257] = '\0';
	assert_int_equal(alias_set(aa, m, &a), EINVAL);
	aa->present = AliasAddress_PR_mobileUIM;
	assert_false(alias_get(&a, aa));
	assert_int_equal(a.type, ALIAS_NONE);
	per_msg_free(m);
}


static void test_alias_meaning(void **state)
{
	const struct alias digits = {ALIAS_DIALLED_DIGITS, 0, "49"};
	const struct alias public = {ALIAS_PARTY_E164, 3, "49"};
	const struct alias private = {ALIAS_PARTY_PRIVATE, 0, "49"};
	const struct alias name = {ALIAS_H323_ID, 0, "49"};
	struct alias a;
	(void)state;

	assert_true(alias_eq(&digits, &public));
	assert_false(alias_eq(&digits, &private));
	assert_false(alias_eq(&digits, &name));
	assert_true(alias_is_number(&private));
	assert_false(alias_is_number(&name));

	assert_int_equal(alias_guess(&a, "1001"), 0);
	assert_int_equal(a.type, ALIAS_DIALLED_DIGITS);
	assert_int_equal(alias_guess(&a, "anna"), 0);
	assert_int_equal(a.type, ALIAS_H323_ID);
	assert_int_equal(alias_guess(&a, "anna@example.com"), 0);
	assert_int_equal(a.type, ALIAS_EMAIL_ID);
	assert_int_equal(alias_guess(&a, "sip:anna@example.com"), 0);
	assert_int_equal(a.type, ALIAS_URL_ID);
	assert_int_equal(alias_guess(&a, ""), EINVAL);
}


static void test_guid(void **state)
{
	static const char text[] = "00112233-4455-6677-8899-aabbccddeeff";
	uint8_t guid[GUID_LEN], back[GUID_LEN];
	struct per_msg *m = message("GloballyUniqueID");
	OCTET_STRING_t *os = per_msg_value(m);
	char buf[GUID_STRLEN];
	(void)state;

	for (uint8_t i = 0; i < GUID_LEN; i++)
		guid[i] = (uint8_t)(i * 0x11);
	assert_string_equal(guid_str(guid, buf), text);
	assert_true(guid_parse(back, text));
	assert_memory_equal(back, guid, GUID_LEN);
	assert_true(guid_parse(back, "00112233-4455-6677-8899-AABBCCDDEEFF"));
	assert_memory_equal(back, guid, GUID_LEN);
	assert_false(guid_parse(back, "00112233-4455-6677-8899-aabbccddeef"));
	assert_false(guid_parse(back, "00112233-4455-6677-8899-aabbccddeeff0"));
	assert_false(guid_parse(back, "0011223344556677-8899-aabbccddeeff00"));
	assert_false(guid_parse(back, ""));

	assert_int_equal(guid_set(os, m, guid), 0);
	assert_true(guid_get(back, os));
	assert_memory_equal(back, guid, GUID_LEN);
	os->size = 15;
	assert_false(guid_get(back, os));
	assert_true(guid_is_zero(back));
	per_msg_free(m);
}


static void test_oid(void **state)
{
	struct per_msg *m = message("ProtocolIdentifier");
	OBJECT_IDENTIFIER_t *oid = per_msg_value(m);
	(void)state;

	assert_int_equal(h225_version_set(oid, m, 7), 0);
	assert_true(oid_eq(oid, "0.0.8.2250.0.7"));
	assert_false(oid_eq(oid, "0.0.8.2250.0.6"));
	assert_int_equal(h225_version_get(oid), 7);
	assert_int_equal(h225_version_set(oid, m, 0), EINVAL);

	assert_int_equal(oid_set(oid, m, "0.0.8.2250.0.4"), 0);
	assert_int_equal(h225_version_get(oid), 4);
	assert_int_equal(oid_set(oid, m, "2.999.3"), 0);
	assert_true(oid_eq(oid, "2.999.3"));
	assert_int_equal(h225_version_get(oid), 0);
	assert_int_equal(oid_set(oid, m, "0.0.8.235.0.2.6"), 0);
	assert_true(oid_eq(oid, "0.0.8.235.0.2.6"));
	assert_int_equal(oid_set(oid, m, ""), EINVAL);
	assert_int_equal(oid_set(oid, m, "1"), EINVAL);
	assert_int_equal(oid_set(oid, m, "3.1.1"), EINVAL);
	assert_int_equal(oid_set(oid, m, "1.2.x"), EINVAL);
	assert_int_equal(oid_set(oid, m, "1.2.99999999999999999999"), EINVAL);
	per_msg_free(m);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_address_order),
		cmocka_unit_test(test_address_odd),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_ia5),
		cmocka_unit_test(test_alias),
		cmocka_unit_test(test_alias_refused),
		cmocka_unit_test(test_alias_meaning),
		cmocka_unit_test(test_guid),
		cmocka_unit_test(test_oid),
	};

	return cmocka_run_group_tests(tests, per_group_begin, per_group_end);
}
