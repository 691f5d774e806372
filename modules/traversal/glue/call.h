/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call.h  What a SIP message means for its call's media
 *
 * Finds the session a message belongs to, has call/media.h work out its offer
 * or answer, tells the relay, writes the relay's addresses into the message.
 * The sessions are in sessions.c; owns nothing but this process's buffers.
 */
#ifndef TRAVERSAL_GLUE_CALL_H
#define TRAVERSAL_GLUE_CALL_H

#include "glue/compat.h"
#include "call/session.h"

/** What functions tell the script */
enum call_result {
	CALL_DONE = 1,
	CALL_NOTHING = -1,	 /**< no SDP, or no session: nothing to do */
	CALL_NO_RELAY = -2,	 /**< answer 503 */
	CALL_MALFORMED = -3, /**< its SDP can't be read: answer 400 */
};

/** How an offer is to be treated; NULL: as the modparams say */
struct call_options {
	char iface[SESSION_SIDES][SESSION_IFACE_SIZE]; /**< of caller, called */
	int ice_lite;	  /**< -1: as the modparam says */
};

/* modparams */
void call_conf_set(unsigned nat_signs, bool ice_lite);

/* in mod_init's processes: buffers; 0, -1 */
int call_child_init(void);

/* the initial INVITE, as it goes to one branch of the call (call_txn's id) */
int call_branch(sip_msg_t *msg, const char *call, int branch,
		const struct call_options *o);
/* is there an SDP in it that can't be read? CALL_DONE, _NOTHING, _MALFORMED */
int call_check(sip_msg_t *msg);
/* a request within a dialog; id gets its session's, "" when there is none */
int call_request(sip_msg_t *msg, char id[SESSION_ID_SIZE]);
/* a reply to an INVITE, UPDATE or PRACK; branch -1: within a dialog; call may
 * be NULL where it isn't known */
int call_reply(sip_msg_t *msg, const char *call, int branch);
/* the call ends: what for, and who ended it by what */
int call_delete(sip_msg_t *msg, const char *reason);

/* the unanswered (or all) sessions of a call end */
void call_close(const char *callid, const char *call, bool all,
		const char *reason);
/* an offer was refused */
void call_reject(const char *id);

/* the session of a message, or NULL; valid until the next call of any */
const struct session *call_session(sip_msg_t *msg, enum session_side *sender);

#endif
