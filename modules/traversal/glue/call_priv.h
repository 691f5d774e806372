/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call_priv.h  What the rooms of a call share
 *
 * call_step.c reads a message and puts it back, call_change.c does to a session
 * what it says, call_branch.c begins sessions, call.c finds them and ends them.
 */
#ifndef TRAVERSAL_GLUE_CALL_PRIV_H
#define TRAVERSAL_GLUE_CALL_PRIV_H

#include "glue/body.h"
#include "glue/call.h"
#include "call/media.h"

enum {
	CALL_TRIES = 4, /* of a change that others make impossible */
};

/* this process's room for a change: a session as it is, and as it becomes */
extern struct session *call_before, *call_after;

/** One message's work */
struct call_step {
	sip_msg_t *msg;
	struct body body;
	int found; /* 0: there is an SDP; ENOENT, EBADMSG, E2BIG */
	struct media_facts facts;
	enum session_side from;
	bool invite, reply, ack;
	int code;		/* of a reply */
	bool reliable;	/* a provisional that PRACK follows (RFC 3262) */
	bool rewritten; /* out: b->sdp has edits */
};

/* call_step.c */
int call_dialog(sip_msg_t *msg, struct session_dialog *d);
bool call_is_reply(const sip_msg_t *msg);
void call_step_begin(struct call_step *st, sip_msg_t *msg);
int call_step_end(struct call_step *st, int result);

/* call_change.c */
int call_apply_sdp(
		const struct session *old, struct session *s, struct call_step *st);
int call_change(struct call_step *st, const struct session_dialog *d);

#endif
