/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw: messages with anomalies (h323_anomalies.c), of the classes the PROTOS
 * test suite for H.225.0 has. Each goes the whole way: TPKT, Q.931, PER,
 * rewriting in place. It ends in a message or in a clear error, and what is
 * taken encodes again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "h323gw/q931/q931.h"
#include "h323gw/tpkt/tpkt.h"
#include "tests/unit/h323_anomalies.h"
#include "tests/unit/per_util.h"
#include "tests/unit/per_group.h"


enum { ROOM = 70000 };

/** What became of the cases */
static struct {
	unsigned cases, taken, refused;
} count;


static bool other_address(const struct per_addr *a, struct per_ipport *to,
			  void *arg)
{
	(void)a;
	(void)arg;

	to->ip[0] ^= 1;
	to->port ^= 1;
	return true;
}


/* one encoding of a type: decoded, encoded, rewritten */
static int through_per(const struct per_type *type, const uint8_t *p,
		       size_t len)
{
	static uint8_t out[ROOM];
	struct per_fault fault = {0};
	struct per_msg *m = NULL;
	size_t n = 0;
	int err = per_decode(&m, per, type, p, len, &fault);
	int re	= per_rewrite(per, type, p, len, other_address, NULL, out,
			      sizeof(out), &n, NULL);

	if (err) {
		assert_non_null(fault.what);
		assert_true(err == EBADMSG || err == EOVERFLOW);
		/* rewriting copies characters without looking at them */
		if (!re)
			assert_string_equal(fault.what, "a character is not "
							"of its alphabet");
		return err;
	}
	assert_int_equal(re, 0);
	assert_int_equal(n, len); /* the same size, the rest behind it */
	assert_int_equal(per_msg_encode(m, out, sizeof(out), &n, NULL), 0);
	per_msg_free(m);

	return 0;
}


static int on_message(const uint8_t *p, size_t len, void *arg)
{
	const char *why = NULL;
	const uint8_t *uu;
	struct q931 q;
	size_t n;
	int err;

	*(int *)arg = 0;
	if (!len)
		return 0;
	err = q931_decode(&q, p, len, &why);
	if (err) {
		assert_non_null(why);
		*(int *)arg = err;
		return 0;
	}
	uu = q931_user_user(&q, &n);
	if (uu)
		*(int *)arg = through_per(
			per_type_find(per, "H323-UserInformation"), uu, n);

	return 0;
}


static void signalling_case(const uint8_t *p, size_t len)
{
	int verdict = EAGAIN;
	struct tpkt *t;
	int err;

	assert_int_equal(tpkt_alloc(&t, 0), 0);
	err = tpkt_feed(t, p, len, on_message, &verdict);
	tpkt_free(t);
	++count.cases;
	if (err || verdict)
		++count.refused;
	else
		++count.taken;
}


static void ras_case(const uint8_t *p, size_t len)
{
	++count.cases;
	if (through_per(per_type_find(per, "RasMessage"), p, len))
		++count.refused;
	else
		++count.taken;
}


static void call_signalling(void **state)
{
	(void)state;

	memset(&count, 0, sizeof(count));
	anomalies_of_signalling(per, signalling_case);
	assert_in_range(count.cases, 15000, 1000000);
	assert_in_range(count.taken, 3000, count.cases);
	assert_in_range(count.refused, 3000, count.cases);
}


static void ras(void **state)
{
	(void)state;

	memset(&count, 0, sizeof(count));
	anomalies_of_ras(per, ras_case);
	assert_in_range(count.cases, 4000, 1000000);
	assert_in_range(count.taken, 500, count.cases);
	assert_in_range(count.refused, 500, count.cases);
}


/* what has brought others down: a bitmap of additions longer than 32 bits
 * (CVE-2024-26851), a User-user of no octets (CVE-2026-23455), an element that
 * walks past the end */
static void known_flaws(void **state)
{
	static const uint8_t empty[] =
		"\x03\x00\x00\x0c\x08\x02\x00\x01\x05\x7e\x00\x00";
	static const uint8_t past[] =
		"\x03\x00\x00\x0d\x08\x02\x00\x01\x05\x7e\x40\x00\x05";
	uint8_t bitmap[80];
	(void)state;

	memset(&count, 0, sizeof(count));
	signalling_case(empty, sizeof(empty) - 1);
	assert_int_equal(count.taken, 1);
	signalling_case(past, sizeof(past) - 1);
	assert_int_equal(count.refused, 1);
	for (unsigned bits = 1; bits < 256; bits++) {
		/* gatekeeperRequest, extended, so many additions said */
		memset(bitmap, 0xff, sizeof(bitmap));
		memcpy(bitmap, "\x06\x80\x00\x00", 4);
		bitmap[4] = (uint8_t)bits;
		ras_case(bitmap, sizeof(bitmap));
	}
	assert_int_equal(count.cases, 2 + 255);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(call_signalling),
		cmocka_unit_test(ras),
		cmocka_unit_test(known_flaws),
	};

	return cmocka_run_group_tests(tests, per_group_begin, per_group_end);
}
