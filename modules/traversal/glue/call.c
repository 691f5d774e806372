/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call.c  What a SIP message means for its call's media
 *
 * Finds the session a message belongs to and has it changed; ends it. Owns this
 * process's room for a change.
 */
#include <errno.h>
#include <stdio.h>
#include "glue/compat.h"
#include "glue/ask.h"
#include "glue/call_priv.h"
#include "glue/call_record.h"
#include "glue/monitor.h"
#include "glue/sessions.h"
#include "call/media.h"

struct session *call_before, *call_after;

int call_child_init(void)
{
	if(!call_before)
		call_before = session_alloc();
	if(!call_after)
		call_after = session_alloc();
	return call_before && call_after ? 0 : -1;
}

int call_request(sip_msg_t *msg, char id[SESSION_ID_SIZE])
{
	struct session_dialog d;
	enum session_side from;
	struct call_step st;

	id[0] = '\0';
	if(call_dialog(msg, &d) < 0
			|| table_find_dialog(sessions_table(), &d, call_before, &from))
		return CALL_NOTHING;

	call_step_begin(&st, msg);
	st.from = from;
	(void)snprintf(id, SESSION_ID_SIZE, "%s", call_before->id);
	return call_step_end(&st, call_change(&st, &d));
}

/* whose session is it, and which side sent the reply? */
static int find_reply(const struct session_dialog *d, const char *call,
		int branch, enum session_side *from)
{
	enum session_side requester;
	char id[SESSION_ID_SIZE];

	if(branch >= 0 && call) {
		*from = SESSION_B;
		table_id(sessions_table(), id, d->callid, d->callid_len, call, branch);
		return table_get(sessions_table(), id, call_before);
	}
	if(branch >= 0) {
		*from = SESSION_B;
		return table_find_branch(sessions_table(), d, branch, call_before);
	}
	if(table_find_dialog(sessions_table(), d, call_before, &requester))
		return ENOENT;
	*from = session_other(requester);
	return 0;
}

int call_reply(sip_msg_t *msg, const char *call, int branch)
{
	struct session_dialog d;
	enum session_side from;
	struct call_step st;

	if(call_dialog(msg, &d) < 0 || find_reply(&d, call, branch, &from))
		return CALL_NOTHING;

	call_step_begin(&st, msg);
	st.from = from;
	return call_step_end(&st, call_change(&st, &d));
}

int call_delete(sip_msg_t *msg, const char *reason)
{
	enum session_side sender;
	struct session_dialog d;

	if(call_dialog(msg, &d) < 0
			|| table_find_dialog(sessions_table(), &d, call_before, &sender)
			|| table_remove(sessions_table(), call_before->id, call_before))
		return CALL_NOTHING;

	monitor_close(call_before, reason);
	record_end(call_before->call, reason, 0,
			sender == SESSION_A ? "caller" : "callee");
	return CALL_DONE;
}

void call_close(const char *callid, const char *call, bool all,
		const char *reason)
{
	while(table_take_call(
				  sessions_table(), callid, call, NULL, all, call_before)
			== 0)
		monitor_close(call_before, reason);
}

void call_reject(const char *id)
{
	for(int i = 0; i < CALL_TRIES; i++) {
		int err;

		if(table_get(sessions_table(), id, call_before))
			return;
		if(call_before->offerer == SESSION_NOBODY)
			return;
		session_copy(call_after, call_before);
		media_reject(call_after);
		(void)ask_update(call_before, call_after);
		err = table_replace(sessions_table(), call_after);
		if(err == 0 && call_after->confirmed)
			sessions_keep(call_after);
		if(err != EAGAIN)
			return;
	}
}

const struct session *call_session(sip_msg_t *msg, enum session_side *sender)
{
	struct session_dialog d;

	if(call_dialog(msg, &d) < 0
			|| table_find_dialog(sessions_table(), &d, call_before, sender))
		return NULL;
	if(call_is_reply(msg))
		*sender = session_other(*sender);
	return call_before;
}
