/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file own.c  Messages of our own, where none of the other side's is there to
 * be passed on
 */
#include <errno.h>
#include <string.h>
#include <FacilityReason.h>
#include "h323gw/call/priv.h"


enum {
	LOCATION = 0x81, /* local private network (Q.850 §2.2) */
	LAST	 = 0x80,
};

#define BODY(name) H323_UU_PDU__h323_message_body_PR_##name


static const uint8_t *call_id(const struct call *c)
{
	return c->info.has_call_id ? c->info.call_id : NULL;
}


static int begin(struct uuie *u, const struct call *c,
		 H323_UU_PDU__h323_message_body_PR body)
{
	return uuie_alloc(u, c->env->per, c->env->uu, body, call_id(c));
}


/* encoded into User-user, with the call reference this side knows; u is used
 * up */
void own_send(struct call *c, enum side s, struct q931 *q, struct uuie *u)
{
	struct call_env *e	  = c->env;
	const struct call_party *p = &c->info.party[s];
	const bool sign		   = e->io.sign(c, s, u, c->arg);
	size_t len		  = 0;
	int err;

	err = per_msg_encode(u->msg, e->buf[0] + 1, CALL_MESSAGE_MAX, &len,
			     NULL);
	uuie_reset(u);
	e->buf[0][0] = 5; /* Q.931 §4.5.30: X.208 and X.209 coded */
	if (!err && sign)
		e->io.seal(c, e->buf[0] + 1, len, c->arg);
	if (!err)
		err = q931_ie_set(q, Q931_IE_USER_USER, e->buf[0], len + 1);
	q->callref_len	    = 2;
	q->callref	    = p->callref;
	q->from_destination = p->chose;
	if (!err)
		err = q931_encode(q, e->buf[1], CALL_MESSAGE_MAX, &len);
	if (err)
		e->io.odd(c, s, "a message of ours can't be encoded", c->arg);
	else
		e->io.send(c, s, e->buf[1], len, c->arg);
}


/* h245Control with this one message; ENOMEM */
int own_control_put(struct uuie *u, const uint8_t *p, size_t len)
{
	OCTET_STRING_t *os = uuie_octets(u, p, len);

	if (!u->pdu->h245Control)
		u->pdu->h245Control =
			per_msg_zalloc(u->msg, sizeof(*u->pdu->h245Control));
	if (!os || !u->pdu->h245Control)
		return ENOMEM;

	return per_msg_append(u->msg, &u->pdu->h245Control->list, os);
}


static int tunnelling_put(struct uuie *u, const struct call *c, enum side s)
{
	return uuie_bool_set(u, &u->pdu->h245Tunnelling, h245_tunnels(c, s));
}


void own_release(struct call *c, enum side s, int reason, int cause)
{
	const uint8_t ie[] = {LOCATION, (uint8_t)(LAST | cause)};
	struct h245 *h	   = &c->side[s].h245;
	struct q931 q	   = {.type = Q931_RELEASE_COMPLETE};
	ReleaseComplete_UUIE_t *rc;
	struct uuie u;

	if (begin(&u, c, BODY(releaseComplete)))
		return;
	rc = &u.pdu->h323_message_body.choice.releaseComplete;
	if (reason) {
		rc->reason = per_msg_zalloc(u.msg, sizeof(*rc->reason));
		if (rc->reason)
			rc->reason->present =
				(ReleaseCompleteReason_PR)reason;
	}
	(void)tunnelling_put(&u, c, s);
	if (h245_tunnels(c, s) && h->talked && !h->end_sent)
		(void)own_control_put(&u, h245_end_session,
				  sizeof(h245_end_session));
	h->end_sent = true;
	(void)q931_ie_set(&q, Q931_IE_CAUSE, ie, sizeof(ie));
	own_send(c, s, &q, &u);
}


/* Q.931 §5.8: why we did nothing with a message, and where the call is */
void own_status(struct call *c, enum side s, int cause)
{
	const uint8_t ie[]  = {LOCATION, (uint8_t)(LAST | cause)};
	const uint8_t state = (uint8_t)c->side[s].state;
	struct q931 q	    = {.type = Q931_STATUS};
	struct uuie u;

	if (begin(&u, c, BODY(status)))
		return;
	(void)q931_ie_set(&q, Q931_IE_CAUSE, ie, sizeof(ie));
	(void)q931_ie_set(&q, Q931_IE_CALL_STATE, &state, 1);
	own_send(c, s, &q, &u);
}


/* the called side is not found yet, and the caller's T303 runs */
void own_proceeding(struct call *c)
{
	struct q931 q = {.type = Q931_CALL_PROCEEDING};
	CallProceeding_UUIE_t *cp;
	struct uuie u;
	int err;

	if (c->proceeding_told || c->side[SIDE_A].state != STATE_PRESENT ||
	    begin(&u, c, BODY(callProceeding)))
		return;
	cp = &u.pdu->h323_message_body.choice.callProceeding;
	cp->destinationInfo.gatekeeper = per_msg_zalloc(
		u.msg, sizeof(*cp->destinationInfo.gatekeeper));
	err = cp->destinationInfo.gatekeeper ? 0 : ENOMEM;
	if (!err)
		err = uuie_bool_set(&u, &cp->multipleCalls, false);
	if (!err)
		err = uuie_bool_set(&u, &cp->maintainConnection, false);
	if (!err)
		err = tunnelling_put(&u, c, SIDE_A);
	/* the called side has not said anything on this (H.323 §8.2.1) */
	u.pdu->provisionalRespToH245Tunnelling =
		per_msg_zalloc(u.msg, sizeof(NULL_t));
	if (err) {
		uuie_reset(&u);
		return;
	}
	c->proceeding_told     = true;
	c->side[SIDE_A].state = STATE_INCOMING;
	own_send(c, SIDE_A, &q, &u);
}


/* H.323 §8.2.3: our address for H.245 */
void own_facility_h245(struct call *c, enum side s)
{
	struct q931 q	= {.type = Q931_FACILITY};
	struct h245 *h	= &c->side[s].h245;
	TransportAddress_t *ta;
	Facility_UUIE_t *f;
	struct uuie u;

	if (begin(&u, c, BODY(facility)))
		return;
	f		  = uuie_facility(&u);
	f->reason.present = FacilityReason_PR_startH245;
	ta		  = per_msg_zalloc(u.msg, sizeof(*ta));
	if (!ta || h225_addr_set(ta, u.msg, &h->ours) ||
	    uuie_bool_set(&u, &f->multipleCalls, false) ||
	    uuie_bool_set(&u, &f->maintainConnection, false) ||
	    uuie_bool_set(&u, &u.pdu->h245Tunnelling, false)) {
		uuie_reset(&u);
		return;
	}
	f->h245Address = ta;
	h->told	       = true;
	(void)q931_ie_set(&q, Q931_IE_FACILITY, NULL, 0);
	own_send(c, s, &q, &u);
}


/* H.323 §8.2.1: there is no message to carry it, so an empty one does */
void own_tunnel(struct call *c, enum side s, const uint8_t *p, size_t len)
{
	struct q931 q = {.type = Q931_FACILITY};
	struct uuie u;

	if (begin(&u, c, BODY(empty)))
		return;
	if (own_control_put(&u, p, len) || tunnelling_put(&u, c, s)) {
		uuie_reset(&u);
		return;
	}
	(void)q931_ie_set(&q, Q931_IE_FACILITY, NULL, 0);
	own_send(c, s, &q, &u);
}
