/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call_test.c  h323gw/call, the machine: what one side says reaches the
 * other in the form that the other has, in every combination; the end
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>
#include <DisplayName.h>
#include <FacilityReason.h>
#include "tests/unit/call_scene.h"
#include "h323gw/call/cause.h"
#include "h323gw/h225/address.h"
#include "h323gw/h225/text.h"
#include "tests/unit/per_util.h"


static void one_combination(unsigned bits, enum fast fast)
{
	struct scene s = {.a = {.tunnel = bits & 1, .early = bits & 2},
			  .b = {.tunnel = bits & 4, .early = bits & 8},
			  .fast = fast,
			  .slow = bits & 16};

	call_up(&s);
	talk(&s);
	hang_up(&s, bits & 1 ? SIDE_A : SIDE_B);
	scene_end(&s);
}


static void test_combinations(void **state)
{
	(void)state;
	for (int f = 0; f < FASTS; f++) {
		for (unsigned bits = 0; bits < 32; bits++)
			one_combination(bits, (enum fast)f);
	}
}


/* what need not change does not: Setup comes out as it went in but for what is
 * ours */
static void test_untouched(void **state)
{
	struct scene s = plain();
	struct uuie u;
	const struct util_sent *m;
	(void)state;

	call_up(&s);
	u = util_body(&s.w, BODY(information), -1);
	util_say(&s.w, SIDE_A, Q931_INFORMATION, &u);
	m = util_next(&s.w, SIDE_B);
	assert_int_equal(m->q.type, Q931_INFORMATION);
	u = util_body(&s.w, BODY(information), -1);
	{
		uint8_t buf[256];
		size_t len;

		assert_int_equal(per_msg_encode(u.msg, buf, sizeof(buf), &len,
						NULL),
				 0);
		assert_int_equal(m->u.msg ? per_msg_len(m->u.msg) : 0, len);
		assert_memory_equal(per_msg_octets(m->u.msg), buf, len);
	}
	uuie_reset(&u);
	call_hangup(s.w.call, CALL_BY_OPERATOR,
		    ReleaseCompleteReason_PR_undefinedReason, 31, "operator");
	scene_end(&s);
}


static void test_setup_seen(void **state)
{
	struct scene s = plain();
	const struct util_sent *m;
	const Setup_UUIE_t *su;
	struct uuie u;
	struct addr a, want;
	(void)state;

	begin(&s.w);
	u = util_body(&s.w, BODY(setup), true);
	uuie_setup(&u)->endpointIdentifier =
		per_msg_zalloc(u.msg, sizeof(EndpointIdentifier_t));
	*uuie_setup(&u)->endpointIdentifier =
		*uuie_octets(&u, (const uint8_t *)"\0e\0p", 4);
	util_say(&s.w, SIDE_A, Q931_SETUP, &u);
	assert_string_equal(s.w.called, "5551234");
	m  = util_next(&s.w, SIDE_B);
	su = uuie_setup(&m->u);
	assert_non_null(su);
	assert_null(su->endpointIdentifier);
	assert_true(h225_addr_get(&a, su->sourceCallSignalAddress));
	(void)addr_parse(&want, UTIL_OB, 1720);
	assert_true(addr_eq(&a, &want));
	assert_int_equal(s.w.timer[CALL_TIMER_STATE], 8000);
	call_hangup(s.w.call, CALL_BY_OPERATOR,
		    ReleaseCompleteReason_PR_undefinedReason, 31, "operator");
	scene_end(&s);
}


/* addresses hide in names, too */
static void test_names(void **state)
{
	static const struct {
		enum alias_type type;
		const char *text, *seen;
	} v[] = {
		{ALIAS_URL_ID, "h323:anna@" UTIL_A, "h323:anna@" UTIL_OB},
		{ALIAS_EMAIL_ID, "anna@" UTIL_A ":1720", "anna@" UTIL_OB},
		{ALIAS_H323_ID, UTIL_A, UTIL_OB},
		{ALIAS_H323_ID, "anna", "anna"},
		{ALIAS_H323_ID, "anna (" UTIL_A ")", "anna (" UTIL_OB ")"},
		{ALIAS_H323_ID, "at 192.168.7.7", "at " UTIL_OB},
		{ALIAS_H323_ID, "at 198.51.100.7", "at 198.51.100.7"},
		{ALIAS_URL_ID, "anna@" UTIL_A "/x", "anna@" UTIL_OB "/x"},
		{ALIAS_URL_ID, "anna@example.com", "anna@example.com"},
		{ALIAS_TRANSPORT_ID, UTIL_A ":1720", UTIL_OB ":1720"},
	};
	enum { N = sizeof(v) / sizeof(v[0]) };
	struct scene s = plain();
	const Setup_UUIE_t *su;
	struct alias a;
	struct uuie u;
	(void)state;

	begin(&s.w);
	u = util_body(&s.w, BODY(setup), true);
	uuie_setup(&u)->sourceAddress = per_msg_zalloc(
		u.msg, sizeof(*uuie_setup(&u)->sourceAddress));
	for (size_t i = 0; i < N; i++) {
		AliasAddress_t *aa = per_msg_zalloc(u.msg, sizeof(*aa));

		a.type = v[i].type;
		str_ncpy(a.text, v[i].text, sizeof(a.text));
		assert_int_equal(alias_set(aa, u.msg, &a), 0);
		(void)per_msg_append(
			u.msg, &uuie_setup(&u)->sourceAddress->list, aa);
	}
	util_say(&s.w, SIDE_A, Q931_SETUP, &u);
	su = uuie_setup(&util_next(&s.w, SIDE_B)->u);
	assert_int_equal(su->sourceAddress->list.count, N);
	for (size_t i = 0; i < N; i++) {
		assert_true(alias_get(&a, su->sourceAddress->list.array[i]));
		assert_string_equal(a.text, v[i].seen);
	}
	call_hangup(s.w.call, CALL_BY_OPERATOR, 1, 31, "operator");
	scene_end(&s);
}


/* ... in what people read, and in what is H.450's */
static void test_words(void **state)
{
	static const uint8_t display[] = "\xb1" "anna, " UTIL_A;
	/* an APDU with transport addresses: A's, another port, another's */
	static const uint8_t apdu[] = {0x05, 0x01, 10, 9, 0, 3, 0x06, 0xb8,
				       10, 9, 0, 3, 0x07, 0xb8,
				       192, 0, 2, 3, 0x06, 0xb8, 0x80};
	static const uint8_t seen[] = {0x05, 0x01, 203, 0, 113, 20, 0x06, 0xb8,
				       203, 0, 113, 20, 0x07, 0xb8,
				       192, 0, 2, 3, 0x06, 0xb8, 0x80};
	const OCTET_STRING_t *os;
	const struct q931_ie *ie;
	const struct util_sent *m;
	struct scene s = plain();
	DisplayName_t *name;
	char text[64];
	struct uuie u;
	(void)state;

	begin(&s.w);
	u = util_body(&s.w, BODY(setup), true);
	name = per_msg_zalloc(u.msg, sizeof(*name));
	assert_int_equal(h225_bmp_set(&name->name, u.msg, "at " UTIL_A), 0);
	uuie_setup(&u)->displayName = per_msg_zalloc(
		u.msg, sizeof(*uuie_setup(&u)->displayName));
	(void)per_msg_append(u.msg, &uuie_setup(&u)->displayName->list, name);
	u.pdu->h4501SupplementaryService = per_msg_zalloc(
		u.msg, sizeof(*u.pdu->h4501SupplementaryService));
	(void)per_msg_append(u.msg, &u.pdu->h4501SupplementaryService->list,
			     uuie_octets(&u, apdu, sizeof(apdu)));
	util_say_with(&s.w, SIDE_A, Q931_SETUP, &u, Q931_IE_DISPLAY, display,
		      sizeof(display) - 1);

	m = util_next(&s.w, SIDE_B);
	ie = q931_find(&m->q, Q931_IE_DISPLAY);
	assert_non_null(ie);
	assert_int_equal(ie->len, strlen("\xb1" "anna, " UTIL_OB));
	assert_memory_equal(ie->p, "\xb1" "anna, " UTIL_OB, ie->len);
	name = uuie_list(*m->u.displayName).array[0];
	assert_true(h225_bmp_get(text, sizeof(text), &name->name));
	assert_string_equal(text, "at " UTIL_OB);
	os = uuie_list(m->u.pdu->h4501SupplementaryService).array[0];
	assert_int_equal(os->size, sizeof(seen));
	assert_memory_equal(os->buf, seen, sizeof(seen));
	call_hangup(s.w.call, CALL_BY_OPERATOR, 1, 31, "operator");
	scene_end(&s);
}


/* what is not proved does not go on; what goes on is sealed where it can be */
static void test_proof(void **state)
{
	struct scene s = plain();
	struct uuie u;
	unsigned odd;
	(void)state;

	begin(&s.w);
	s.w.signs = true;
	u = util_body(&s.w, BODY(setup), true);
	util_say(&s.w, SIDE_A, Q931_SETUP, &u);
	(void)util_next(&s.w, SIDE_B);
	assert_int_equal(s.w.sealed, 1);
	s.w.unproved = true;
	odd = s.w.odd;
	u = util_body(&s.w, BODY(alerting), true);
	util_say(&s.w, SIDE_B, Q931_ALERTING, &u);
	assert_int_equal(s.w.odd, odd + 1);
	assert_true(util_silent(&s.w, SIDE_A));
	assert_true(util_silent(&s.w, SIDE_B));
	/* an empty body has no place for a proof */
	u = util_body(&s.w, BODY(empty), true);
	util_control(&u, UTIL_MSD);
	util_say(&s.w, SIDE_B, Q931_FACILITY, &u);
	(void)util_next(&s.w, SIDE_A);
	assert_int_equal(s.w.sealed, 1);
	s.w.unproved = false;
	u = util_body(&s.w, BODY(alerting), true);
	util_say(&s.w, SIDE_B, Q931_ALERTING, &u);
	(void)util_next(&s.w, SIDE_A);
	assert_int_equal(s.w.sealed, 2);
	call_hangup(s.w.call, CALL_BY_OPERATOR, 1, 31, "operator");
	assert_int_equal(s.w.sealed, 4);
	scene_end(&s);
}


/* both sides hear of it, with reason and cause, and of the end of H.245 */
static void test_hangup(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 8; bits++) {
		struct scene s = {.a = {.tunnel = bits & 1},
				  .b = {.tunnel = bits & 4}};

		call_up(&s);
		talk(&s);
		call_hangup(s.w.call, CALL_BY_SERVER,
			    ReleaseCompleteReason_PR_adaptiveBusy,
			    CAUSE_TEMPORARY_FAILURE, "media-timeout");
		hear(&s.w, &s.a);
		hear(&s.w, &s.b);
		assert_int_equal(s.a.last, Q931_RELEASE_COMPLETE);
		assert_int_equal(s.b.last, Q931_RELEASE_COMPLETE);
		assert_int_equal(s.a.reason,
				 ReleaseCompleteReason_PR_adaptiveBusy);
		assert_int_equal(s.b.cause, CAUSE_TEMPORARY_FAILURE);
		has_got(&s.a, UTIL_END);
		has_got(&s.b, UTIL_END);
		assert_string_equal(call_info(s.w.call)->why, "media-timeout");
		/* it ends once */
		call_hangup(s.w.call, CALL_BY_SERVER, 1, 1, "again");
		scene_end(&s);
	}
}


static void test_connection_lost(void **state)
{
	struct scene s = plain();
	(void)state;

	call_up(&s);
	call_signal_lost(s.w.call, SIDE_B, ECONNRESET);
	hear(&s.w, &s.a);
	assert_int_equal(s.a.last, Q931_RELEASE_COMPLETE);
	assert_int_equal(call_info(s.w.call)->by, CALL_BY_CALLEE);
	scene_end(&s);
}


static void test_no_route(void **state)
{
	struct scene s = plain();
	struct uuie u;
	(void)state;

	begin(&s.w);
	s.a.side	 = SIDE_A;
	s.w.route.reason = ReleaseCompleteReason_PR_calledPartyNotRegistered;
	u		 = util_body(&s.w, BODY(setup), true);
	util_say(&s.w, SIDE_A, Q931_SETUP, &u);
	hear(&s.w, &s.a);
	assert_int_equal(s.a.reason,
			 ReleaseCompleteReason_PR_calledPartyNotRegistered);
	assert_int_equal(s.a.cause, 20);
	assert_int_equal(s.w.dials, 0);
	assert_true(util_silent(&s.w, SIDE_B));
	scene_end(&s);
}


static void test_unreachable(void **state)
{
	struct scene s = plain();
	struct uuie u;
	(void)state;

	begin(&s.w);
	s.a.side     = SIDE_A;
	s.w.dial_err = ECONNREFUSED;
	u	     = util_body(&s.w, BODY(setup), true);
	util_say(&s.w, SIDE_A, Q931_SETUP, &u);
	hear(&s.w, &s.a);
	assert_int_equal(s.a.reason,
			 ReleaseCompleteReason_PR_unreachableDestination);
	assert_int_equal(s.a.cause, CAUSE_NO_ROUTE);
	scene_end(&s);
}


/* the caller gives up while we look for the called; while we connect; while
 * the relay is asked */
static void test_early_release(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 3; at++) {
		static uint8_t buf[CALL_MESSAGE_MAX];
		struct scene s = plain();
		struct q931 q  = {.callref_len = 2, .callref = 77,
				  .type = Q931_SETUP};
		struct uuie u;
		size_t len;

		begin(&s.w);
		s.w.media_slow = true;
		u	       = util_body(&s.w, BODY(setup), true);
		util_fast(&s.w, &u);
		buf[0] = 5;
		assert_int_equal(per_msg_encode(u.msg, buf + 1,
						sizeof(buf) - 1, &len, NULL),
				 0);
		uuie_reset(&u);
		(void)q931_ie_set(&q, Q931_IE_USER_USER, buf, len + 1);
		{
			static uint8_t out[CALL_MESSAGE_MAX];

			assert_int_equal(q931_encode(&q, out, sizeof(out),
						     &len),
					 0);
			call_q931(s.w.call, SIDE_A, out, len);
		}
		if (at > 0)
			call_routed(s.w.call, &s.w.route);
		if (at > 1) {
			s.w.media_waits = false;
			call_media_ready(s.w.call, 0);
		}
		u = util_body(&s.w, BODY(releaseComplete), -1);
		util_say(&s.w, SIDE_A, Q931_RELEASE_COMPLETE, &u);
		assert_true(util_silent(&s.w, SIDE_B));
		scene_end(&s);
	}
}


static void test_timers(void **state)
{
	static const struct {
		uint8_t type;
		H323_UU_PDU__h323_message_body_PR body;
		uint32_t ms;
		int cause;
	} v[] = {
		{0, 0, 8000, CAUSE_NO_USER_RESPONDING},
		{Q931_CALL_PROCEEDING, BODY(callProceeding), 30000,
		 CAUSE_NO_USER_RESPONDING},
		{Q931_ALERTING, BODY(alerting), 180000, CAUSE_NO_ANSWER},
	};
	(void)state;

	for (size_t i = 0; i < 3; i++) {
		struct scene s = plain();

		calling(&s);
		if (v[i].type)
			say_answer(&s, v[i].type, v[i].body, false);
		assert_int_equal(s.w.timer[CALL_TIMER_STATE], v[i].ms);
		call_timeout(s.w.call, CALL_TIMER_STATE);
		hear(&s.w, &s.a);
		hear(&s.w, &s.b);
		assert_int_equal(s.a.cause, v[i].cause);
		assert_int_equal(s.b.cause, v[i].cause);
		scene_end(&s);
	}
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_combinations),
		cmocka_unit_test(test_untouched),
		cmocka_unit_test(test_setup_seen),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_proof),
		cmocka_unit_test(test_hangup),
		cmocka_unit_test(test_connection_lost),
		cmocka_unit_test(test_no_route),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_early_release),
		cmocka_unit_test(test_timers),
	};

	return cmocka_run_group_tests_name("call", tests, scene_group_begin,
					   scene_group_end);
}
