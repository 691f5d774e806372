/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call_odd_test.c  h323gw/call, the machine: what is unusual, or wrong
 *
 * Parties that leave messages out, change their mind about tunnelling, forward
 * calls, lose connections, or say what can't be read.
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


/* we say CallProceeding ourselves; the called side's comes as a Facility */
static void test_own_proceeding(void **state)
{
	struct scene s = {.a = {.tunnel = false}, .b = {.tunnel = false}};
	const struct util_sent *m;
	struct uuie u;
	(void)state;

	calling(&s);
	call_timeout(s.w.call, CALL_TIMER_PROCEEDING);
	m = util_next(&s.w, SIDE_A);
	assert_int_equal(m->q.type, Q931_CALL_PROCEEDING);
	assert_non_null(m->u.pdu->provisionalRespToH245Tunnelling);
	u = util_body(&s.w, BODY(callProceeding), false);
	util_h245_address(&u, UTIL_B, 5000);
	util_say(&s.w, SIDE_B, Q931_CALL_PROCEEDING, &u);
	m = util_next(&s.w, SIDE_A);
	assert_int_equal(m->q.type, Q931_FACILITY);
	assert_int_equal(uuie_facility(&m->u)->reason.present,
			 FacilityReason_PR_forwardedElements);
	assert_true(uuie_h245Address(&m->u) != NULL);
	u = util_body(&s.w, BODY(releaseComplete), -1);
	util_say(&s.w, SIDE_B, Q931_RELEASE_COMPLETE, &u);
	scene_end(&s);
}


static void test_connect_alone(void **state)
{
	struct scene s = plain();
	(void)state;

	calling(&s);
	say_answer(&s, Q931_CONNECT, BODY(connect), false);
	talk(&s);
	hang_up(&s, SIDE_A);
	scene_end(&s);
}


/* the address for H.245 comes in a Facility alone */
static void test_facility_address(void **state)
{
	(void)state;
	for (unsigned a_tunnel = 0; a_tunnel < 2; a_tunnel++) {
		struct scene s = {.a = {.tunnel = a_tunnel}};
		struct uuie u;

		calling(&s);
		say_answer(&s, Q931_CONNECT, BODY(connect), false);
		assert_false(s.w.side[SIDE_B].up);
		u = util_body(&s.w, BODY(facility), false);
		uuie_facility(&u)->reason.present =
			FacilityReason_PR_startH245;
		util_h245_address(&u, UTIL_B, 5000);
		util_say(&s.w, SIDE_B, Q931_FACILITY, &u);
		hear(&s.w, &s.a);
		assert_int_equal(s.a.last, a_tunnel ? Q931_CONNECT
						    : Q931_FACILITY);
		talk(&s);
		hang_up(&s, SIDE_B);
		scene_end(&s);
	}
}


/* a caller tunnels, the called side neither does nor gives an address */
static void test_start_h245(void **state)
{
	struct scene s = {.a = {.tunnel = true}};
	(void)state;

	calling(&s);
	say_answer(&s, Q931_CONNECT, BODY(connect), false);
	say_h245(&s.w, &s.a, &s.b, UTIL_TCS);
	assert_int_equal(s.b.last, Q931_FACILITY);
	assert_true(s.b.addressed);
	has_got(&s.b, UTIL_TCS);
	talk(&s);
	hang_up(&s, SIDE_A);
	scene_end(&s);
}


/* tunnelling ends in the middle: FALSE in an answer; Facility startH245 */
static void test_tunnel_stops(void **state)
{
	(void)state;
	for (unsigned by = 0; by < 2; by++) {
		struct scene s = plain();
		struct uuie u;

		call_up(&s);
		talk(&s);
		u	   = util_body(&s.w, BODY(facility), false);
		s.b.tunnel = false;
		if (by) {
			uuie_facility(&u)->reason.present =
				FacilityReason_PR_startH245;
			util_h245_address(&u, UTIL_B, 5001);
		}
		util_say(&s.w, SIDE_B, Q931_FACILITY, &u);
		say_h245(&s.w, &s.a, &s.b, UTIL_MSD);
		assert_true(s.w.side[SIDE_B].up);
		has_got(&s.b, UTIL_MSD);
		hang_up(&s, SIDE_A);
		scene_end(&s);
	}
}


/* H.245 in Setup, for one who does not tunnel, comes on its connection */
static void test_setup_control(void **state)
{
	struct scene s = {.a = {.tunnel = true}};
	struct uuie u;
	(void)state;

	begin(&s.w);
	s.a.side = SIDE_A;
	s.b.side = SIDE_B;
	u	 = util_body(&s.w, BODY(setup), true);
	util_control(&u, UTIL_TCS);
	util_control(&u, UTIL_MSD);
	util_say(&s.w, SIDE_A, Q931_SETUP, &u);
	hear(&s.w, &s.b);
	free(s.b.got);
	s.b.got = NULL;
	say_answer(&s, Q931_CONNECT, BODY(connect), true);
	assert_string_equal(s.b.got, UTIL_TCS " " UTIL_MSD " ");
	hang_up(&s, SIDE_A);
	scene_end(&s);
}


/* behind a NAT nobody can connect to it: it is told an address of ours */
static void test_nat(void **state)
{
	struct scene s = {.a = {.tunnel = true}};
	(void)state;

	begin(&s.w);
	s.a.side	 = SIDE_A;
	s.b.side	 = SIDE_B;
	s.w.route.to.nat = true;
	(void)addr_parse(&s.w.route.to.seen, "203.0.113.77", 999);
	say_setup(&s);
	say_answer(&s, Q931_CONNECT, BODY(connect), true);
	assert_int_equal(s.b.last, Q931_FACILITY);
	assert_true(s.b.addressed && s.w.side[SIDE_B].up);
	assert_false(addr_is_set(&s.w.side[SIDE_B].connect_to));
	talk(&s);
	hang_up(&s, SIDE_B);
	scene_end(&s);
}


/* what is refused by the relay is answered, and does not go on */
static void test_media_refused(void **state)
{
	struct scene s = plain();
	struct uuie u;
	size_t n;
	(void)state;

	call_up(&s);
	s.w.media_err = ENOBUFS;
	n	      = s.w.side[SIDE_B].n;
	say_h245(&s.w, &s.a, &s.b, UTIL_OLC);
	assert_int_equal(s.w.side[SIDE_B].n, n);
	has_got(&s.a, "20a0");
	hang_up(&s, SIDE_B);
	scene_end(&s);

	s = plain();
	begin(&s.w);
	s.a.side = SIDE_A;
	s.b.side = SIDE_B;
	s.w.media_err = EACCES;
	u	      = util_body(&s.w, BODY(setup), true);
	util_fast(&s.w, &u);
	util_say(&s.w, SIDE_A, Q931_SETUP, &u);
	hear(&s.w, &s.b);
	assert_false(s.b.fast);
	call_hangup(s.w.call, CALL_BY_OPERATOR, 1, 31, "operator");
	scene_end(&s);
}


static struct uuie forwarding(struct scene *s, const char *number)
{
	struct uuie u	    = util_body(&s->w, BODY(facility), true);
	Facility_UUIE_t *f  = uuie_facility(&u);
	AliasAddress_t *aa  = per_msg_zalloc(u.msg, sizeof(*aa));
	struct alias to	    = {.type = ALIAS_DIALLED_DIGITS};

	str_ncpy(to.text, number, sizeof(to.text));
	f->reason.present = FacilityReason_PR_callForwarded;
	f->alternativeAliasAddress =
		per_msg_zalloc(u.msg, sizeof(*f->alternativeAliasAddress));
	(void)alias_set(aa, u.msg, &to);
	(void)per_msg_append(u.msg, &f->alternativeAliasAddress->list, aa);

	return u;
}


static void test_forwarded(void **state)
{
	struct scene s = plain();
	const struct util_sent *m;
	struct alias a;
	struct uuie u;
	(void)state;

	begin(&s.w);
	s.a.side = SIDE_A;
	s.b.side = SIDE_B;
	s.fast	 = FAST_ACCEPTED;
	say_setup(&s);
	u = forwarding(&s, "777");
	util_say(&s.w, SIDE_B, Q931_FACILITY, &u);
	assert_string_equal(s.w.called, "777");
	m = util_next(&s.w, SIDE_B);
	assert_int_equal(m->q.type, Q931_RELEASE_COMPLETE);
	m = util_next(&s.w, SIDE_B);
	assert_int_equal(m->q.type, Q931_SETUP);
	assert_true(*m->u.fastStart != NULL);
	assert_true(alias_get(&a, uuie_setup(&m->u)
					  ->destinationAddress->list.array[0]));
	assert_string_equal(a.text, "777");
	assert_int_equal(s.w.parties, 1);
	assert_true(util_silent(&s.w, SIDE_A));
	say_answer(&s, Q931_CONNECT, BODY(connect), false);
	talk(&s);
	hang_up(&s, SIDE_A);
	scene_end(&s);
}


static void test_forwarded_for_ever(void **state)
{
	struct scene s = plain();
	struct uuie u;
	(void)state;

	begin(&s.w);
	s.a.side = SIDE_A;
	u	 = util_body(&s.w, BODY(setup), true);
	util_say(&s.w, SIDE_A, Q931_SETUP, &u);
	for (unsigned i = 0; i < 20 && !s.w.ended; i++) {
		u = forwarding(&s, "777");
		util_say(&s.w, SIDE_B, Q931_FACILITY, &u);
	}
	assert_int_equal(s.w.dials, 1 + CALL_FORWARDS_MAX);
	hear(&s.w, &s.a);
	assert_int_equal(s.a.last, Q931_RELEASE_COMPLETE);
	scene_end(&s);
}


static void test_odd(void **state)
{
	struct scene s = plain();
	const struct util_sent *m;
	struct uuie u;
	(void)state;

	call_up(&s);
	u = util_body(&s.w, BODY(setup), true);
	util_say(&s.w, SIDE_A, Q931_SETUP, &u);
	assert_true(util_silent(&s.w, SIDE_A) && util_silent(&s.w, SIDE_B));

	/* Q.931 §5.8.4 */
	util_say_plain(&s.w, SIDE_A, 0x4f);
	m = util_next(&s.w, SIDE_A);
	assert_int_equal(m->q.type, Q931_STATUS);
	assert_true(util_silent(&s.w, SIDE_B));
	util_say_plain(&s.w, SIDE_A, Q931_ALERTING);
	m = util_next(&s.w, SIDE_A);
	assert_int_equal(m->q.type, Q931_STATUS);
	/* Notify, and the Status that some send back */
	u = util_body(&s.w, BODY(notify), -1);
	util_say(&s.w, SIDE_A, Q931_NOTIFY, &u);
	assert_int_equal(util_next(&s.w, SIDE_B)->q.type, Q931_NOTIFY);
	u = util_body(&s.w, BODY(status), -1);
	util_say(&s.w, SIDE_B, Q931_STATUS, &u);
	assert_int_equal(util_next(&s.w, SIDE_A)->q.type, Q931_STATUS);
	u = util_body(&s.w, BODY(connect), true);
	util_say(&s.w, SIDE_B, Q931_CONNECT, &u);
	assert_int_equal(util_next(&s.w, SIDE_B)->q.type, Q931_STATUS);
	assert_int_equal(s.w.answered, 1);

	/* without anything in it */
	util_say_plain(&s.w, SIDE_B, Q931_RELEASE_COMPLETE);
	hear(&s.w, &s.a);
	assert_int_equal(s.a.last, Q931_RELEASE_COMPLETE);
	assert_int_equal(s.a.cause, CAUSE_UNSPECIFIED);
	/* late */
	u = util_body(&s.w, BODY(facility), true);
	util_say(&s.w, SIDE_A, Q931_FACILITY, &u);
	assert_true(util_silent(&s.w, SIDE_B));
	scene_end(&s);
}


static void test_unreadable_setup(void **state)
{
	struct scene s = plain();
	(void)state;

	begin(&s.w);
	s.a.side = SIDE_A;
	util_say_plain(&s.w, SIDE_A, Q931_SETUP);
	hear(&s.w, &s.a);
	assert_int_equal(s.a.last, Q931_RELEASE_COMPLETE);
	assert_int_equal(s.a.cause, CAUSE_MISSING_IE);
	scene_end(&s);
}


/* H.245 is lost and does not come back; the call ends after a while */
static void test_h245_lost(void **state)
{
	struct scene s = {.a = {.tunnel = true}};
	(void)state;

	call_up(&s);
	talk(&s);
	s.w.side[SIDE_B].up = false;
	call_h245_down(s.w.call, SIDE_B, ECONNRESET);
	assert_int_equal(s.w.ended, 0);
	assert_true(s.w.timer[CALL_TIMER_H245_B] > 0);
	call_timeout(s.w.call, CALL_TIMER_H245_B);
	scene_end(&s);
}


/* all wait for the relay, up to a limit */
static void test_queue(void **state)
{
	struct scene s = {.a = {.tunnel = false, .early = true},
			  .b = {.tunnel = true}};
	uint8_t tcs[1024];
	size_t len;
	unsigned i;
	(void)state;

	call_up(&s);
	talk(&s);
	s.w.media_slow = true;
	len	       = per_util_hex(tcs, sizeof(tcs), UTIL_TCS);
	for (i = 0; i < 100000 && !s.w.ended; i++)
		call_h245(s.w.call, SIDE_A, tcs, len);
	assert_true(i > 100 && i < 100000);
	scene_end(&s);
}


/* ---- a call of the last run ---- */

static void restore(struct scene *s)
{
	static const bool tunnel[SIDES] = {true, true};
	struct call_info info;

	call_up(s);
	info = *call_info(s->w.call);
	mem_deref(s->w.call);
	assert_int_equal(call_restore(&s->w.call, &s->w.env, &info, tunnel,
				      &s->w), 0);
	assert_true(call_tunnelled(s->w.call, SIDE_A));
	assert_false(call_info(s->w.call)->party[SIDE_A].open);
	call_signal_back(s->w.call, SIDE_A, 77, true);
}


static void test_restored(void **state)
{
	struct scene s = plain();
	const struct q931_ie *ie;
	struct util_sent *m;
	struct uuie u;
	(void)state;

	restore(&s);
	/* what the other side would answer */
	u = util_body(&s.w, BODY(statusInquiry), -1);
	util_say(&s.w, SIDE_A, Q931_STATUS_INQUIRY, &u);
	m = util_next(&s.w, SIDE_A);
	assert_int_equal(m->q.type, Q931_STATUS);
	ie = q931_find(&m->q, Q931_IE_CALL_STATE);
	assert_non_null(ie);
	assert_int_equal(ie->p[0], 10);
	u = util_body(&s.w, BODY(notify), -1);
	util_say(&s.w, SIDE_A, Q931_NOTIFY, &u);
	assert_true(util_silent(&s.w, SIDE_A) && util_silent(&s.w, SIDE_B));

	call_signal_back(s.w.call, SIDE_B, 88, false);
	u = util_body(&s.w, BODY(notify), -1);
	util_say(&s.w, SIDE_A, Q931_NOTIFY, &u);
	m = util_next(&s.w, SIDE_B);
	assert_int_equal(m->q.type, Q931_NOTIFY);
	assert_int_equal(m->q.callref, 88);
	call_signal_away(s.w.call, SIDE_B);
	util_say_plain(&s.w, SIDE_A, Q931_RELEASE_COMPLETE);
	assert_int_equal(call_info(s.w.call)->by, CALL_BY_CALLER);
	scene_end(&s);
}


/* it has forgotten the call (Q.931 §5.8.11) */
static void test_restored_forgotten(void **state)
{
	static const uint8_t null_state = 0;
	struct scene s = plain();
	struct uuie u;
	(void)state;

	restore(&s);
	u = util_body(&s.w, BODY(status), -1);
	util_say_with(&s.w, SIDE_A, Q931_STATUS, &u, Q931_IE_CALL_STATE,
		      &null_state, 1);
	assert_string_equal(call_info(s.w.call)->why, "Status");
	assert_int_equal(util_next(&s.w, SIDE_A)->q.type,
			 Q931_RELEASE_COMPLETE);
	scene_end(&s);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_proceeding),
		cmocka_unit_test(test_connect_alone),
		cmocka_unit_test(test_facility_address),
		cmocka_unit_test(test_start_h245),
		cmocka_unit_test(test_tunnel_stops),
		cmocka_unit_test(test_setup_control),
		cmocka_unit_test(test_nat),
		cmocka_unit_test(test_media_refused),
		cmocka_unit_test(test_forwarded),
		cmocka_unit_test(test_forwarded_for_ever),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_unreadable_setup),
		cmocka_unit_test(test_h245_lost),
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_restored),
		cmocka_unit_test(test_restored_forgotten),
	};

	return cmocka_run_group_tests_name("call: odd", tests,
					   scene_group_begin, scene_group_end);
}
