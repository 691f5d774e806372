/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file body.c  The session description in a SIP message
 *
 * In a multipart body only the part that is the SDP is replaced; Kamailio
 * corrects Content-Length when it builds what it sends.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "glue/compat.h"
#include "core/data_lump.h"
#include "core/dprint.h"
#include "core/mem/mem.h"
#include "core/parser/msg_parser.h"
#include "core/parser/parse_content.h"
#include "glue/body.h"
#include "glue/stats.h"
#include "call/session.h"

/* the entity's place in the message; 0, ENOENT */
static int entity(sip_msg_t *msg, char **body, size_t *len)
{
	char *end = msg->buf + msg->len;

	if(parse_headers(msg, HDR_CONTENTLENGTH_F | HDR_CONTENTTYPE_F, 0) < 0)
		return ENOENT;

	*body = get_body(msg);
	if(!*body || *body >= end || !msg->content_type)
		return ENOENT;

	*len = (size_t)(end - *body);
	/* over UDP there may be more octets than the entity has (RFC 3261 §18.3) */
	if(msg->content_length && get_content_length(msg) >= 0
			&& (size_t)get_content_length(msg) < *len)
		*len = (size_t)get_content_length(msg);
	return *len ? 0 : ENOENT;
}

static int refuse(const sip_msg_t *msg, int err)
{
	if(err == E2BIG)
		stats_inc(sdp_limit);
	else
		stats_inc(sdp_malformed);
	LM_NOTICE("call %.*s: SDP %s\n", msg->callid ? msg->callid->body.len : 0,
			msg->callid ? msg->callid->body.s : "",
			err == E2BIG ? "beyond our limits" : "can't be read");
	return err;
}

int body_read(struct body *b, sip_msg_t *msg)
{
	size_t len, off, sdplen;
	char *at;
	int err;

	memset(b, 0, sizeof(*b));
	err = entity(msg, &at, &len);
	if(err)
		return err;

	err = sdp_body_find(msg->content_type->body.s,
			(size_t)msg->content_type->body.len, at, len, &off, &sdplen);
	if(err)
		return err == ENOENT ? ENOENT : refuse(msg, err);

	b->at = at + off;
	b->len = sdplen;
	b->digest = session_digest(b->at, b->len);
	err = sdp_decode(&b->sdp, b->at, b->len);
	return err ? refuse(msg, err) : 0;
}

int body_write(const struct body *b, sip_msg_t *msg)
{
	struct lump *anchor;
	char *text, *copy;
	size_t len;
	int err;

	err = sdp_encode(b->sdp, &text, &len);
	if(err)
		return err;

	/* a lump's text is freed with pkg_free() */
	copy = pkg_malloc(len);
	anchor = copy ? del_lump(msg, (int)(b->at - msg->buf), (int)b->len, 0)
				  : NULL;
	if(copy)
		memcpy(copy, text, len);
	free(text);
	if(!anchor || !insert_new_lump_after(anchor, copy, (int)len, 0)) {
		PKG_MEM_ERROR;
		if(copy)
			pkg_free(copy);
		return ENOMEM;
	}
	return 0;
}

void body_reset(struct body *b)
{
	sdp_free(b->sdp);
	b->sdp = NULL;
}
