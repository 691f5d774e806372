/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call_change.c  What a message does to its session
 *
 * Each change is made on a copy and put back if nobody else was faster; else
 * it is made again. No lock is held while the relay is asked.
 */
#include <errno.h>
#include <string.h>
#include "glue/compat.h"
#include "glue/ask.h"
#include "glue/call_priv.h"
#include "glue/call_record.h"
#include "glue/clock.h"
#include "glue/monitor.h"
#include "glue/relays.h"
#include "glue/sessions.h"
#include "glue/stats.h"

static bool is_offer(const struct session *s, const struct call_step *st)
{
	enum session_side other = session_other(st->from);

	if(st->ack)
		return false;
	if(!st->reply)
		return s->offerer != other || st->invite;
	return st->invite && s->late && s->offerer != other;
}

static bool is_answer(const struct session *s, const struct call_step *st)
{
	return s->offerer == session_other(st->from);
}

/* the streams of an offer that was answered without saying so */
static void settle(struct session *s)
{
	for(unsigned i = 0; i < s->streams_count; i++) {
		if(s->streams[i].state == SESSION_STREAM_OFFERED)
			s->streams[i].state = SESSION_STREAM_ACTIVE;
	}
	s->offerer = SESSION_NOBODY;
}

static int work_out(struct session *s, struct call_step *st)
{
	bool final = !st->reply || st->code >= 200 || st->reliable;
	int err = 0;

	if(is_offer(s, st)) {
		if(!s->family[st->from])
			s->family[st->from] =
					(uint8_t)(media_family(st->body.sdp) == 6 ? 6 : 4);
		err = media_offer(s, st->from, st->body.sdp, &st->facts);
	} else if(is_answer(s, st)) {
		err = media_answer(s, st->from, st->body.sdp, &st->facts, final);
		s->late = s->late && !final;
	}
	return err;
}

/* the SDP of the message, in the session and in the message */
int call_apply_sdp(
		const struct session *old, struct session *s, struct call_step *st)
{
	bool offer = is_offer(s, st), answer = is_answer(s, st);
	int err;

	if(!relays_set()->n) /* signalling alone */
		return CALL_DONE;
	if(session_has_agent(s))
		st->facts.ice_lite = false;

	err = work_out(s, st);
	if(err == ENOENT && !s->opened) /* no media in it */
		return CALL_DONE;
	if(err == E2BIG) {
		stats_inc(sdp_limit);
		return CALL_MALFORMED;
	}
	if(ask_update(old, s))
		return CALL_NO_RELAY;
	if(st->rewritten) /* tried before: the addresses are the same */
		return CALL_DONE;

	err = media_rewrite(s, st->from, st->body.sdp);
	if(err && err != ENOENT)
		return CALL_NO_RELAY;
	st->rewritten = err == 0;
	if(offer)
		stats_inc(offers);
	else if(answer)
		stats_inc(answers);
	return CALL_DONE;
}

static void confirm(struct session *s, const struct call_step *st)
{
	if(!s->confirmed) {
		s->confirmed = true;
		s->answered = clock_wall_ms();
		record_answer(st->msg, s->call);
	}
	if(st->found == ENOENT && s->offerer == SESSION_A)
		settle(s);
}

/* all a message does to its session */
static int apply(const struct session *old, struct session *s,
		struct call_step *st, const struct session_dialog *d)
{
	bool ok = st->code >= 200 && st->code < 300;
	int result = CALL_NOTHING;

	/* the callee's tag: each one downstream has its own until one answers */
	if(st->reply && st->invite && !s->confirmed && d->to_tag_len)
		(void)session_set_tag(s, SESSION_B, d->to_tag, d->to_tag_len);
	if(!st->reply && st->invite)
		s->late = st->found == ENOENT;
	if(st->found == 0)
		result = call_apply_sdp(old, s, st);
	if(result != CALL_NO_RELAY && st->reply && st->invite && ok)
		confirm(s, st);
	return result;
}

/* session call_before has been found: change it, put it back */
int call_change(struct call_step *st, const struct session_dialog *d)
{
	for(int i = 0; i < CALL_TRIES; i++) {
		int err, result;

		session_copy(call_after, call_before);
		result = apply(call_before, call_after, st, d);
		if(!memcmp(call_before, call_after,
				   session_size(call_before->streams_count)))
			return result;

		err = table_replace(sessions_table(), call_after);
		if(err == 0) {
			if(call_after->confirmed)
				sessions_keep(call_after);
			return result;
		}
		if(err == ENOENT) /* closed while we asked the relay: so close it */
			monitor_close(call_after, "closed");
		if(err != EAGAIN)
			return result;
		err = table_get(sessions_table(), call_before->id, call_before);
		if(err)
			return CALL_NOTHING;
	}
	return CALL_NO_RELAY;
}
