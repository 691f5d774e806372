/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file aware_relay.c  What an agent in aware mode asks of the relay
 *
 * The sessions of its calls, in the words of the module's, on the control
 * channel (session.open, session.update, session.close). Owns no state.
 */
#include "aware_priv.h"
#include <errno.h>
#include "call/relay_params.h"

enum {
	ASK_MS	  = 5000,
	SILENCE_S = 60, /* of media, until the relay ends a session */
};

static const struct relay_conf relay_words = {
	.timeout = SILENCE_S,
	.dscp	 = -1,
};


/** A session is not needed any more */
void aware_relay_close(struct aware *aw, const char *id)
{
	if (aw->control)
		(void)control_notify(aw->control, "session.close",
				     json_pack("{s:s}", "id", id));
}


/** A call ends, and its session */
void aware_relay_end(struct aware *aw, struct aware_call *c)
{
	if (c->s->opened)
		aware_relay_close(aw, c->s->id);
	aware_call_end(c);
}


/** A call ends that is not known: an agent that was started anew knows how its
 *  sessions are called */
void aware_relay_end_unknown(struct aware *aw, const struct aware_job *j)
{
	const struct aware_msg *m = &j->msg;
	char id[SESSION_ID_SIZE];

	for (unsigned i = 0; i < 4; i++) {
		const bool caller = i & 1, with_port = i & 2;

		if (!aware_call_id(id, m->callid,
				   caller ? m->from_tag : m->to_tag,
				   caller == j->up, &j->who.terminal,
				   with_port))
			aware_relay_close(aw, id);
	}
}


/** A relay that was started anew has forgotten a session; one that was not
 *  finds it as it is */
void aware_relay_open(struct aware *aw, const struct aware_call *c)
{
	if (c->s->opened)
		(void)control_notify(aw->control, "session.open",
				     relay_open_params(c->s, &relay_words));
}


static void on_answer(const json_t *result, const struct rpc_error *err,
		      void *arg)
{
	aware_line_answered(arg, result, err);
}


/**
 * Ask for what a message takes: the line waits for the answer
 *
 * @param j Message
 *
 * @return 0; ENOENT: it takes nothing; or another errno: it can't be asked
 */
int aware_relay_ask(struct aware_job *j)
{
	struct aware *aw  = j->line->aw;
	const bool opened = j->after->opened;
	json_t *params	  = NULL;
	int err;

	if (opened)
		params = relay_update_params(j->call->s, j->after,
					     &relay_words);
	else if (session_streams_open(j->after))
		params = relay_open_params(j->after, &relay_words);
	if (!params)
		return ENOENT;
	if (!aw->control) {
		json_decref(params);
		return ENOTCONN;
	}
	err = control_ask(&j->ask, aw->control,
			  opened ? "session.update" : "session.open", params,
			  ASK_MS, on_answer, j);
	j->line->asking = !err;

	return err == ENOENT ? EIO : err;
}
