/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file body.h  The session description in a SIP message
 *
 * Owns nothing that outlives the message.
 */
#ifndef TRAVERSAL_GLUE_BODY_H
#define TRAVERSAL_GLUE_BODY_H

#include "glue/compat.h"
#include "sdp/sdp.h"

struct body {
	struct sdp *sdp; /**< decoded; NULL: the message has none */
	char *at;		 /**< its text, within the message */
	size_t len;
	uint64_t digest; /**< of the text */
};

/* 0; ENOENT: no SDP in it; EBADMSG, E2BIG: it can't be read (counted and
 * logged). After 0, body_reset(). */
int body_read(struct body *b, sip_msg_t *msg);
/* with all edits made to b->sdp: 0, ENOMEM, or EPROTO */
int body_write(const struct body *b, sip_msg_t *msg);
void body_reset(struct body *b);

#endif
