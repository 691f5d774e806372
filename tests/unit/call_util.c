/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world for one call without sockets. Owns what was sent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <MultimediaSystemControlMessage.h>
#include <OpenLogicalChannel.h>
#include "h323gw/h225/address.h"
#include "tests/unit/call_util.h"
#include "tests/unit/per_util.h"


#define FAIL_UNLESS(w, ok)                                                     \
	do {                                                                   \
		if (!(ok))                                                     \
			(w)->failh(#ok);                                       \
	} while (0)

static struct addr addr(const char *ip, uint16_t port)
{
	struct addr a;

	(void)addr_parse(&a, ip, port);

	return a;
}


/* ---- what the call sends ---- */

static bool holds(const uint8_t *p, size_t len, const char *ip)
{
	struct addr a = addr(ip, 0);

	for (size_t i = 0; i + 4 <= len; i++) {
		if (!memcmp(p + i, &a.u.in.sin_addr, 4))
			return true;
	}

	return false;
}


static void sent(struct util_world *w, enum side to, const uint8_t *p,
		 size_t len, bool h245)
{
	struct util_side *s = &w->side[to];
	struct util_sent *m;
	const char *why;

	FAIL_UNLESS(w, !w->ended);
	FAIL_UNLESS(w, len && len <= CALL_MESSAGE_MAX);
	FAIL_UNLESS(w, w->lenient ||
			       !holds(p, len, to == SIDE_A ? UTIL_B : UTIL_A));
	if (w->lenient || s->n == UTIL_SENT_MAX)
		return;
	m	= &s->sent[s->n++];
	m->p	= malloc(len);
	m->len	= len;
	m->h245 = h245;
	memcpy(m->p, p, len);
	if (h245)
		return;
	FAIL_UNLESS(w, !q931_decode(&m->q, m->p, len, &why));
	(void)uuie_decode(&m->u, w->per, w->env.uu, &m->q);
}


static void io_send(struct call *c, enum side s, const uint8_t *p, size_t len,
		    void *arg)
{
	struct util_world *w = arg;
	(void)c;

	FAIL_UNLESS(w, !w->side[s].released || s == SIDE_B);
	sent(w, s, p, len, false);
}


static void io_h245_send(struct call *c, enum side s, const uint8_t *p,
			 size_t len, void *arg)
{
	struct util_world *w = arg;
	(void)c;

	FAIL_UNLESS(w, w->side[s].up);
	sent(w, s, p, len, true);
}


/* ---- what it asks ---- */

static int io_route(struct call *c, const struct call_query *q, void *arg)
{
	struct util_world *w = arg;
	struct reach r	     = {.signalling = addr(UTIL_A, 1720)};
	struct addr own	     = addr(UTIL_OA, 1720);

	FAIL_UNLESS(w, !w->routing);
	w->routing   = true;
	w->called[0] = '\0';
	++w->routes;
	if (q->calledc)
		str_ncpy(w->called, q->called[0].text, sizeof(w->called));
	if (!q->forwarded) {
		r.seen = r.signalling;
		r.nat  = w->side[SIDE_A].nat;
		call_party_set(c, SIDE_A, &r, &own);
	}

	return 0;
}


static void party_b(struct util_world *w)
{
	const struct call_info *info = call_info(w->call);
	struct addr own		     = addr(UTIL_OB, 1720);

	call_party_set(w->call, SIDE_B, &info->party[SIDE_B].reach, &own);
}


static int io_media(struct call *c, int *reason, void *arg)
{
	(void)c;
	(void)reason;
	party_b(arg);

	return 0;
}


static int io_media_party(struct call *c, enum side s, void *arg)
{
	struct util_world *w = arg;
	(void)c;
	(void)s;
	++w->parties;
	party_b(w);

	return 0;
}


static int media_answer(struct util_world *w)
{
	FAIL_UNLESS(w, !w->media_waits);
	if (!w->media_slow)
		return w->media_err;
	w->media_waits = true;

	return EINPROGRESS;
}


static int io_media_h245(struct call *c, enum side from,
			 const MultimediaSystemControlMessage_t *msg, void *arg)
{
	struct util_world *w = arg;
	(void)c;
	(void)from;
	FAIL_UNLESS(w, msg != NULL);
	++w->h245s;

	return media_answer(w);
}


static int io_media_fast(struct call *c, enum side from,
			 const OpenLogicalChannel_t *const *olcv, size_t olcc,
			 bool answer, void *arg)
{
	struct util_world *w = arg;
	(void)c;
	FAIL_UNLESS(w, olcc && olcv[0] && answer == (from == SIDE_B));
	++w->fasts;

	return media_answer(w);
}


static void io_media_refused(struct call *c, void *arg)
{
	(void)c;
	++((struct util_world *)arg)->refused;
}


static bool io_media_rewrite(struct call *c, enum side from,
			     const struct per_addr *a, struct per_ipport *to,
			     void *arg)
{
	struct addr m = addr(UTIL_M, 0);
	(void)c;
	(void)from;
	(void)arg;
	if (a->multicast)
		return false;
	to->ip_len = 4;
	memcpy(to->ip, &m.u.in.sin_addr, 4);

	return true;
}


static int io_media_reply(struct call *c, struct per_msg **replyp,
			  const MultimediaSystemControlMessage_t *msg,
			  void *arg)
{
	const struct util_world *w = arg;
	uint8_t buf[8];
	(void)c;
	if (msg->present != MultimediaSystemControlMessage_PR_request)
		return ENOENT;

	/* any answer will do here */
	return per_decode(replyp, w->per, w->env.h245, buf,
			  per_util_hex(buf, sizeof(buf), "20a0"), NULL);
}


static int io_dial(struct call *c, void *arg)
{
	struct util_world *w = arg;
	(void)c;
	FAIL_UNLESS(w, !w->dialling);
	w->dialling = true;
	++w->dials;

	return 0;
}


static void io_released(struct call *c, enum side s, void *arg)
{
	struct util_world *w = arg;
	(void)c;
	++w->side[s].released;
	if (s == SIDE_B)
		w->dialling = false;
}


static int io_h245_listen(struct call *c, enum side s, void *arg)
{
	struct util_side *us = &((struct util_world *)arg)->side[s];
	(void)c;
	FAIL_UNLESS((struct util_world *)arg, !us->listening && !us->up);
	us->listening = true;
	++us->listens;

	return 0;
}


static int io_h245_connect(struct call *c, enum side s, const struct addr *to,
			   void *arg)
{
	struct util_side *us = &((struct util_world *)arg)->side[s];
	(void)c;
	FAIL_UNLESS((struct util_world *)arg, !us->connecting && !us->up);
	us->connecting = true;
	us->connect_to = *to;

	return 0;
}


static void io_h245_close(struct call *c, enum side s, void *arg)
{
	struct util_side *us = &((struct util_world *)arg)->side[s];
	(void)c;
	us->listening = us->connecting = us->up = us->waiting = false;
	++us->closes;
}


static void io_timer(struct call *c, enum call_timer t, uint32_t ms, void *arg)
{
	(void)c;
	((struct util_world *)arg)->timer[t] = ms;
}


static uint64_t io_now(void *arg)
{
	(void)arg;

	return 1700000000000u;
}


static void io_answered(struct call *c, void *arg)
{
	(void)c;
	++((struct util_world *)arg)->answered;
}


static void io_ended(struct call *c, void *arg)
{
	struct util_world *w = arg;
	(void)c;
	++w->ended;
	FAIL_UNLESS(w, w->side[SIDE_A].released == 1);
	FAIL_UNLESS(w, w->side[SIDE_B].released >= 1);
	for (int t = 0; t < CALL_TIMERS; t++)
		FAIL_UNLESS(w, !w->timer[t]);
}


static void io_odd(struct call *c, enum side s, const char *what, void *arg)
{
	(void)c;
	(void)s;
	(void)what;
	++((struct util_world *)arg)->odd;
}


/* ---- the world ---- */

static void fail_abort(const char *what)
{
	(void)fprintf(stderr, "not true: %s\n", what);
	abort();
}


static bool io_proved(struct call *c, enum side from,
		      const struct security_message *m, void *arg)
{
	const struct util_world *w = arg;
	(void)c;
	(void)from;

	if (!m->uu || m->uu <= m->p || m->uu + m->uulen > m->p + m->len)
		w->failh("what is to be proved");

	return !w->unproved;
}


static bool io_sign(struct call *c, enum side to, struct uuie *u, void *arg)
{
	struct util_world *w = arg;
	(void)c;
	(void)to;

	w->signing = w->signs && u->cryptoTokens;

	return w->signing;
}


static void io_seal(struct call *c, uint8_t *p, size_t len, void *arg)
{
	struct util_world *w = arg;
	struct per_msg *msg;
	(void)c;

	if (!w->signing || per_decode(&msg, w->per, w->env.uu, p, len, NULL))
		w->failh("what is to be sealed");
	else
		per_msg_free(msg);
	w->signing = false;
	++w->sealed;
}


void util_begin(struct util_world *w, const struct per *per)
{
	memset(w, 0, sizeof(*w));
	w->failh = fail_abort;
	w->per	 = (struct per *)(uintptr_t)per;
	if (call_env_init(&w->env, per))
		fail_abort("types");
	w->env.io = (struct call_io){
		io_route, io_media, io_media_party, io_media_h245,
		io_media_fast, io_media_refused,
		io_media_rewrite, io_media_reply, io_proved, io_sign,
		io_seal, io_dial, io_send,
		io_released, io_h245_listen, io_h245_connect, io_h245_send,
		io_h245_close, io_timer, io_now, io_answered, io_ended,
		io_odd};
	w->route.to.signalling = addr(UTIL_B, 1720);
	w->route.to.seen       = addr(UTIL_B, 0);
	if (call_alloc(&w->call, &w->env, 77, w))
		fail_abort("memory");
	call_ref_set(w->call, 88);
}


void util_end(struct util_world *w)
{
	mem_deref(w->call);
	for (int s = 0; s < SIDES; s++) {
		for (size_t i = 0; i < w->side[s].n; i++) {
			uuie_reset(&w->side[s].sent[i].u);
			free(w->side[s].sent[i].p);
		}
	}
}


static bool pump_side(struct util_world *w, enum side s, int err)
{
	const struct addr at = addr(s == SIDE_A ? UTIL_OA : UTIL_OB, 20000);
	struct util_side *us = &w->side[s];

	if (us->listening) {
		us->listening = false;
		us->waiting   = !err;
		call_h245_listening(w->call, s, err, &at);
		return true;
	}
	if (us->connecting) {
		us->connecting = false;
		us->up	       = !err;
		if (err)
			call_h245_down(w->call, s, err);
		else
			call_h245_up(w->call, s);
		return true;
	}

	return false;
}


bool util_pump_one(struct util_world *w, int err)
{
	if (w->ended)
		return false;
	if (w->routing) {
		w->routing = false;
		call_routed(w->call, &w->route);
	} else if (w->media_waits) {
		w->media_waits = false;
		call_media_ready(w->call, err ? err : w->media_err);
	} else if (w->dialling) {
		w->dialling = false;
		call_dialled(w->call, err ? err : w->dial_err);
	} else {
		return pump_side(w, SIDE_A, err) || pump_side(w, SIDE_B, err);
	}

	return true;
}


void util_pump(struct util_world *w)
{
	while (util_pump_one(w, 0))
		;
}


/* ---- what parties say ---- */

void util_say_with(struct util_world *w, enum side from, uint8_t type,
		   struct uuie *u, uint8_t ie, const uint8_t *p, size_t n)
{
	static uint8_t body[CALL_MESSAGE_MAX], buf[CALL_MESSAGE_MAX];
	struct q931 q = {.callref_len = 2, .type = type};
	size_t len    = 0;

	q.callref	   = from == SIDE_A ? 77 : 88;
	q.from_destination = from == SIDE_B;
	body[0]		   = 5;
	if (per_msg_encode(u->msg, body + 1, sizeof(body) - 1, &len, NULL) ||
	    (n && q931_ie_set(&q, ie, p, n)) ||
	    q931_ie_set(&q, Q931_IE_USER_USER, body, len + 1) ||
	    q931_encode(&q, buf, sizeof(buf), &len))
		w->failh("encoding");
	uuie_reset(u);
	call_q931(w->call, from, buf, len);
	util_pump(w);
}


void util_say(struct util_world *w, enum side from, uint8_t type,
	      struct uuie *u)
{
	util_say_with(w, from, type, u, 0, NULL, 0);
}


void util_say_plain(struct util_world *w, enum side from, uint8_t type)
{
	struct q931 q = {.callref_len = 2, .type = type, .callref = 77};
	uint8_t buf[64];
	size_t len;

	if (q931_encode(&q, buf, sizeof(buf), &len))
		w->failh("encoding");
	call_q931(w->call, from, buf, len);
	util_pump(w);
}


void util_h245(struct util_world *w, enum side from, const char *hex)
{
	uint8_t buf[1024];

	call_h245(w->call, from, buf, per_util_hex(buf, sizeof(buf), hex));
	util_pump(w);
}


static void setup_fill(struct uuie *u)
{
	Setup_UUIE_t *s		= uuie_setup(u);
	static const char at[]	= UTIL_A;
	const uint8_t conf[]	= "conference-ident";
	struct addr a		= addr(at, 1720);
	AliasAddress_t *aa	= per_msg_zalloc(u->msg, sizeof(*aa));
	const struct alias dest = {.type = ALIAS_DIALLED_DIGITS,
				   .text = "5551234"};

	(void)guid_set(&s->conferenceID, u->msg, conf);
	s->conferenceGoal.present =
		Setup_UUIE__conferenceGoal_PR_create;
	s->callType.present = CallType_PR_pointToPoint;
	s->sourceCallSignalAddress =
		per_msg_zalloc(u->msg, sizeof(TransportAddress_t));
	(void)h225_addr_set(s->sourceCallSignalAddress, u->msg, &a);
	s->destinationAddress =
		per_msg_zalloc(u->msg, sizeof(*s->destinationAddress));
	(void)alias_set(aa, u->msg, &dest);
	(void)per_msg_append(u->msg, &s->destinationAddress->list, aa);
	(void)uuie_bool_set(u, &s->mediaWaitForConnect, false);
	(void)uuie_bool_set(u, &s->canOverlapSend, false);
}


struct uuie util_body(struct util_world *w,
		      H323_UU_PDU__h323_message_body_PR body, int tunnel)
{
	static const uint8_t call_id[GUID_LEN] = "call-identifier";
	struct uuie u;

	if (uuie_alloc(&u, w->per, w->env.uu, body, call_id))
		fail_abort("memory");
	if (tunnel >= 0)
		(void)uuie_bool_set(&u, &u.pdu->h245Tunnelling, tunnel);
	if (u.multipleCalls) {
		(void)uuie_bool_set(&u, u.multipleCalls, true);
		(void)uuie_bool_set(&u, u.maintainConnection, true);
	}
	if (uuie_setup(&u))
		setup_fill(&u);
	if (body == H323_UU_PDU__h323_message_body_PR_connect)
		(void)guid_set(&u.pdu->h323_message_body.choice.connect
					.conferenceID,
			       u.msg, call_id);
	if (uuie_facility(&u))
		uuie_facility(&u)->reason.present =
			FacilityReason_PR_undefinedReason;

	return u;
}


void util_h245_address(struct uuie *u, const char *ip, uint16_t port)
{
	struct addr a = addr(ip, port);

	*u->h245Address = per_msg_zalloc(u->msg, sizeof(TransportAddress_t));
	(void)h225_addr_set(*u->h245Address, u->msg, &a);
}


void util_control(struct uuie *u, const char *hex)
{
	uint8_t buf[1024];
	size_t len = per_util_hex(buf, sizeof(buf), hex);

	if (!u->pdu->h245Control)
		u->pdu->h245Control =
			per_msg_zalloc(u->msg, sizeof(*u->pdu->h245Control));
	(void)per_msg_append(u->msg, &u->pdu->h245Control->list,
			     uuie_octets(u, buf, len));
}


void util_fast(struct util_world *w, struct uuie *u)
{
	const MultimediaSystemControlMessage_t *m;
	struct per_msg *msg;
	uint8_t buf[1024];
	size_t len = per_util_hex(buf, sizeof(buf), UTIL_OLC);
	void *list = per_msg_zalloc(u->msg, 64);

	if (per_decode(&msg, w->per, w->env.h245, buf, len, NULL))
		fail_abort("OLC");
	m = per_msg_value(msg);
	if (per_encode(w->per, per_type_find(w->per, "OpenLogicalChannel"),
		       &m->choice.request.choice.openLogicalChannel, buf,
		       sizeof(buf), &len, NULL))
		fail_abort("OLC");
	per_msg_free(msg);
	*u->fastStart = list;
	(void)per_msg_append(u->msg, list, uuie_octets(u, buf, len));
}


struct util_sent *util_next(struct util_world *w, enum side to)
{
	struct util_side *s = &w->side[to];

	if (s->seen == s->n)
		w->failh("there is another message");

	return &s->sent[s->seen++];
}


bool util_silent(const struct util_world *w, enum side to)
{
	return w->side[to].seen == w->side[to].n;
}
