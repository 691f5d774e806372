/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file aware_job.c  A message of aware mode in its turn
 *
 * It is read; the call it is of is found, or begins; what it means for the
 * call's media is worked out, and the relay asked for what that takes. With
 * the answer it goes on, and what it does to the call takes effect. Owns the
 * message.
 */
#include "aware_priv.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "call/relay_params.h"


/* nobody is there any more for what the relay will answer */
static void abandon(struct aware_job *j)
{
	if (!j->after->opened)
		aware_relay_close(j->line->aw, j->after->id);
	if (j->fresh && j->call->le.list)
		aware_call_end(j->call);
}


static void job_destructor(void *arg)
{
	struct aware_job *j = arg;

	list_unlink(&j->le);
	if (j->ask)
		abandon(j);
	mem_deref(j->ask);
	mem_deref(j->call);
	free(j->after);
	aware_msg_reset(&j->msg);
}


/**
 * A message that waits for its turn
 *
 * @param jp  Result; mem_deref() it
 * @param l   Its line
 * @param up  From the terminal
 * @param p   Message, copied
 * @param len Its length
 *
 * @return 0 or ENOMEM
 */
int aware_job_alloc(struct aware_job **jp, struct aware_line *l, bool up,
		    const uint8_t *p, size_t len)
{
	struct aware_job *j = mem_zalloc(sizeof(*j) + len, job_destructor);

	if (!j)
		return ENOMEM;
	j->line = l;
	j->up	= up;
	j->len	= len;
	memcpy(j->p, p, len);
	*jp = j;

	return 0;
}


/* ---- what a message does, once the relay has answered ---- */

static void job_end(struct aware_job *j)
{
	const struct aware_msg *m = &j->msg;
	struct aware_call *c	  = j->call;

	if (!c) {
		if (!m->reply && m->method == AWARE_BYE)
			aware_relay_end_unknown(j->line->aw, j);
	} else if (!c->le.list) {
		return; /* it has ended meanwhile */
	} else if ((!m->reply && m->method == AWARE_BYE) ||
		   aware_call_refused(c, m)) {
		aware_relay_end(j->line->aw, c);
	}
}


/* What no relay carries does not go past us, and no address of its sender's */
static void no_relay(struct aware_job *j)
{
	struct aware *aw = j->line->aw;

	metrics_inc(aw->counts, AWARE_COUNT_NO_RELAY);
	if (j->fresh && j->call->le.list)
		aware_call_end(j->call);
	if (!j->msg.reply && j->msg.method != AWARE_ACK) {
		aware_send_back(j, "503 Service Unavailable");
	} else if (media_refuse(j->msg.sdp)) {
		aware_send_drop(j);
	} else {
		aware_send_on(j, true);
		job_end(j);
	}
}


/* the session is as it is to be; 0 or an errno: no relay */
static int job_rewrite(struct aware_job *j)
{
	const int err = j->msg.sdp
				? media_rewrite(j->after, j->from, j->msg.sdp)
				: ENOENT;

	if (err && err != ENOENT)
		return err;
	if (j->call->le.list &&
	    aware_call_commit(j->call, j->after, &j->offer))
		return ENOMEM;
	aware_send_on(j, !err);
	job_end(j);

	return 0;
}


/**
 * The relay has answered what was asked for a message
 *
 * @param j	 Message
 * @param result What it answered; NULL: an error
 * @param err	 That
 *
 * @return true: it waits again
 */
bool aware_job_answered(struct aware_job *j, const json_t *result,
			const struct rpc_error *err)
{
	struct aware *aw = j->line->aw;
	int e		 = result ? 0 : EREMOTEIO;

	/* it has closed the session: a longer hold, or it was started anew */
	if (e && err->code == RPC_NOT_FOUND && !j->reopening) {
		j->reopening	 = true;
		j->after->opened = false;
		if (!aware_relay_ask(j))
			return true;
	}
	if (e)
		aware_complain(aw, j->msg.callid, err->message);
	else
		e = relay_result_read(j->after, result);
	j->after->opened = j->after->opened || !e;
	if (!e && !j->call->le.list)
		aware_relay_close(aw, j->after->id);
	if (e && !j->msg.sdp) { /* a refusal, say: it goes on */
		aware_send_on(j, false);
		job_end(j);
	} else if (e || job_rewrite(j)) {
		no_relay(j);
	}

	return false;
}


/* ---- a message comes to its turn ---- */

static int find_call(struct aware_job *j)
{
	struct aware *aw = j->line->aw;
	const bool begins =
		!j->msg.reply && j->msg.method == AWARE_INVITE;
	int err = 0;

	j->call = mem_ref(aware_call_find(aw->calls, &j->msg, &j->who,
					  &j->from));
	if (!j->call && begins) {
		j->from = SESSION_A;
		err = aware_call_new(&j->call, aw->calls, &j->msg, &j->who);
		(void)mem_ref(j->call);
		j->fresh = !err;
	}
	if (!err && j->fresh)
		metrics_inc(aw->counts, AWARE_COUNT_CALLS);

	return err;
}


/* true: it waits for the relay */
static bool in_call(struct aware_job *j)
{
	int err;

	j->after = session_alloc();
	if (!j->after)
		goto none;
	session_copy(j->after, j->call->s);
	err = aware_call_work(j->call, j->after, &j->offer, &j->msg, &j->who,
			      j->from);
	if (err && err != ENOENT)
		goto none;
	err = aware_relay_ask(j);
	if (!err)
		return true;
	if (err == ENOENT || !j->msg.sdp)
		err = job_rewrite(j);
	if (!err)
		return false;
 none:
	if (j->msg.sdp)
		no_relay(j);
	else
		aware_send_drop(j);

	return false;
}


static void who_of(struct aware_job *j)
{
	const struct edge *e = &j->line->edge;

	j->who = (struct aware_from){
		.up	  = j->up,
		.terminal = e->terminal,
		.door	  = e->door,
		.far	  = e->self,
		.agent	  = j->line->aw->agent,
	};
}


static int job_read(struct aware_job *j)
{
	const int err = aware_msg_decode(&j->msg, j->p, j->len);

	who_of(j);
	if (!err && j->up)
		aware_msg_far(&j->msg, &j->line->edge);

	return err;
}


/** A refusal in the terminal's name goes past what waits: it takes nothing of
 *  the relay, and what it refuses ends */
void aware_job_pass(struct aware_job *j)
{
	if (job_read(j))
		return;
	j->call = mem_ref(aware_call_find(j->line->aw->calls, &j->msg,
					  &j->who, &j->from));
	aware_send_on(j, false);
	job_end(j);
}


/**
 * A message comes to its turn
 *
 * @param j Message
 *
 * @return true: it waits for the relay
 */
bool aware_job_run(struct aware_job *j)
{
	struct aware *aw = j->line->aw;
	int err		 = job_read(j);

	if (err) {
		metrics_inc(aw->counts, AWARE_COUNT_UNREADABLE);
		aware_complain(aw, j->msg.callid, "a message can't be read");
		aware_send_back(j, err == E2BIG
					   ? "413 Request Entity Too Large"
					   : "400 Bad Request");
		return false;
	}
	err = find_call(j);
	if (j->call)
		return in_call(j);

	/* the description of media that are no call's */
	if (err || (j->msg.sdp && media_refuse(j->msg.sdp))) {
		aware_complain(aw, j->msg.callid, strerror(err ? err : ENOMEM));
		aware_send_back(j, "503 Service Unavailable");
		return false;
	}
	aware_send_on(j, j->msg.sdp != NULL);
	job_end(j);

	return false;
}
