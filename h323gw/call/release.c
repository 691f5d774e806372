/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file release.c  The end of a call, whoever wants it: both sides, once
 */
#include <errno.h>
#include <string.h>
#include "h323gw/call/priv.h"

/* EndSessionCommand, disconnect (H.245 §B.14) */
const uint8_t h245_end_session[2] = {0x4a, 0x40};


/* the relay's sessions and the rest follow from ended() */
static void finish(struct call *c, enum call_by by, int reason, int cause,
		   const char *why)
{
	const struct call_io *io = &c->env->io;
	struct call_info *info	 = &c->info;

	info->ended  = true;
	info->by     = by;
	info->reason = reason;
	info->cause  = cause;
	info->end    = io->now(c->arg);
	str_ncpy(info->why, why, sizeof(info->why));

	for (int t = 0; t < CALL_TIMERS; t++)
		io->timer(c, (enum call_timer)t, 0, c->arg);
	for (int s = 0; s < SIDES; s++) {
		io->h245_close(c, (enum side)s, c->arg);
		info->party[s].open = false;
		c->side[s].state    = STATE_NULL;
		io->released(c, (enum side)s, c->arg);
	}
	io->ended(c, c->arg);
}


/* it has got, or is about to get, its ReleaseComplete */
static bool is_to_hear(const struct call *c, enum side s)
{
	return c->info.party[s].open && c->side[s].state != STATE_NULL;
}


void release_all(struct call *c, enum call_by by, int reason, int cause,
		 const char *why)
{
	if (c->ended)
		return;
	c->ended = true;
	mem_ref(c);
	for (int s = 0; s < SIDES; s++) {
		if (!is_to_hear(c, (enum side)s))
			continue;
		h245_finish(c, (enum side)s);
		own_release(c, (enum side)s, reason, cause);
	}
	finish(c, by, reason, cause, why);
	line_clear(c);
	mem_deref(c);
}


/* what it says; a side that says nothing means nothing special (H.225.0
 * §7.2.2.8: at least one of both) */
static void reason_read(const struct item *it, int *reason, int *cause)
{
	const struct q931_ie *ie = q931_find(&it->q, Q931_IE_CAUSE);
	struct q931_cause qc;

	*reason = 0;
	*cause	= 0;
	if (it->u.msg && it->u.body ==
			H323_UU_PDU__h323_message_body_PR_releaseComplete) {
		const ReleaseComplete_UUIE_t *rc =
			&it->u.pdu->h323_message_body.choice.releaseComplete;

		*reason = rc->reason ? (int)rc->reason->present : 0;
	}
	if (ie && !q931_cause_decode(&qc, ie))
		*cause = qc.value;
	if (!*cause)
		*cause = cause_of_reason(*reason);
}


void release_received(struct call *c, struct item *it)
{
	const enum side to = side_other(it->from);
	struct call_env *e = c->env;
	int reason, cause, err;

	err = uuie_decode(&it->u, e->per, e->uu, &it->q);
	if (err && err != ENOENT)
		e->io.odd(c, it->from, "an unreadable ReleaseComplete",
			  c->arg);
	reason_read(it, &reason, &cause);
	c->ended = true;
	c->info.party[it->from].open = false;

	if (is_to_hear(c, to)) {
		if (!it->u.msg || pass_release(c, it, cause)) {
			h245_finish(c, to);
			own_release(c, to,
				    reason ? reason : reason_of_cause(cause),
				    cause);
		}
	}
	finish(c, it->from == SIDE_A ? CALL_BY_CALLER : CALL_BY_CALLEE, reason,
	       cause, "ReleaseComplete");
	line_clear(c);
}
