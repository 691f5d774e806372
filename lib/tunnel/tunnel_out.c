/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tunnel_out.c  A tunnel's frames, out
 *
 * Owns what is to go out: link frames of the present connection, and the
 * sequence of channel frames until they are acknowledged.
 */
#include <errno.h>
#include <string.h>
#include "tunnel/priv.h"


enum {
	AHEAD	   = 16384, /* octets made ready before they are asked for */
	LINK_MAX   = 65536, /* octets of link frames that wait */
	RESEND_END = 2 * TUNNEL_RESEND_MAX, /* nobody acknowledges: give up */
};


void tunnel_wake(struct tunnel *t)
{
	if (t->attached && !t->ended && t->h.outputh)
		t->h.outputh(t, t->arg);
}


/* Of the present connection alone */
int tunnel_link_frame(struct tunnel *t, enum frame_type type, const uint8_t *p,
		      size_t len)
{
	const struct frame f = {.length = (uint16_t)len, .type = type};
	uint8_t head[FRAME_HEADER];
	int err;

	if (!t->attached)
		return ENOTCONN;
	if (!t->link)
		t->link = mbuf_alloc(64);
	if (!t->link)
		return ENOMEM;
	if (mbuf_get_left(t->link) > LINK_MAX)
		return ENOBUFS;

	frame_encode(head, &f);
	const size_t pos = t->link->pos;

	t->link->pos = t->link->end;
	err = mbuf_write_mem(t->link, head, sizeof(head));
	err |= mbuf_write_mem(t->link, p, len);
	t->link->pos = pos;
	tunnel_wake(t);

	return err;
}


/* A channel's frame, into the sequence */
int tunnel_frame(struct tunnel *t, uint32_t channel, enum frame_type type,
		 uint8_t flags, const void *p, size_t len)
{
	const struct frame f = {
		.length	 = (uint16_t)len,
		.type	 = type,
		.flags	 = flags,
		.channel = channel,
	};
	uint8_t head[FRAME_HEADER];
	int err;

	if (t->resend.len > RESEND_END) {
		tunnel_end(t, TUNNEL_LIMIT);
		return ENOBUFS;
	}

	frame_encode(head, &f);
	err = resend_append(&t->resend, head, sizeof(head), p, len);
	if (err)
		return err;

	++t->stats.frames_out;
	t->stats.bytes_out += FRAME_HEADER + len;
	tunnel_wake(t);

	return 0;
}


/* lets channels that have something to send make frames of it, in turn */
static void pump(struct tunnel *t)
{
	for (;;) {
		struct channel *ch = list_ledata(list_head(&t->ready));

		if (!ch || t->resend.len >= TUNNEL_RESEND_MAX ||
		    t->resend.len - t->resend.sent >= AHEAD)
			return;
		if (!channel_pump(ch))
			return;
	}
}


static size_t whole_frames(const uint8_t *p, size_t len, size_t room)
{
	size_t n = 0;

	while (n < len) {
		const size_t flen = FRAME_HEADER + frame_u16(p + n);

		if (n + flen > room)
			break;
		n += flen;
	}

	return n;
}


static size_t output_link(struct tunnel *t, uint8_t *p, size_t size)
{
	size_t n;

	if (!t->link)
		return 0;

	n = whole_frames(mbuf_buf(t->link), mbuf_get_left(t->link), size);
	memcpy(p, mbuf_buf(t->link), n);
	mbuf_advance(t->link, (ssize_t)n);
	if (!mbuf_get_left(t->link))
		t->link = mem_deref(t->link);

	return n;
}


/**
 * What is to go out on the present connection
 *
 * @param t    Tunnel
 * @param p    Room for it
 * @param size Octets of room, at least FRAME_MAX
 *
 * @return Octets, whole frames; 0: there is nothing
 */
size_t tunnel_output(struct tunnel *t, uint8_t *p, size_t size)
{
	const uint8_t *next;
	size_t n, m, len;

	if (!t->attached)
		return 0;

	mem_ref(t);
	n = output_link(t, p, size);
	do {
		if (!t->ended)
			pump(t);
		next = resend_next(&t->resend, &len);
		m    = next ? whole_frames(next, len, size - n) : 0;
		if (m)
			memcpy(p + n, next, m);
		resend_sent(&t->resend, m);
		n += m;
	} while (m && size - n >= FRAME_MAX);
	mem_deref(t);

	return n;
}


/** Ask the other end for a sign of life; tunnel_last_pong() has the last token
 *  that came back */
void tunnel_ping(struct tunnel *t, uint64_t token)
{
	uint8_t p[8];

	frame_u64_put(p, token);
	(void)tunnel_link_frame(t, FRAME_PING, p, sizeof(p));
}


/** Say what was received, if that was not said yet */
void tunnel_ack(struct tunnel *t)
{
	uint8_t p[8];

	if (t->acked == t->received)
		return;

	frame_u64_put(p, t->received);
	if (!tunnel_link_frame(t, FRAME_ACK, p, sizeof(p)))
		t->acked = t->received;
}


/** Tell the other end that the tunnel ends */
void tunnel_goaway(struct tunnel *t, enum tunnel_reason why)
{
	uint8_t p[2];

	frame_u16_put(p, (uint16_t)why);
	(void)tunnel_link_frame(t, FRAME_GOAWAY, p, sizeof(p));
}
