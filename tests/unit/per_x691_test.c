/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/per against encodings worked out by hand from X.691, above all where
 * captured messages do not go: what is newer than the tables, large lengths,
 * numbers at their limits, messages we make ourselves.
 */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <H323-UU-PDU.h>
#include <RasMessage.h>
#include "tests/unit/per_util.h"
#include "tests/unit/per_group.h"

#define GUID "00112233445566778899aabbccddeeff"

static uint8_t in[PER_UTIL_LEN], out[PER_UTIL_LEN], again[PER_UTIL_LEN];


static const struct per_type *type_of(const char *name)
{
	const struct per_type *t = per_type_find(per, name);

	assert_non_null(t);
	return t;
}


struct unknown {
	unsigned n;
	int64_t index;
	size_t len;
	uint8_t first;
};

static int look(const struct per_field *f, bool leave, void *arg)
{
	struct unknown *u = arg;

	if (leave || f->kind != PER_UNKNOWN)
		return 0;
	++u->n;
	u->index = f->i;
	u->len = f->len;
	u->first = f->len ? f->data[0] : 0;
	return 0;
}


/* Decodes, and encodes to the same octets. */
static struct unknown lossless(const char *type, const char *hex)
{
	struct per_fault fault = {0};
	struct unknown u = {0};
	struct per_msg *m;
	size_t n, len = per_util_hex(in, sizeof(in), hex);

	if (per_decode(&m, per, type_of(type), in, len, &fault))
		fail_msg("%s at %zu: %s", fault.type, fault.octet, fault.what);
	assert_int_equal(per_msg_len(m), len);
	assert_int_equal(per_msg_walk(m, look, &u), 0);
	assert_int_equal(per_msg_encode(m, out, sizeof(out), &n, NULL), 0);
	assert_int_equal(n, len);
	assert_memory_equal(out, in, len);
	per_msg_free(m);
	return u;
}


static int refused(const char *type, const char *hex)
{
	struct per_msg *m;
	size_t len = per_util_hex(in, sizeof(in), hex);
	int err = per_decode(&m, per, type_of(type), in, len, NULL);

	if (!err)
		per_msg_free(m);
	return err;
}


static void unknown_addition(void **state)
{
	struct unknown u;

	(void)state;
	/* two additions in the bitmap, of which the second is there */
	u = lossless("CallIdentifier", "80" GUID "0280 03aabbcc");
	assert_int_equal(u.n, 1);
	assert_int_equal(u.index, 1);
	assert_int_equal(u.len, 3);
	assert_int_equal(u.first, 0xaa);
	/* none of them is there: still the sender's bitmap */
	u = lossless("CallIdentifier", "80" GUID "0600");
	assert_int_equal(u.n, 0);
	/* an addition without an octet */
	u = lossless("CallIdentifier", "80" GUID "0100");
	assert_int_equal(u.n, 1);
	assert_int_equal(u.len, 0);
}


static void long_bitmap(void **state)
{
	struct unknown u;

	(void)state;
	/* 80 additions, more than a machine word has bits; the last is there */
	u = lossless("CallIdentifier", "80" GUID
		     "80 50 00000000000000000001 01ee");
	assert_int_equal(u.n, 1);
	assert_int_equal(u.index, 79);
	/* 300 is more than we accept */
	assert_int_equal(refused("CallIdentifier", "80" GUID
				 "80 812c 0000000000000000000000000000"),
			 EOVERFLOW);
	/* a bitmap that ends before its end */
	assert_int_equal(refused("CallIdentifier", "80" GUID "80 7f 00"),
			 EBADMSG);
}


static void semi_constrained(void **state)
{
	(void)state;
	/* INTEGER (1..MAX): what is added to 1 */
	(void)lossless("MaxRedundancy", "01 00");
	(void)lossless("MaxRedundancy", "02 0100");
	(void)lossless("MaxRedundancy", "08 7ffffffffffffffe");
	/* no C integer of ours holds the next one */
	assert_int_equal(refused("MaxRedundancy", "08 7fffffffffffffff"),
			 EOVERFLOW);
	assert_int_equal(refused("MaxRedundancy", "08 ffffffffffffffff"),
			 EOVERFLOW);
	assert_int_equal(refused("MaxRedundancy", "09 010000000000000000"),
			 EOVERFLOW);
}


static void unknown_alternative(void **state)
{
	struct unknown u;

	(void)state;
	u = lossless("TransportAddress", "80 02 1122");
	assert_int_equal(u.n, 1);
	assert_int_equal(u.index, 0);
	assert_int_equal(u.len, 2);
	/* an index of 64 and more has a length */
	u = lossless("TransportAddress", "c0 01 46 02 1122");
	assert_int_equal(u.index, 70);
	/* one that fits no type */
	assert_int_equal(refused("TransportAddress", "c0 03 ffffff 021122"),
			 EOVERFLOW);
}


/* A newer version's octets behind what we know of an addition. */
static void longer_addition(void **state)
{
	struct unknown u;

	(void)state;
	/* keyExch, an OBJECT IDENTIFIER, and two octets more */
	u = lossless("AuthenticationMechanism", "81 05 02 2a03 beef");
	assert_int_equal(u.n, 0);
}


static void numbers(void **state)
{
	static const struct { long v; const char *hex; } free[] = {
		{0, "0100"}, {1, "0101"}, {-1, "01ff"}, {127, "017f"},
		{128, "020080"}, {-128, "0180"}, {-129, "02ff7f"},
		{65536, "03010000"}, {2147483647, "047fffffff"},
		{LONG_MAX, "087fffffffffffffff"},
		{LONG_MIN, "088000000000000000"},
	};
	static const struct { unsigned long v; const char *hex; } time[] = {
		{1, "0000"}, {256, "00ff"}, {257, "400100"},
		{65537, "80010000"}, {4294967295, "c0fffffffe"},
	};
	size_t n, len;

	(void)state;
	for (size_t i = 0; i < sizeof(free) / sizeof(*free); i++) {
		len = per_util_hex(in, sizeof(in), free[i].hex);
		assert_int_equal(per_encode(per, type_of("RandomVal"),
					    &free[i].v, out, 16, &n, NULL), 0);
		assert_int_equal(n, len);
		assert_memory_equal(out, in, n);
		lossless("RandomVal", free[i].hex);
	}
	for (size_t i = 0; i < sizeof(time) / sizeof(*time); i++) {
		len = per_util_hex(in, sizeof(in), time[i].hex);
		assert_int_equal(per_encode(per, type_of("TimeStamp"),
					    &time[i].v, out, 16, &n, NULL), 0);
		assert_int_equal(n, len);
		assert_memory_equal(out, in, n);
		lossless("TimeStamp", time[i].hex);
	}
	/* nine octets; none; one above the range */
	assert_int_equal(refused("RandomVal", "09 010203040506070809"),
			 EOVERFLOW);
	assert_int_equal(refused("RandomVal", "00"), EBADMSG);
	assert_int_equal(refused("TimeStamp", "c0ffffffff"), EBADMSG);
}


static void out_of_range(void **state)
{
	unsigned long zero = 0;
	size_t n;

	(void)state;
	assert_int_equal(per_encode(per, type_of("TimeStamp"), &zero, out, 16,
				    &n, NULL), EINVAL);
	zero = 77;
	assert_int_equal(per_encode(per, type_of("TimeStamp"), &zero, out, 1,
				    &n, NULL), ENOSPC);
}


/* Octets beyond 16K go in fragments, in open types and out of them. */
static void fragments(void **state)
{
	static const size_t sizes[] = {
		16383, 16384, 16385, 32768, 40000, 65535, 65536, 65537, 81920,
		150000,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct per_msg *m, *m2;
		OCTET_STRING_t *os;
		H323_UU_PDU_t *pdu;
		size_t n, n2;

		assert_int_equal(per_msg_alloc(&m, per,
					       type_of("H323-UU-PDU")), 0);
		pdu = per_msg_value(m);
		pdu->h323_message_body.present =
			H323_UU_PDU__h323_message_body_PR_empty;
		pdu->h4501SupplementaryService = per_msg_zalloc(
			m, sizeof(*pdu->h4501SupplementaryService));
		os = per_msg_zalloc(m, sizeof(*os));
		os->buf = per_msg_zalloc(m, sizes[i]);
		os->size = (int)sizes[i];
		memset(os->buf, (int)i, sizes[i]);
		os->buf[sizes[i] - 1] = 0x5a;
		assert_int_equal(per_msg_append(
			m, &pdu->h4501SupplementaryService->list, os), 0);
		assert_int_equal(per_msg_encode(m, out, sizeof(out), &n, NULL),
				 0);

		assert_int_equal(per_decode(&m2, per, type_of("H323-UU-PDU"),
					    out, n, NULL), 0);
		assert_int_equal(per_msg_len(m2), n);
		pdu = per_msg_value(m2);
		assert_non_null(pdu->h4501SupplementaryService);
		assert_int_equal(
			pdu->h4501SupplementaryService->list.array[0]->size,
			sizes[i]);
		assert_memory_equal(
			pdu->h4501SupplementaryService->list.array[0]->buf,
			os->buf, sizes[i]);
		assert_int_equal(per_msg_encode(m2, again, sizeof(again), &n2,
						NULL), 0);
		assert_int_equal(n2, n);
		assert_memory_equal(again, out, n);
		per_msg_free(m2);
		per_msg_free(m);
	}
}


static bool other_size(const struct per_addr *a, struct per_ipport *to,
		       void *arg)
{
	(void)arg;
	to->ip_len = (uint8_t)(20 - a->ip_len);
	memset(to->ip, 0x0a, sizeof(to->ip));
	to->port = 0x1234;
	return true;
}


static void resized(const char *type, const char *hex, const char *want)
{
	size_t n, len = per_util_hex(in, sizeof(in), hex);
	size_t want_len = per_util_hex(again, sizeof(again), want);

	assert_int_equal(per_rewrite(per, type_of(type), in, len, other_size,
				     NULL, out, sizeof(out), &n, NULL), 0);
	assert_int_equal(n, want_len);
	assert_memory_equal(out, again, n);
	/* too little room says so */
	assert_int_equal(per_rewrite(per, type_of(type), in, len, other_size,
				     NULL, out, len, &n, NULL),
			 want_len > len ? ENOSPC : 0);
}


static void address_forms(void **state)
{
	(void)state;
	/* H.225.0: ipAddress, ip6Address */
	resized("TransportAddress", "00 c0000201 06b8",
		"30 0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a 1234");
	resized("TransportAddress",
		"30 20010db8000000000000000000000001 06b8",
		"00 0a0a0a0a 1234");
	/* H.245: unicast and multicast, with what follows left alone */
	resized("H245TransportAddress", "00 c0000201 06b8 ffff",
		"08 0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a 1234 ffff");
	resized("H245TransportAddress", "40 e0000201 06b8",
		"50 0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a 1234");
}


static bool same_size(const struct per_addr *a, struct per_ipport *to,
		      void *arg)
{
	char path[64];

	(void)arg;
	assert_true(per_addr_path(path, sizeof(path), a) > 0);
	assert_string_equal(path, "ipSourceRoute");
	assert_true(per_addr_within(a, "ipSourceRoute"));
	assert_false(per_addr_within(a, "ipAddress"));
	to->port = 0x0102;
	return true;
}


static void source_route(void **state)
{
	const char *hex = "10 c0000201 06b8 02 0a000001 0a000002 00";
	size_t n, len = per_util_hex(in, sizeof(in), hex);

	(void)state;
	lossless("TransportAddress", hex);
	assert_int_equal(per_rewrite(per, type_of("TransportAddress"), in, len,
				     same_size, NULL, out, sizeof(out), &n,
				     NULL), 0);
	in[5] = 1;
	in[6] = 2;
	assert_int_equal(n, len);
	assert_memory_equal(out, in, len);
}


/* A message made from nothing. */
static void made(void **state)
{
	static uint8_t oid[] = {0, 8, 0x91, 0x4a, 0, 7};
	static uint8_t ip[] = {192, 0, 2, 1};
	const struct per_addr *a;
	struct per_fault fault;
	struct per_msg *m;
	RasMessage_t *ras;
	GatekeeperRequest_t *grq;
	size_t n;

	(void)state;
	assert_int_equal(per_msg_alloc(&m, per, type_of("RasMessage")), 0);
	ras = per_msg_value(m);
	assert_ptr_equal(per_type_td(per_msg_type(m)), &asn_DEF_RasMessage);
	assert_int_equal(per_msg_encode(m, out, sizeof(out), &n, &fault),
			 EINVAL);
	assert_string_equal(fault.type, "RasMessage");

	ras->present = RasMessage_PR_gatekeeperRequest;
	grq = &ras->choice.gatekeeperRequest;
	grq->requestSeqNum = 1;
	assert_int_equal(per_msg_encode(m, out, sizeof(out), &n, &fault),
			 EINVAL);
	grq->protocolIdentifier.buf = oid;
	grq->protocolIdentifier.size = sizeof(oid);
	grq->rasAddress.present = TransportAddress_PR_ipAddress;
	grq->rasAddress.choice.ipAddress.ip.buf = ip;
	grq->rasAddress.choice.ipAddress.ip.size = sizeof(ip);
	grq->rasAddress.choice.ipAddress.port = 1719;
	assert_int_equal(per_msg_encode(m, out, sizeof(out), &n, &fault), 0);
	per_msg_free(m);

	assert_int_equal(per_decode(&m, per, type_of("RasMessage"), out, n,
				    NULL), 0);
	assert_int_equal(per_msg_len(m), n);
	assert_int_equal(per_msg_addrs(m, &a), 1);
	assert_int_equal(a->port, 1719);
	assert_memory_equal(a->ip, ip, 4);
	assert_memory_equal(out + a->ip_off, ip, 4);
	per_msg_free(m);
}


static void oid(void **state)
{
	static const uint8_t h225[] = {0, 8, 0x91, 0x4a, 0, 7};
	static const uint8_t joint[] = {0x88, 0x37, 3};
	static const uint8_t open[] = {0x2a, 0x83};
	char text[64];

	(void)state;
	assert_int_equal(per_oid_print(text, sizeof(text), h225,
				       sizeof(h225)), 14);
	assert_string_equal(text, "0.0.8.2250.0.7");
	(void)per_oid_print(text, sizeof(text), joint, sizeof(joint));
	assert_string_equal(text, "2.999.3");
	assert_int_equal(per_oid_print(text, sizeof(text), open,
				       sizeof(open)), 0);
	assert_int_equal(per_oid_print(text, 4, h225, sizeof(h225)), 14);
	assert_string_equal(text, "0.0");
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_addition),
		cmocka_unit_test(long_bitmap),
		cmocka_unit_test(semi_constrained),
		cmocka_unit_test(unknown_alternative),
		cmocka_unit_test(longer_addition),
		cmocka_unit_test(numbers),
		cmocka_unit_test(out_of_range),
		cmocka_unit_test(fragments),
		cmocka_unit_test(address_forms),
		cmocka_unit_test(source_route),
		cmocka_unit_test(made),
		cmocka_unit_test(oid),
	};

	return cmocka_run_group_tests(tests, per_group_begin, per_group_end);
}
