/* SPDX-License-Identifier: GPL-2.0-or-later */
/* h323gw/q931: elements kept in order, looked into, replaced; what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>
#include "h323gw/q931/q931.h"


/* setup: bearer, display, calling and called number, an unknown element,
 * sending complete, a shift with an element of codeset 6, User-user */
static const uint8_t setup[] =
	"\x08\x02\x81\x23\x05"
	"\x04\x03\x88\x93\xa5"
	"\x28\x06" "alice\0"
	"\x6c\x05\x21\x81" "123"
	"\x70\x04\xa1" "456"
	"\x79\x02\x01\x02"
	"\xa1"
	"\x9e\x7e\x01\xff"
	"\x7e\x00\x04\x05\x20\xb8\x06";


static struct q931 decoded(const uint8_t *p, size_t len)
{
	const char *why = "";
	struct q931 q;

	assert_int_equal(q931_decode(&q, p, len, &why), 0);
	return q;
}


static void all_comes_back(void **state)
{
	struct q931 q = decoded(setup, sizeof(setup) - 1);
	struct q931_number n;
	struct q931_bearer b;
	const uint8_t *uu;
	uint8_t out[128];
	size_t len;
	(void)state;

	assert_int_equal(q.callref, 0x123);
	assert_true(q.from_destination);
	assert_int_equal(q.type, Q931_SETUP);
	assert_string_equal(q931_type_name(q.type), "setup");
	assert_int_equal(q.iec, 9);

	assert_int_equal(q931_bearer_decode(
		&b, q931_find(&q, Q931_IE_BEARER_CAPABILITY)), 0);
	assert_int_equal(b.capability, 8);
	assert_int_equal(b.rate, 0x13);
	assert_int_equal(b.layer1, 5);
	assert_int_equal(q931_number_decode(
		&n, q931_find(&q, Q931_IE_CALLING_NUMBER)), 0);
	assert_string_equal(n.digits, "123");
	assert_int_equal(n.type, 2);
	assert_true(n.has_presentation);
	assert_int_equal(n.screening, 1);
	assert_int_equal(q931_number_decode(
		&n, q931_find(&q, Q931_IE_CALLED_NUMBER)), 0);
	assert_string_equal(n.digits, "456");
	assert_false(n.has_presentation);

	/* the one of codeset 6 is not User-user */
	uu = q931_user_user(&q, &len);
	assert_int_equal(len, 3);
	assert_memory_equal(uu, "\x20\xb8\x06", 3);

	assert_int_equal(q931_encode(&q, out, sizeof(out), &len), 0);
	assert_int_equal(len, sizeof(setup) - 1);
	assert_memory_equal(out, setup, len);
	for (size_t i = 0; i < sizeof(setup) - 1; i++)
		assert_int_equal(q931_encode(&q, out, i, &len), ENOSPC);
}


static void one_element_is_replaced(void **state)
{
	struct q931 q = decoded(setup, sizeof(setup) - 1);
	uint8_t out[128];
	size_t len, n = q.iec;
	(void)state;

	assert_int_equal(q931_ie_set(&q, Q931_IE_DISPLAY,
				     (const uint8_t *)"bob", 3), 0);
	assert_int_equal(q931_ie_set(&q, Q931_IE_CAUSE,
				     (const uint8_t *)"\x80\x90", 2), 0);
	assert_int_equal(q.iec, n + 1);
	q931_ie_remove(&q, Q931_IE_CALLED_NUMBER);
	assert_int_equal(q931_encode(&q, out, sizeof(out), &len), 0);
	q = decoded(out, len);
	assert_int_equal(q.iec, n);
	assert_memory_equal(q931_find(&q, Q931_IE_DISPLAY)->p, "bob", 3);
	assert_null(q931_find(&q, Q931_IE_CALLED_NUMBER));
	/* in its place, by its number */
	assert_int_equal(q.iev[0].id, Q931_IE_BEARER_CAPABILITY);
	assert_int_equal(q.iev[1].id, Q931_IE_CAUSE);
	assert_int_equal(q.iev[2].id, Q931_IE_DISPLAY);
}


/* an element is never put between a shift and what it is for, and one that is
 * taken out takes its shift along */
static void shifts_keep_their_elements(void **state)
{
	static const uint8_t msg[] = "\x08\x00\x05\x9e\x7e\x01\xff"
				     "\x98\x28\x01" "a"
				     "\x2c\x01" "5";
	struct q931 q = decoded(msg, sizeof(msg) - 1);
	uint8_t out[64];
	size_t len;
	(void)state;

	assert_int_equal(q931_ie_set(&q, Q931_IE_CAUSE,
				     (const uint8_t *)"\x80\x90", 2), 0);
	q931_ie_remove(&q, Q931_IE_DISPLAY);
	assert_int_equal(q931_encode(&q, out, sizeof(out), &len), 0);
	q = decoded(out, len);
	assert_int_equal(q.iec, 4);
	assert_int_equal(q.iev[0].id, Q931_IE_CAUSE);
	assert_int_equal(q.iev[2].codeset, 6);
	assert_int_equal(q.iev[3].id, Q931_IE_KEYPAD);
	assert_int_equal(q.iev[3].codeset, 0);
}


/* a shift that says the same as the one before it goes too, or what comes next
 * would be read as of codeset 0 */
static void shift_twice(void **state)
{
	static const uint8_t msg[] = "\x08\x00\x05\x93\x7e\x01\xff"
				     "\x98\x98\x28\x00\x7e\x00";
	struct q931 q = decoded(msg, sizeof(msg) - 1);
	uint8_t out[64];
	size_t len;
	(void)state;

	q931_ie_remove(&q, Q931_IE_DISPLAY);
	assert_int_equal(q931_encode(&q, out, sizeof(out), &len), 0);
	q = decoded(out, len);
	assert_int_equal(q.iec, 3);
	assert_int_equal(q.iev[2].id, Q931_IE_USER_USER);
	assert_int_equal(q.iev[2].codeset, 3);
}


static void causes(void **state)
{
	struct q931_cause c;
	struct q931_ie ie = {.id = Q931_IE_CAUSE};
	(void)state;

	ie.p   = (const uint8_t *)"\x80\x90";
	ie.len = 2;
	assert_int_equal(q931_cause_decode(&c, &ie), 0);
	assert_int_equal(c.value, 16);
	ie.p   = (const uint8_t *)"\x02\x80\x91";
	ie.len = 3;
	assert_int_equal(q931_cause_decode(&c, &ie), 0);
	assert_int_equal(c.value, 17);
	assert_int_equal(c.location, 2);
	assert_true(c.has_recommendation);
	assert_int_equal(c.recommendation, 0);
	ie.len = 2;
	assert_int_equal(q931_cause_decode(&c, &ie), EBADMSG);
}


static struct q931_ie element(uint8_t id, const char *p, size_t len)
{
	return (struct q931_ie){.id = id, .p = (const uint8_t *)p, .len = len};
}


static void contents_of_elements(void **state)
{
	struct q931_ie ie = element(Q931_IE_PROGRESS_INDICATOR, "\x84\x83", 2);
	struct q931_progress p;
	struct q931_facility f;
	struct q931_number n;
	uint8_t a, b;
	(void)state;

	assert_int_equal(q931_progress_decode(&p, &ie), 0);
	assert_int_equal(p.coding, 0);
	assert_int_equal(p.location, 4);
	assert_int_equal(p.description, 3);
	ie.len = 1;
	assert_int_equal(q931_progress_decode(&p, &ie), EBADMSG);

	ie = element(Q931_IE_FACILITY, "\x91\xa1\x00", 3);
	assert_int_equal(q931_facility_decode(&f, &ie), 0);
	assert_int_equal(f.profile, 0x11);
	assert_int_equal(f.len, 2);
	assert_ptr_equal(f.p, ie.p + 1);
	ie.len = 0;
	assert_int_equal(q931_facility_decode(&f, &ie), ENODATA);

	ie = element(Q931_IE_NOTIFICATION, "\x82", 1);
	assert_int_equal(q931_single_decode(&a, &ie), 0);
	assert_int_equal(a, 2);
	ie.id = Q931_IE_SIGNAL;
	assert_int_equal(q931_single_decode(&a, &ie), 0);
	assert_int_equal(a, 0x82);
	ie.len = 0;
	assert_int_equal(q931_single_decode(&a, &ie), EBADMSG);
	assert_int_equal(q931_call_state_decode(&a, &b, &ie), EBADMSG);
	ie.len = 1;
	assert_int_equal(q931_call_state_decode(&a, &b, &ie), 0);
	assert_int_equal(a, 2);
	assert_int_equal(b, 2);

	ie = element(Q931_IE_DISPLAY, "b\0ob\0\0", 6);
	assert_int_equal(q931_text_len(&ie), 4);
	ie.len = 0;
	assert_int_equal(q931_text_len(&ie), 0);

	ie = element(Q931_IE_REDIRECTING_NUMBER, "\x01\x21\x8f" "12", 5);
	assert_int_equal(q931_number_decode(&n, &ie), 0);
	assert_int_equal(n.presentation, 1);
	assert_int_equal(n.screening, 1);
	assert_true(n.has_reason);
	assert_int_equal(n.reason, 15);
	assert_string_equal(n.digits, "12");
	ie.len = 2;
	assert_int_equal(q931_number_decode(&n, &ie), EBADMSG);
}


static void meanings(void **state)
{
	(void)state;

	for (unsigned m = Q931_NUMBER_TYPE; m <= Q931_PROFILE; m++) {
		unsigned named = 0;

		for (unsigned v = 0; v <= UINT8_MAX; v++)
			named += *q931_meaning_name((enum q931_meaning)m,
						    (uint8_t)v) != 0;
		assert_true(named > 1 && named < 70);
	}
	assert_string_equal(q931_meaning_name(Q931_CAUSE_VALUE, 16),
			    "normal call clearing");
	assert_string_equal(q931_meaning_name(Q931_SIGNAL_VALUE, 0x4f),
			    "alerting off");
	assert_string_equal(q931_meaning_name(Q931_LOCATION, 6), "");
}


/* each cut off at every octet: never read beyond its end */
static void wrong(void **state)
{
	static const struct {
		const char *p;
		size_t len;
		int err;
	} bad[] = {
		{"", 0, EBADMSG},
		{"\x03\x02\x00\x01\x05", 5, EBADMSG},
		{"\x08\x0f\x00\x01\x05", 5, EBADMSG},
		{"\x08\x02\x00", 3, EBADMSG},
		{"\x08\x02\x00\x01\x05\x04", 6, EBADMSG},
		{"\x08\x02\x00\x01\x05\x04\x05\x88", 8, EBADMSG},
		{"\x08\x02\x00\x01\x05\x7e\x00", 7, EBADMSG},
		{"\x08\x02\x00\x01\x05\x7e\xff\xff\x05", 9, EBADMSG},
	};
	uint8_t many[5 + Q931_IES_MAX + 1] = "\x08\x02\x00\x01\x05";
	const char *why;
	struct q931 q;
	size_t len;
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why = NULL;
		assert_int_equal(q931_decode(&q, (const uint8_t *)bad[i].p,
					     bad[i].len, &why), bad[i].err);
		assert_non_null(why);
	}
	memset(many + 5, 0xa1, Q931_IES_MAX + 1);
	assert_int_equal(q931_decode(&q, many, sizeof(many), &why), EOVERFLOW);
	assert_int_equal(q931_decode(&q, many, sizeof(many) - 1, &why), 0);
	assert_int_equal(q931_ie_set(&q, Q931_IE_CAUSE, many, 2), EOVERFLOW);

	/* a User-user of no octets (CVE-2026-23455 elsewhere), and one of
	 * another kind */
	q = decoded((const uint8_t *)"\x08\x02\x00\x01\x7b\x7e\x00\x00", 8);
	assert_null(q931_user_user(&q, &len));
	q = decoded((const uint8_t *)"\x08\x02\x00\x01\x7b\x7e\x00\x01\x04",
		    9);
	assert_null(q931_user_user(&q, &len));
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_comes_back),
		cmocka_unit_test(one_element_is_replaced),
		cmocka_unit_test(shifts_keep_their_elements),
		cmocka_unit_test(shift_twice),
		cmocka_unit_test(causes),
		cmocka_unit_test(contents_of_elements),
		cmocka_unit_test(meanings),
		cmocka_unit_test(wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
