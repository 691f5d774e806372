/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/call, the machine: what one side says reaches the other in the form
 * that the other has, in every combination; odd behaviour; the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>
#include <DisplayName.h>
#include <FacilityReason.h>
#include "tests/unit/call_util.h"
#include "h323gw/call/cause.h"
#include "h323gw/h225/address.h"
#include "h323gw/h225/text.h"
#include "tests/unit/per_util.h"
#include "tests/unit/per_group.h"

#define BODY(name) H323_UU_PDU__h323_message_body_PR_##name


static void on_fail(const char *what)
{
	fail_msg("%s", what);
}


static void begin(struct util_world *w)
{
	util_begin(w, per);
	w->failh = on_fail;
}


static struct addr address_in(const struct util_sent *m)
{
	const TransportAddress_t *ta = uuie_h245Address(&m->u);
	struct addr a;

	memset(&a, 0, sizeof(a));
	if (ta)
		(void)h225_addr_get(&a, ta);

	return a;
}


/* ---- parties that do as H.323 says ---- */

struct party {
	enum side side;
	bool tunnel, early;
	char *got;	/* H.245 in hexadecimal, each with a blank */
	bool addressed; /* it was given an address for H.245 */
	uint8_t last;	/* type of message */
	bool fast;	/* a fastStart came */
	bool refused;
	int reason, cause;
};


static void got_h245(struct party *p, const uint8_t *d, size_t len)
{
	const size_t had = p->got ? strlen(p->got) : 0;
	char *s;

	p->got = realloc(p->got, had + 2 * len + 2);
	s      = p->got + had;
	for (size_t i = 0; i < len; i++)
		s += sprintf(s, "%02x", d[i]);
	(void)strcpy(s, " ");
}


static void got_address(struct util_world *w, struct party *p,
			const struct util_sent *m)
{
	struct addr a = address_in(m), ours;

	if (!addr_is_set(&a))
		return;
	p->addressed = true;
	(void)addr_parse(&ours, p->side == SIDE_A ? UTIL_OA : UTIL_OB, 20000);
	assert_true(addr_eq(&a, &ours));
	if (p->tunnel || w->side[p->side].up)
		return;
	w->side[p->side].up = true;
	call_h245_up(w->call, p->side);
}


static void got_body(struct util_world *w, struct party *p,
		     const struct util_sent *m)
{
	const struct uuie *u	   = &m->u;
	const struct uuie_list h245 = uuie_list(u->pdu->h245Control);
	const struct q931_ie *ie   = q931_find(&m->q, Q931_IE_CAUSE);
	struct q931_cause cause;

	assert_true(!u->multipleCalls || !uuie_bool(*u->multipleCalls));
	for (int i = 0; i < h245.count; i++) {
		const OCTET_STRING_t *os = h245.array[i];

		assert_true(p->tunnel || p->side == SIDE_B);
		got_h245(p, os->buf, (size_t)os->size);
	}
	p->fast = p->fast || (u->fastStart && *u->fastStart);
	p->refused = p->refused ||
		     (u->fastConnectRefused && *u->fastConnectRefused);
	if (u->body == BODY(releaseComplete)) {
		const ReleaseComplete_UUIE_t *rc =
			&u->pdu->h323_message_body.choice.releaseComplete;

		p->reason = rc->reason ? (int)rc->reason->present : 0;
		assert_non_null(ie);
		assert_int_equal(q931_cause_decode(&cause, ie), 0);
		p->cause = cause.value;
	}
	got_address(w, p, m);
}


/* all that was sent to it */
static void hear(struct util_world *w, struct party *p)
{
	do {
		while (!util_silent(w, p->side)) {
			const struct util_sent *m = util_next(w, p->side);

			if (m->h245) {
				got_h245(p, m->p, m->len);
				continue;
			}
			assert_int_equal(m->q.callref,
					 p->side == SIDE_A ? 77 : 88);
			assert_int_equal(m->q.from_destination,
					 p->side == SIDE_A);
			p->last = m->q.type;
			if (m->u.msg)
				got_body(w, p, m);
		}
		util_pump(w);
	} while (!util_silent(w, p->side));
}


static void say_h245(struct util_world *w, struct party *from,
		     struct party *to, const char *hex)
{
	struct uuie u;

	if (from->tunnel) {
		u = util_body(w, BODY(empty), true);
		util_control(&u, hex);
		util_say(w, from->side, Q931_FACILITY, &u);
	} else {
		assert_true(w->side[from->side].up);
		util_h245(w, from->side, hex);
	}
	hear(w, from);
	hear(w, to);
	hear(w, from);
}


static void has_got(const struct party *p, const char *hex)
{
	assert_non_null(p->got);
	if (!strstr(p->got, hex))
		fail_msg("%c has not got %s", p->side == SIDE_A ? 'A' : 'B',
			 hex);
}


enum fast {
	NO_FAST,
	FAST_ACCEPTED,
	FAST_REFUSED_BY_B,
	FASTS
};

struct scene {
	struct util_world w;
	struct party a, b;
	enum fast fast;
	bool slow;
};


static void say_setup(struct scene *s)
{
	struct uuie u = util_body(&s->w, BODY(setup), s->a.tunnel);

	if (!s->a.tunnel && s->a.early)
		util_h245_address(&u, UTIL_A, 4000);
	if (s->fast)
		util_fast(&s->w, &u);
	util_say(&s->w, SIDE_A, Q931_SETUP, &u);
	hear(&s->w, &s->b);
	assert_int_equal(s->b.last, Q931_SETUP);
	assert_int_equal(s->b.fast, s->fast != NO_FAST);
}


/* Setup has gone to the called side */
static void calling(struct scene *s)
{
	begin(&s->w);
	s->a.side = SIDE_A;
	s->b.side = SIDE_B;
	say_setup(s);
}


static void say_answer(struct scene *s, uint8_t type,
		       H323_UU_PDU__h323_message_body_PR body, bool addressed)
{
	struct uuie u = util_body(&s->w, body, s->b.tunnel);

	if (!s->b.tunnel && addressed && !s->w.side[SIDE_B].up)
		util_h245_address(&u, UTIL_B, 5000);
	if (type == Q931_CONNECT && s->fast == FAST_ACCEPTED)
		util_fast(&s->w, &u);
	if (type == Q931_CONNECT && s->fast == FAST_REFUSED_BY_B)
		*u.fastConnectRefused = per_msg_zalloc(u.msg, sizeof(NULL_t));
	util_say(&s->w, SIDE_B, type, &u);
	hear(&s->w, &s->a);
	assert_int_equal(s->a.last, type);
	hear(&s->w, &s->b);
}


static void call_up(struct scene *s)
{
	begin(&s->w);
	s->w.media_slow = s->slow;
	s->a.side	= SIDE_A;
	s->b.side	= SIDE_B;
	say_setup(s);
	say_answer(s, Q931_CALL_PROCEEDING, BODY(callProceeding), s->b.early);
	say_answer(s, Q931_ALERTING, BODY(alerting), s->b.early);
	say_answer(s, Q931_CONNECT, BODY(connect), true);
	assert_int_equal(s->w.answered, 1);
	assert_int_equal(s->a.fast, s->fast == FAST_ACCEPTED);
	assert_int_equal(s->a.refused, s->fast == FAST_REFUSED_BY_B);
	assert_int_equal(s->w.refused, s->fast == FAST_REFUSED_BY_B);
}


static void scene_end(struct scene *s)
{
	assert_int_equal(s->w.ended, 1);
	free(s->a.got);
	free(s->b.got);
	util_end(&s->w);
}


/* H.245 goes both ways now */
static void talk(struct scene *s)
{
	struct util_world *w = &s->w;

	if (!s->a.tunnel && !w->side[SIDE_A].up)
		fail_msg("A has no H.245");
	if (!s->b.tunnel && !w->side[SIDE_B].up && !s->a.tunnel)
		fail_msg("B has no H.245");
	say_h245(w, &s->a, &s->b, UTIL_TCS);
	has_got(&s->b, UTIL_TCS);
	say_h245(w, &s->b, &s->a, UTIL_TCS);
	has_got(&s->a, UTIL_TCS);
	say_h245(w, &s->b, &s->a, UTIL_MSD);
	has_got(&s->a, UTIL_MSD);
	/* addresses are others, the rest is as it was */
	say_h245(w, &s->a, &s->b, UTIL_OLC);
	has_got(&s->b, "038000660c201380188d000100cb007163138c00800b300080b0");
	say_h245(w, &s->b, &s->a, UTIL_ACK);
	has_got(&s->a, "22c0006406a0135c0000cb007163138d00cb007163138e0101");
}


static void hang_up(struct scene *s, enum side who)
{
	struct uuie u = util_body(&s->w, BODY(releaseComplete), -1);
	struct party *far = who == SIDE_A ? &s->b : &s->a;

	util_say(&s->w, who, Q931_RELEASE_COMPLETE, &u);
	hear(&s->w, far);
	assert_int_equal(far->last, Q931_RELEASE_COMPLETE);
	assert_int_equal(far->cause, CAUSE_UNSPECIFIED);
	has_got(far, UTIL_END);
}


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


/* ---- details ---- */

static struct scene plain(void)
{
	return (struct scene){.a = {.tunnel = true}, .b = {.tunnel = true}};
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


/* ---- odd behaviour ---- */

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


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_combinations),
		cmocka_unit_test(test_untouched),
		cmocka_unit_test(test_setup_seen),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_hangup),
		cmocka_unit_test(test_connection_lost),
		cmocka_unit_test(test_no_route),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_early_release),
		cmocka_unit_test(test_timers),
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
	};

	return cmocka_run_group_tests_name("call", tests, per_group_begin,
					   per_group_end);
}
