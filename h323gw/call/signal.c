/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call/signal.c  Messages of call signalling after Setup
 */
#include <errno.h>
#include <string.h>
#include <FacilityReason.h>
#include "h323gw/call/priv.h"


/* those that H.225.0 table 4 knows */
static bool is_known(uint8_t type)
{
	switch (type) {
	case Q931_ALERTING:
	case Q931_CALL_PROCEEDING:
	case Q931_PROGRESS:
	case Q931_CONNECT:
	case Q931_SETUP_ACKNOWLEDGE:
	case Q931_CONNECT_ACKNOWLEDGE:
	case Q931_FACILITY:
	case Q931_NOTIFY:
	case Q931_STATUS_INQUIRY:
	case Q931_INFORMATION:
	case Q931_STATUS:
		return true;
	default:
		return false;
	}
}


/* those that mean nothing without a User-user */
static bool needs_body(uint8_t type)
{
	return type == Q931_ALERTING || type == Q931_CALL_PROCEEDING ||
	       type == Q931_PROGRESS || type == Q931_CONNECT ||
	       type == Q931_FACILITY;
}


/* Q.931 §5.8: a message that can't be used is answered by Status, which itself
 * is never answered so */
static int unusable(struct call *c, const struct item *it, int cause,
		    const char *why)
{
	c->env->io.odd(c, it->from, why, c->arg);
	if (it->q.type != Q931_STATUS)
		own_status(c, it->from, cause);

	return EBADMSG;
}


/* answers to Setup come from the called side alone */
static bool is_in_place(const struct item *it)
{
	return it->from == SIDE_B ||
	       !(it->q.type == Q931_ALERTING || it->q.type == Q931_CONNECT ||
		 it->q.type == Q931_CALL_PROCEEDING ||
		 it->q.type == Q931_SETUP_ACKNOWLEDGE);
}


static int forward(struct call *c, struct item *it)
{
	Facility_UUIE_t *f = it->u.msg ? uuie_facility(&it->u) : NULL;

	if (!f || (f->reason.present != FacilityReason_PR_callForwarded &&
		   f->reason.present !=
			   FacilityReason_PR_routeCallToGatekeeper))
		return 0;

	return setup_forward(c, it) ? EALREADY : 0;
}


/* the other side's signalling is not back since the last run: what it would
 * answer we answer */
static bool is_alone(struct call *c, const struct item *it)
{
	const struct q931_ie *ie;
	uint8_t coding, state;

	if (!c->connected || c->info.party[side_other(it->from)].open)
		return false;
	if (it->q.type == Q931_STATUS_INQUIRY)
		own_status(c, it->from, CAUSE_STATUS_ENQUIRY);
	if (it->q.type != Q931_STATUS)
		return true;
	ie = q931_find(&it->q, Q931_IE_CALL_STATE);
	/* Q.931 §5.8.11: it has forgotten the call */
	if (ie && !q931_call_state_decode(&coding, &state, ie) && !state)
		release_all(c, it->from == SIDE_A ? CALL_BY_CALLER
						  : CALL_BY_CALLEE,
			    ReleaseCompleteReason_PR_undefinedReason,
			    CAUSE_TEMPORARY_FAILURE, "Status");

	return true;
}


/* a body that has no place for a token can't carry one */
static bool is_theirs(struct call *c, const struct item *it)
{
	struct security_message m;

	if (!it->u.cryptoTokens)
		return true;
	item_proof(&m, it);

	return c->env->io.proved(c, it->from, &m, c->arg);
}


static int read_message(struct call *c, struct item *it)
{
	struct call_env *e = c->env;
	int err;

	if (!is_known(it->q.type))
		return unusable(c, it, CAUSE_UNKNOWN_TYPE,
				"an unknown type of message");
	if (!is_in_place(it) || c->side[SIDE_B].state == STATE_NULL)
		return unusable(c, it, CAUSE_WRONG_STATE,
				"a message out of place");
	if (is_alone(c, it) && it->q.type != Q931_FACILITY)
		return EALREADY;
	if (it->q.type == Q931_CONNECT && c->connected)
		return unusable(c, it, CAUSE_WRONG_STATE, "a second Connect");

	err = uuie_decode(&it->u, e->per, e->uu, &it->q);
	if (err == ENOENT && needs_body(it->q.type))
		return unusable(c, it, CAUSE_MISSING_IE, "no User-user");
	if (err && err != ENOENT)
		return unusable(c, it, CAUSE_INVALID_IE,
				"an unreadable User-user");
	if (!is_theirs(c, it)) {
		e->io.odd(c, it->from, "a message without proof", c->arg);
		return EACCES;
	}
	h245_facts(c, it);

	return forward(c, it);
}


static void state_set(struct call *c, enum call_state a, enum call_state b,
		      uint32_t timeout)
{
	c->side[SIDE_A].state = a;
	c->side[SIDE_B].state = b;
	c->env->io.timer(c, CALL_TIMER_STATE, timeout, c->arg);
}


static void connected(struct call *c)
{
	c->connected   = true;
	c->info.answer = c->env->io.now(c->arg);
	/* nobody is called in its place any more */
	if (c->setup && !c->setup->le.list)
		mem_deref(c->setup);
	c->setup = NULL;
	c->env->io.answered(c, c->arg);
}


/* Q.931 §5.1, 5.2: where the call is now, and how long it may stay there */
static void state_go(struct call *c, const struct item *it)
{
	const struct call_timeouts *t = &c->env->timeouts;

	if (it->from != SIDE_B || c->connected)
		return;
	switch (it->q.type) {
	case Q931_CALL_PROCEEDING:
		if (c->side[SIDE_B].state == STATE_DELIVERED)
			break;
		c->proceeding_told = true;
		state_set(c, STATE_INCOMING, STATE_PROCEEDING, t->t310);
		break;
	case Q931_ALERTING:
	case Q931_PROGRESS:
		state_set(c, STATE_RECEIVED, STATE_DELIVERED, t->t301);
		break;
	case Q931_CONNECT:
		state_set(c, STATE_ACTIVE, STATE_ACTIVE, 0);
		connected(c);
		break;
	default:
		if (c->side[SIDE_B].state == STATE_INITIATED)
			state_set(c, c->side[SIDE_A].state, STATE_PROCEEDING,
				  t->t310);
	}
}


static int step_send(struct call *c, struct item *it)
{
	int err;

	/* an answer of the called side stops our own */
	if (it->from == SIDE_B && !c->connected)
		c->env->io.timer(c, CALL_TIMER_PROCEEDING, 0, c->arg);
	err = pass_on(c, it);
	if (err || c->ended)
		return err;
	state_go(c, it);
	if (it->u.msg)
		h245_went_on(c, it);

	return 0;
}


int signal_step(struct call *c, struct item *it)
{
	int err = 0;

	for (; it->step <= STEP_SEND && !c->ended && !err;) {
		switch (it->step) {
		case STEP_READ:
			err = read_message(c, it);
			break;
		case STEP_FAST:
			err = it->u.msg ? carried_fast(c, it) : 0;
			break;
		case STEP_H245:
			err = it->u.msg ? carried_h245(c, it) : 0;
			break;
		case STEP_LISTEN:
			err = it->u.msg ? carried_listen(c, it) : 0;
			break;
		case STEP_SEND:
			err = step_send(c, it);
			break;
		default:
			break;
		}
		if (!err)
			it->step++;
	}

	return err;
}
