/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stray.c  Messages for no call of ours (Q.931 §5.8.3.2)
 */
#include <errno.h>
#include <string.h>
#include "h323gw/call/host.h"
#include "h323gw/call/uuie.h"

#define BODY(name) H323_UU_PDU__h323_message_body_PR_##name


/* an answer on the same call reference, with the same callIdentifier */
static void answer(struct sig *s, const struct q931 *to, struct q931 *q,
		   struct uuie *u)
{
	struct call_env *e = s->cs->env;
	size_t len;
	int err;

	err = per_msg_encode(u->msg, e->buf[0] + 1, CALL_MESSAGE_MAX, &len,
			     NULL);
	e->buf[0][0] = 5; /* Q.931 §4.5.30 */
	if (!err)
		err = q931_ie_set(q, Q931_IE_USER_USER, e->buf[0], len + 1);
	q->callref_len	    = 2;
	q->callref	    = to->callref;
	q->from_destination = !to->from_destination;
	if (!err)
		err = q931_encode(q, e->buf[1], CALL_MESSAGE_MAX, &len);
	if (!err)
		(void)conn_send(s->conn, e->buf[1], len);
}


static int body_like(struct uuie *u, struct sig *s, const struct q931 *q,
		     H323_UU_PDU__h323_message_body_PR body)
{
	const struct call_env *e = s->cs->env;
	uint8_t id[GUID_LEN];
	struct uuie theirs;
	bool has_id = false;

	if (!uuie_decode(&theirs, e->per, e->uu, q))
		has_id = theirs.callIdentifier &&
			 guid_get(id, &theirs.callIdentifier->guid);
	uuie_reset(&theirs);

	return uuie_alloc(u, e->per, e->uu, body, has_id ? id : NULL);
}


void sig_refuse(struct sig *s, const struct q931 *q, int reason, int cause)
{
	const uint8_t ie[]   = {0x81, (uint8_t)(0x80 | cause)};
	struct q931 a	     = {.type = Q931_RELEASE_COMPLETE};
	ReleaseComplete_UUIE_t *rc;
	struct uuie u;

	if (body_like(&u, s, q, BODY(releaseComplete)))
		return;
	rc	   = &u.pdu->h323_message_body.choice.releaseComplete;
	rc->reason = per_msg_zalloc(u.msg, sizeof(*rc->reason));
	if (rc->reason)
		rc->reason->present = (ReleaseCompleteReason_PR)reason;
	(void)q931_ie_set(&a, Q931_IE_CAUSE, ie, sizeof(ie));
	answer(s, q, &a, &u);
	uuie_reset(&u);
}


/* §5.8.10: the null state, as well as that of the global call reference */
static void status(struct sig *s, const struct q931 *q, int cause)
{
	const uint8_t ie[]  = {0x81, (uint8_t)(0x80 | cause)};
	const uint8_t state = 0;
	struct q931 a	    = {.type = Q931_STATUS};
	struct uuie u;

	if (body_like(&u, s, q, BODY(status)))
		return;
	(void)q931_ie_set(&a, Q931_IE_CAUSE, ie, sizeof(ie));
	(void)q931_ie_set(&a, Q931_IE_CALL_STATE, &state, 1);
	answer(s, q, &a, &u);
	uuie_reset(&u);
}


/* what is said of a call that has just ended crossed our ReleaseComplete */
static bool is_late(const struct sig *s, uint32_t ref)
{
	const unsigned n = sizeof(s->gone) / sizeof(s->gone[0]);

	for (unsigned i = 0; i < n && i < s->gonec; i++) {
		if (s->gone[i] == ref)
			return true;
	}

	return false;
}


/* the global call reference, or none: no call can have it (§4.3, §5.8.3.2 f).
 * Information is how terminals behind NATs begin */
void sig_global(struct sig *s, const struct q931 *q)
{
	metrics_inc(s->cs->stats, STAT_UNKNOWN_REF);
	if (q->type == Q931_INFORMATION) {
		sig_introduction(s, q);
		return;
	}
	calls_odd(s->cs, s->reach.alias, q->callref_len
					      ? "the global call reference"
					      : "no call reference");
	if (q->callref_len && q->type != Q931_STATUS &&
	    q->type != Q931_RESTART && q->type != Q931_RESTART_ACKNOWLEDGE)
		status(s, q, CAUSE_INVALID_CALLREF);
}


void sig_stray(struct sig *s, const struct q931 *q, const uint8_t *p,
	       size_t len)
{
	const struct q931_ie *ie;
	uint8_t coding, state;

	if (is_late(s, q->callref) || sig_adopt(s, q, p, len))
		return;
	metrics_inc(s->cs->stats, STAT_UNKNOWN_REF);
	switch (q->type) {
	case Q931_RELEASE_COMPLETE:
	case Q931_SETUP:
		break;
	case Q931_INFORMATION:
		sig_introduction(s, q);
		break;
	case Q931_STATUS_INQUIRY:
		status(s, q, CAUSE_STATUS_ENQUIRY);
		break;
	case Q931_STATUS:
		ie = q931_find(q, Q931_IE_CALL_STATE);
		if (ie && !q931_call_state_decode(&coding, &state, ie) &&
		    state)
			sig_refuse(s, q, ReleaseCompleteReason_PR_invalidCID,
				   CAUSE_WRONG_STATE);
		break;
	default:
		sig_refuse(s, q, ReleaseCompleteReason_PR_invalidCID,
			   CAUSE_INVALID_CALLREF);
	}
}
