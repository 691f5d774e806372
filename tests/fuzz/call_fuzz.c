/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/call: two parties that say anything, in any order, while connections
 * break and answers come late or not at all. Whatever they do: the call ends
 * once, both sides are released, nothing is sent after that, nothing is left.
 *
 * Each step is an octet that says what happens (low half) and to whom or with
 * which message (high half), and what that needs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <FacilityReason.h>
#include "h323gw/h225/address.h"
#include "tests/unit/call_util.h"
#include "tests/unit/per_util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODY(name) H323_UU_PDU__h323_message_body_PR_##name

enum {
	STEPS_MAX = 400,
};

enum step {
	SAY,		/* template, flags */
	SAY_OCTETS,	/* length, octets */
	H245,		/* template */
	H245_OCTETS,
	ANSWER,
	ANSWER_ERROR,
	ANSWER_ALL,
	TIMEOUT,
	SIGNAL_LOST,
	H245_CONNECT,
	H245_LOST,
	HANGUP,
	SLOW,
	MEDIA_ERROR,
	NAT,
	SAY_DAMAGED,	/* template, flags, where, with what */
	STEPS
};

struct input {
	const uint8_t *p;
	size_t len;
};

static const struct {
	uint8_t type;
	H323_UU_PDU__h323_message_body_PR body;
} templates[] = {
	{Q931_SETUP, BODY(setup)},
	{Q931_CALL_PROCEEDING, BODY(callProceeding)},
	{Q931_ALERTING, BODY(alerting)},
	{Q931_CONNECT, BODY(connect)},
	{Q931_FACILITY, BODY(facility)},
	{Q931_FACILITY, BODY(empty)},
	{Q931_RELEASE_COMPLETE, BODY(releaseComplete)},
	{Q931_PROGRESS, BODY(progress)},
	{Q931_INFORMATION, BODY(information)},
	{Q931_NOTIFY, BODY(notify)},
	{Q931_STATUS, BODY(status)},
	{Q931_STATUS_INQUIRY, BODY(statusInquiry)},
	{Q931_SETUP_ACKNOWLEDGE, BODY(setupAcknowledge)},
};

static const char *const h245[] = {UTIL_TCS, UTIL_MSD, UTIL_OLC, UTIL_ACK,
				   UTIL_END};

enum {
	TEMPLATES = sizeof(templates) / sizeof(templates[0]),
	H245S	  = sizeof(h245) / sizeof(h245[0]),
};


static uint8_t take(struct input *in)
{
	if (!in->len)
		return 0;
	--in->len;

	return *in->p++;
}


/* flags: what is in the message */
static struct uuie make(struct util_world *w, unsigned which, uint8_t flags)
{
	static const int reasons[] = {
		FacilityReason_PR_undefinedReason,
		FacilityReason_PR_callForwarded,
		FacilityReason_PR_startH245,
		FacilityReason_PR_routeCallToGatekeeper,
	};
	struct uuie u = util_body(w, templates[which].body,
				  flags & 1 ? -1 : !(flags & 2));
	struct addr a;

	if (flags & 4 && u.h245Address)
		util_h245_address(&u, UTIL_B, 5000);
	if (flags & 8)
		util_control(&u, h245[flags % H245S]);
	if (flags & 16 && u.fastStart)
		util_fast(w, &u);
	if (flags & 32 && u.fastConnectRefused)
		*u.fastConnectRefused = per_msg_zalloc(u.msg, sizeof(NULL_t));
	if (uuie_facility(&u)) {
		Facility_UUIE_t *f = uuie_facility(&u);

		f->reason.present = (FacilityReason_PR)reasons[flags >> 6];
		(void)addr_parse(&a, UTIL_B, 1720);
		f->alternativeAddress = per_msg_zalloc(
			u.msg, sizeof(*f->alternativeAddress));
		(void)h225_addr_set(f->alternativeAddress, u.msg, &a);
	}

	return u;
}


static size_t encode(struct util_world *w, struct input *in, uint8_t *buf,
		     size_t size)
{
	static uint8_t body[CALL_MESSAGE_MAX];
	const unsigned which = take(in) % TEMPLATES;
	struct uuie u	     = make(w, which, take(in));
	struct q931 q	     = {.callref_len = 2, .callref = 7,
				.type = templates[which].type};
	size_t len;

	body[0] = 5;
	if (per_msg_encode(u.msg, body + 1, sizeof(body) - 1, &len, NULL) ||
	    q931_ie_set(&q, Q931_IE_USER_USER, body, len + 1) ||
	    q931_encode(&q, buf, size, &len))
		len = 0;
	uuie_reset(&u);

	return len;
}


static void say(struct util_world *w, enum side from, struct input *in,
		bool damaged)
{
	static uint8_t buf[CALL_MESSAGE_MAX];
	size_t len = encode(w, in, buf, sizeof(buf));

	if (damaged && len) {
		const size_t at = (size_t)(take(in) << 8 | take(in)) % len;

		buf[at] ^= take(in);
	}
	call_q931(w->call, from, buf, len);
}


static size_t octets(struct input *in, const uint8_t **p)
{
	size_t n = take(in);

	if (n > in->len)
		n = in->len;
	*p = in->p;
	in->p += n;
	in->len -= n;

	return n;
}


static void h245_say(struct util_world *w, enum side from, struct input *in)
{
	uint8_t buf[512];
	const char *hex = h245[take(in) % H245S];

	if (w->side[from].up)
		call_h245(w->call, from, buf,
			  per_util_hex(buf, sizeof(buf), hex));
}


static void h245_connection(struct util_world *w, enum side s, bool comes)
{
	struct util_side *us = &w->side[s];

	if (comes && us->waiting && !us->up) {
		us->connecting = us->waiting = false;
		us->up			     = true;
		call_h245_up(w->call, s);
	} else if (!comes && (us->up || us->waiting)) {
		us->up = us->waiting = false;
		call_h245_down(w->call, s, ECONNRESET);
	}
}


static void timeout(struct util_world *w, unsigned which)
{
	const enum call_timer t = (enum call_timer)(which % CALL_TIMERS);

	if (!w->timer[t])
		return;
	w->timer[t] = 0;
	call_timeout(w->call, t);
}


static void one(struct util_world *w, struct input *in)
{
	const uint8_t op     = take(in);
	const enum side side = op & 0x80 ? SIDE_B : SIDE_A;
	const uint8_t *p;
	size_t n;

	switch ((enum step)(op % STEPS)) {
	case SAY:
	case SAY_DAMAGED:
		say(w, side, in, op % STEPS == SAY_DAMAGED);
		break;
	case SAY_OCTETS:
		n = octets(in, &p);
		call_q931(w->call, side, p, n);
		break;
	case H245:
		h245_say(w, side, in);
		break;
	case H245_OCTETS:
		n = octets(in, &p);
		if (w->side[side].up)
			call_h245(w->call, side, p, n);
		break;
	case ANSWER:
		(void)util_pump_one(w, 0);
		break;
	case ANSWER_ERROR:
		(void)util_pump_one(w, ECONNREFUSED);
		break;
	case ANSWER_ALL:
		util_pump(w);
		break;
	case TIMEOUT:
		timeout(w, op >> 4);
		break;
	case SIGNAL_LOST:
		call_signal_lost(w->call, side, ECONNRESET);
		break;
	case H245_CONNECT:
	case H245_LOST:
		h245_connection(w, side, op % STEPS == H245_CONNECT);
		break;
	case HANGUP:
		call_hangup(w->call, CALL_BY_OPERATOR, 12, 16, "operator");
		break;
	case SLOW:
		w->media_slow = !w->media_slow;
		break;
	case MEDIA_ERROR:
		w->media_err = w->media_err ? 0 : ENOBUFS;
		break;
	case NAT:
		w->route.to.nat = !w->route.to.nat;
		break;
	default:
		break;
	}
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct util_world w;
	static struct per *per;
	struct input in = {data, size};

	if (!per && per_alloc(&per, NULL))
		abort();
	util_begin(&w, per);
	w.lenient = true;
	for (unsigned i = 0; i < STEPS_MAX && in.len && !w.ended; i++)
		one(&w, &in);

	util_pump(&w);
	call_hangup(w.call, CALL_BY_OPERATOR, 12, 16, "operator");
	if (w.ended != 1 || w.side[SIDE_A].released != 1 ||
	    !call_info(w.call)->ended)
		abort();
	/* nothing is of use to it any more */
	call_h245_up(w.call, SIDE_A);
	call_media_ready(w.call, 0);
	call_dialled(w.call, 0);
	util_end(&w);

	return 0;
}
