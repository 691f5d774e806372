/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file aware_msg.c  What an agent in aware mode reads in a SIP message
 *
 * libosip2 reads it; the text is kept, and of it only the session description
 * and what says its length are ever replaced. Pure, but for the library's own
 * state.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "aware_msg.h"
#include "sip_head.h"
#include "sip_library.h"


static int copy(char *to, size_t size, const char *text)
{
	const size_t len = text ? strlen(text) : 0;

	if (len >= size)
		return E2BIG;
	memcpy(to, text ? text : "", len);
	to[len] = '\0';

	return 0;
}


static enum aware_method method_of(const char *name)
{
	static const char *const names[AWARE_OTHER] = {
		"INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "PRACK"};
	unsigned i = 0;

	while (i < AWARE_OTHER && strcmp(name, names[i]))
		++i;

	return (enum aware_method)i;
}


static int tag_of(char *to, size_t size, osip_list_t *params)
{
	osip_generic_param_t *tag = NULL;

	(void)osip_generic_param_get_byname(params, "tag", &tag);

	return copy(to, size, tag ? tag->gvalue : NULL);
}


static int head_read(struct aware_msg *m, osip_message_t *o)
{
	osip_header_t *rseq = NULL;
	int err;

	if (!o->call_id || !o->call_id->number || !o->cseq ||
	    !o->cseq->method || !o->cseq->number || !o->from || !o->to)
		return EBADMSG;

	m->method   = method_of(o->cseq->method);
	m->cseq	    = (uint32_t)strtoul(o->cseq->number, NULL, 10);
	m->reply    = MSG_IS_RESPONSE(o);
	m->code	    = m->reply ? o->status_code : 0;
	m->reliable = m->code > 100 && m->code < 200 &&
		      osip_message_header_get_byname(o, "rseq", 0, &rseq) >= 0;
	err = sip_library_call(o, m->callid, sizeof(m->callid));
	if (!err)
		err = tag_of(m->from_tag, sizeof(m->from_tag),
			     &o->from->gen_params);
	if (!err)
		err = tag_of(m->to_tag, sizeof(m->to_tag), &o->to->gen_params);
	m->d = (struct session_dialog){
		.callid	      = m->callid,
		.callid_len   = strlen(m->callid),
		.from_tag     = m->from_tag,
		.from_tag_len = strlen(m->from_tag),
		.to_tag	      = m->to_tag,
		.to_tag_len   = strlen(m->to_tag),
	};

	return err;
}


static int body_read(struct aware_msg *m, const osip_message_t *o)
{
	char *type = NULL;
	size_t at  = 0;
	int err;

	if (m->len == m->head || !o->content_type ||
	    osip_content_type_to_str(o->content_type, &type))
		return 0;
	err = sdp_body_find(type, strlen(type), m->p + m->head,
			    m->len - m->head, &at, &m->sdp_len);
	osip_free(type);
	if (err)
		return err == ENOENT ? 0 : err;
	m->sdp_at = m->head + at;

	return sdp_decode(&m->sdp, m->p + m->sdp_at, m->sdp_len);
}


/* where the head ends, and what of the rest is the body (RFC 3261 §18.3) */
static int bounds(struct aware_msg *m, const uint8_t *p, size_t len)
{
	struct sip_head h;

	if (sip_head_decode(&h, p, len) || h.len > len ||
	    h.body > len - h.len)
		return EBADMSG;
	m->p	= (const char *)p;
	m->head = h.len;
	m->len	= h.has_length ? h.len + h.body : len;

	return 0;
}


/* as the far side has it; its length */
static size_t text_far(char *text, size_t size, const struct edge *e)
{
	char far[SESSION_CALLID_MAX + 1];
	size_t n = 0;

	if (edge_text(far, size < sizeof(far) ? size - 1 : sizeof(far) - 1, &n,
		      text, strlen(text), e))
		return strlen(text);
	memcpy(text, far, n);
	text[n] = '\0';

	return n;
}


/** It is the terminal's: its dialog is to be called what the far side calls it.
 *  Where that does not fit it stays what it was */
void aware_msg_far(struct aware_msg *m, const struct edge *e)
{
	m->d.callid_len	  = text_far(m->callid, sizeof(m->callid), e);
	m->d.from_tag_len = text_far(m->from_tag, sizeof(m->from_tag), e);
	m->d.to_tag_len	  = text_far(m->to_tag, sizeof(m->to_tag), e);
}


/**
 * Read a message
 *
 * @param m   Result; aware_msg_reset() it, whatever is returned
 * @param p   Message, borrowed until then
 * @param len Its length
 *
 * @return 0; EBADMSG: it can't be read, or its session description; E2BIG:
 *	   something in it is beyond our limits; ENOMEM
 */
int aware_msg_decode(struct aware_msg *m, const uint8_t *p, size_t len)
{
	osip_message_t *o = NULL;
	int err;

	memset(m, 0, sizeof(*m));
	err = bounds(m, p, len);
	if (err)
		return err;
	if (osip_message_init(&o))
		return ENOMEM;

	err = sip_library_read(o, m->p, m->head);
	if (!err)
		err = head_read(m, o);
	if (!err)
		err = body_read(m, o);
	osip_message_free(o);

	return err;
}


void aware_msg_reset(struct aware_msg *m)
{
	sdp_free(m->sdp);
	m->sdp = NULL;
}


/* ---- the text, with another description ---- */

/* behind the colon of a header's line, if it is Content-Length */
static const char *length_value(const char *line, const char *end)
{
	const char *colon = memchr(line, ':', (size_t)(end - line));
	const char *stop  = colon;

	if (!colon)
		return NULL;
	while (stop > line && (stop[-1] == ' ' || stop[-1] == '\t'))
		--stop;
	if ((stop - line == 14 && !strncasecmp(line, "Content-Length", 14)) ||
	    (stop - line == 1 && (*line == 'l' || *line == 'L')))
		return colon + 1;

	return NULL;
}


static int head_put(struct mbuf *mb, const struct aware_msg *m, size_t body)
{
	const char *p = m->p, *stop = m->p + m->head;
	int err = 0;

	while (p < stop && !err) {
		const char *nl	  = memchr(p, '\n', (size_t)(stop - p));
		const char *end	  = nl ? nl + 1 : stop;
		const char *value = length_value(p, end);

		if (value) {
			err = mbuf_write_mem(mb, (const uint8_t *)p,
					     (size_t)(value - p));
			err |= mbuf_printf(mb, " %zu\r\n", body);
		} else {
			err = mbuf_write_mem(mb, (const uint8_t *)p,
					     (size_t)(end - p));
		}
		p = end;
	}

	return err;
}


/**
 * The message with the edits its session description has
 *
 * @param m    Message
 * @param text Result; free() it
 * @param len  Its length
 *
 * @return 0 or an errno
 */
int aware_msg_encode(const struct aware_msg *m, char **text, size_t *len)
{
	const size_t after = m->sdp_at + m->sdp_len;
	struct mbuf *mb	   = mbuf_alloc(m->len + 512);
	char *sdp	   = NULL;
	size_t n	   = 0;
	int err		   = mb ? 0 : ENOMEM;

	if (!err)
		err = sdp_encode(m->sdp, &sdp, &n);
	if (!err)
		err = head_put(mb, m, m->len - m->head - m->sdp_len + n);
	if (!err)
		err = mbuf_write_mem(mb, (const uint8_t *)m->p + m->head,
				     m->sdp_at - m->head);
	if (!err)
		err = mbuf_write_mem(mb, (const uint8_t *)sdp, n);
	if (!err)
		err = mbuf_write_mem(mb, (const uint8_t *)m->p + after,
				     m->len - after);
	free(sdp);
	*text = err ? NULL : malloc(mb->end);
	if (!err && !*text)
		err = ENOMEM;
	if (!err) {
		memcpy(*text, mb->buf, mb->end);
		*len = mb->end;
	}
	mem_deref(mb);

	return err;
}
