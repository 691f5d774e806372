/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call_scene.c  Two parties of a call who do as H.323 says
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>
#include "h323gw/call/cause.h"
#include "h323gw/h225/address.h"
#include "tests/unit/call_scene.h"
#include "tests/unit/per_group.h"


int scene_group_begin(void **state)
{
	return per_group_begin(state);
}


int scene_group_end(void **state)
{
	return per_group_end(state);
}


static void on_fail(const char *what)
{
	fail_msg("%s", what);
}


void begin(struct util_world *w)
{
	util_begin(w, per);
	w->failh = on_fail;
}


struct addr address_in(const struct util_sent *m)
{
	const TransportAddress_t *ta = uuie_h245Address(&m->u);
	struct addr a;

	memset(&a, 0, sizeof(a));
	if (ta)
		(void)h225_addr_get(&a, ta);

	return a;
}


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


void hear(struct util_world *w, struct party *p)
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


void say_h245(struct util_world *w, struct party *from,
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


void has_got(const struct party *p, const char *hex)
{
	assert_non_null(p->got);
	if (!strstr(p->got, hex))
		fail_msg("%c has not got %s", p->side == SIDE_A ? 'A' : 'B',
			 hex);
}


void say_setup(struct scene *s)
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


void calling(struct scene *s)
{
	begin(&s->w);
	s->a.side = SIDE_A;
	s->b.side = SIDE_B;
	say_setup(s);
}


void say_answer(struct scene *s, uint8_t type,
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


void call_up(struct scene *s)
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


void scene_end(struct scene *s)
{
	assert_int_equal(s->w.ended, 1);
	free(s->a.got);
	free(s->b.got);
	util_end(&s->w);
}


void talk(struct scene *s)
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


void hang_up(struct scene *s, enum side who)
{
	struct uuie u = util_body(&s->w, BODY(releaseComplete), -1);
	struct party *far = who == SIDE_A ? &s->b : &s->a;

	util_say(&s->w, who, Q931_RELEASE_COMPLETE, &u);
	hear(&s->w, far);
	assert_int_equal(far->last, Q931_RELEASE_COMPLETE);
	assert_int_equal(far->cause, CAUSE_UNSPECIFIED);
	has_got(far, UTIL_END);
}


struct scene plain(void)
{
	return (struct scene){.a = {.tunnel = true}, .b = {.tunnel = true}};
}
