/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file aware_msg.h  What an agent in aware mode reads in a SIP message
 */
#ifndef POSTERN_AGENT_AWARE_MSG_H
#define POSTERN_AGENT_AWARE_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "call/session.h"
#include "edge/edge.h"
#include "sdp/sdp.h"

enum aware_method {
	AWARE_INVITE,
	AWARE_ACK,
	AWARE_BYE,
	AWARE_CANCEL,
	AWARE_UPDATE,
	AWARE_PRACK,
	AWARE_OTHER,
};

/** A message, read. The text is borrowed */
struct aware_msg {
	const char *p;
	size_t len;	 /**< of what belongs to it */
	size_t head;	 /**< with the empty line */
	bool reply;
	int code;	 /**< a reply's */
	bool reliable;	 /**< a provisional reply that PRACK follows */
	enum aware_method method; /**< in a reply: what it answers */
	uint32_t cseq;
	char callid[SESSION_CALLID_MAX + 1];
	char from_tag[SESSION_TAG_MAX + 1];
	char to_tag[SESSION_TAG_MAX + 1];
	struct session_dialog d; /**< the same */
	struct sdp *sdp;	 /**< NULL: none */
	size_t sdp_at, sdp_len;	 /**< in p */
};

int aware_msg_decode(struct aware_msg *m, const uint8_t *p, size_t len);
int aware_msg_encode(const struct aware_msg *m, char **text, size_t *len);
void aware_msg_far(struct aware_msg *m, const struct edge *e);
void aware_msg_reset(struct aware_msg *m);

#endif
