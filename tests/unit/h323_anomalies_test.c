/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw: messages with anomalies, of the classes the PROTOS test suite for
 * H.225.0 has: lengths that lie, tags that aren't, elements that are missing or
 * repeated or out of order, strings far too long, octets that are all wrong.
 * Each goes the whole way: TPKT, Q.931, PER, rewriting in place. It ends in a
 * message or in a clear error, and what is taken encodes again.
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
#include "tests/unit/per_util.h"


enum {
	ROOM  = 70000,
	BASES = 12, /* messages of each kind to begin with */
	LONG  = 60000,
};

static struct per *per;

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


/* ---- classes ---- */

typedef void(case_h)(const uint8_t *p, size_t len);


static void wrong_octets(const uint8_t *p, size_t len, case_h *h)
{
	static const uint8_t values[] = {0x00, 0x7f, 0x80, 0xff};
	uint8_t *b = malloc(len);

	assert_non_null(b);
	for (size_t i = 0; i < len; i++) {
		memcpy(b, p, len);
		for (size_t k = 0; k < sizeof(values); k++) {
			b[i] = values[k];
			h(b, len);
		}
		b[i] = (uint8_t)(p[i] + 1);
		h(b, len);
	}
	free(b);
}


static void cut_short(const uint8_t *p, size_t len, case_h *h)
{
	for (size_t n = 0; n < len; n++) {
		uint8_t *b = malloc(n ? n : 1);

		/* of just its size, so that reading on is noticed */
		assert_non_null(b);
		memcpy(b, p, n);
		h(b, n);
		free(b);
	}
}


static void repeated_octets(const uint8_t *p, size_t len, case_h *h)
{
	uint8_t *b = malloc(2 * len + 4);

	assert_non_null(b);
	for (size_t i = 0; i + 1 < len; i += 3) {
		const size_t n = 2 + i % 7;
		const size_t m = n < len - i ? n : len - i;

		/* a piece twice */
		memcpy(b, p, i + m);
		memcpy(b + i + m, p + i, len - i);
		h(b, len + m);
		/* and missing */
		memcpy(b, p, i);
		memcpy(b + i, p + i + m, len - i - m);
		h(b, len - m);
	}
	free(b);
}


/* ---- elements ---- */

static size_t framed(uint8_t *to, const struct q931 *q)
{
	size_t n = 0;

	assert_int_equal(q931_encode(q, to + TPKT_HEADER, ROOM - TPKT_HEADER,
				     &n), 0);
	assert_int_equal(tpkt_header(to, n), 0);
	return n + TPKT_HEADER;
}


static void element_cases(const struct q931 *base)
{
	static uint8_t buf[ROOM], many[LONG];
	struct q931 q;
	size_t i, k;

	memset(many, 'A', sizeof(many));
	for (i = 0; i < base->iec; i++) {
		/* missing */
		q = *base;
		memmove(&q.iev[i], &q.iev[i + 1],
			(q.iec - i - 1) * sizeof(q.iev[0]));
		--q.iec;
		signalling_case(buf, framed(buf, &q));
		/* repeated */
		q = *base;
		q.iev[q.iec++] = base->iev[i];
		signalling_case(buf, framed(buf, &q));
		/* out of order */
		for (k = 0; k < base->iec; k++) {
			q	 = *base;
			q.iev[i] = base->iev[k];
			q.iev[k] = base->iev[i];
			signalling_case(buf, framed(buf, &q));
		}
		/* too long, empty, and all tags */
		for (k = 0; k < 256; k += 5) {
			q = *base;
			if (q.iev[i].single)
				break;
			q.iev[i].p   = many;
			q.iev[i].len = k;
			signalling_case(buf, framed(buf, &q));
		}
		for (k = 0; k < 128; k++) {
			q = *base;
			if (q.iev[i].single || q.iev[i].len > 255)
				break;
			q.iev[i].id = (uint8_t)k;
			signalling_case(buf, framed(buf, &q));
		}
	}
	q = *base;
	for (k = 1; k < LONG; k = k * 3 + 1) {
		assert_int_equal(q931_ie_set(&q, Q931_IE_USER_USER, many, k),
				 0);
		signalling_case(buf, framed(buf, &q));
	}
}


/* ---- what they are made of ---- */

static void of_signalling(const struct per_type *type, const uint8_t *p,
			  size_t len, void *arg)
{
	static uint8_t buf[ROOM], uu[ROOM];
	unsigned *n = arg;
	struct q931 q = {.callref_len = 2, .callref = 7, .type = Q931_SETUP};
	size_t all;

	if (strcmp(per_type_name(type), "H323-UserInformation") ||
	    (*n)++ >= BASES)
		return;
	uu[0] = 5;
	memcpy(uu + 1, p, len);
	assert_int_equal(q931_ie_set(&q, Q931_IE_BEARER_CAPABILITY,
				     (const uint8_t *)"\x88\x93\xa5", 3), 0);
	assert_int_equal(q931_ie_set(&q, Q931_IE_DISPLAY,
				     (const uint8_t *)"alice", 6), 0);
	assert_int_equal(q931_ie_set(&q, Q931_IE_CALLED_NUMBER,
				     (const uint8_t *)"\xa1" "456", 4), 0);
	assert_int_equal(q931_ie_set(&q, Q931_IE_USER_USER, uu, len + 1), 0);
	all = framed(buf, &q);
	signalling_case(buf, all);
	wrong_octets(buf, all, signalling_case);
	cut_short(buf, all, signalling_case);
	repeated_octets(buf, all, signalling_case);
	element_cases(&q);
}


static void of_ras(const struct per_type *type, const uint8_t *p, size_t len,
		   void *arg)
{
	unsigned *n = arg;

	if (strcmp(per_type_name(type), "RasMessage") || (*n)++ >= BASES)
		return;
	wrong_octets(p, len, ras_case);
	cut_short(p, len, ras_case);
	repeated_octets(p, len, ras_case);
}


static void call_signalling(void **state)
{
	unsigned n = 0;
	(void)state;

	memset(&count, 0, sizeof(count));
	(void)per_util_each(per, "h323.txt", of_signalling, &n);
	assert_in_range(count.cases, 15000, 1000000);
	assert_in_range(count.taken, 3000, count.cases);
	assert_in_range(count.refused, 3000, count.cases);
}


static void ras(void **state)
{
	unsigned n = 0;
	(void)state;

	memset(&count, 0, sizeof(count));
	(void)per_util_each(per, "h323.txt", of_ras, &n);
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


static int setup(void **state)
{
	(void)state;
	return per_alloc(&per, NULL);
}


static int teardown(void **state)
{
	(void)state;
	per_free(per);
	return 0;
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(call_signalling),
		cmocka_unit_test(ras),
		cmocka_unit_test(known_flaws),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
