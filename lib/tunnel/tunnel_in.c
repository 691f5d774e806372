/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tunnel_in.c  A tunnel's frames, in
 *
 * Owns the frame of which not all is here yet, and says which numbers of
 * channels may come. Who breaks the rules has ended the tunnel.
 */
#include <errno.h>
#include "tunnel/priv.h"


enum {
	ACK_EVERY = 32768, /* octets received */
};


static void refuse(struct tunnel *t, uint32_t id, enum tunnel_reason why)
{
	uint8_t p[2];

	++t->stats.channels_refused;
	frame_u16_put(p, (uint16_t)why);
	(void)tunnel_frame(t, id, FRAME_RESET, 0, p, sizeof(p));
}


static int got_open(struct tunnel *t, const struct frame *f, const uint8_t *p)
{
	const uint32_t window = frame_u32(p + 1);
	struct channel *ch;
	int err;

	/* the other end's numbers, each once */
	if (f->channel <= t->highest ||
	    (f->channel & 1) == (t->side == TUNNEL_AGENT ? 1 : 0))
		return EPROTO;
	if (p[0] != CHANNEL_BYTES && p[0] != CHANNEL_MESSAGES)
		return EPROTO;
	if (window > 2 * TUNNEL_WINDOW)
		return EPROTO;
	t->highest = f->channel;

	if (t->channelc > TUNNEL_CHANNELS_MAX) {
		refuse(t, f->channel, TUNNEL_LIMIT);
		return 0;
	}
	if (!t->h.openh) {
		refuse(t, f->channel, TUNNEL_REFUSED);
		return 0;
	}

	err = channel_alloc(&ch, t, f->channel, (enum channel_kind)p[0],
			    CHANNEL_ASKED);
	if (err)
		return err;
	ch->tx_window = window;
	t->h.openh(t, ch, (const char *)p + 5, f->length - 5u, t->arg);

	return 0;
}


static int got_channel_frame(struct tunnel *t, const struct frame *f,
			     const uint8_t *p)
{
	struct channel *ch;
	const bool ours = (f->channel & 1) == (t->side == TUNNEL_AGENT);

	t->received += FRAME_HEADER + (uint64_t)f->length;
	t->stats.bytes_in += FRAME_HEADER + (uint64_t)f->length;
	++t->stats.frames_in;

	if (f->type == FRAME_OPEN)
		return got_open(t, f, p);

	ch = tunnel_find(t, f->channel);
	if (ch) {
		if (ch == t->control && f->type != FRAME_DATA &&
		    f->type != FRAME_CREDIT)
			return EPROTO;
		return channel_frame(ch, f, p);
	}

	/* on its way when the channel ended here */
	if (ours ? f->channel < t->next : f->channel <= t->highest)
		return 0;

	return EPROTO;
}


static int got_link_frame(struct tunnel *t, const struct frame *f,
			  const uint8_t *p)
{
	switch (f->type) {

	case FRAME_ACK:
		return resend_ack(&t->resend, frame_u64(p));
	case FRAME_PING:
		(void)tunnel_link_frame(t, FRAME_PONG, p, f->length);
		return 0;
	case FRAME_PONG:
		t->pong = frame_u64(p);
		++t->stats.pongs;
		return 0;
	case FRAME_GOAWAY:
		tunnel_end(t, (enum tunnel_reason)frame_u16(p));
		return 0;
	default: /* of the beginning */
		return EPROTO;
	}
}


/* whole frames of p; *used: their octets */
static int input_frames(struct tunnel *t, const uint8_t *p, size_t len,
			size_t *used)
{
	struct frame f;
	int err = 0;

	*used = 0;
	while (!err && !t->ended && t->attached) {
		const uint8_t *at = p + *used;

		err = frame_decode(&f, at, len - *used);
		if (err == EAGAIN || (!err && len - *used <
					     FRAME_HEADER + (size_t)f.length))
			return 0;
		if (err)
			break;

		*used += FRAME_HEADER + (size_t)f.length;
		at += FRAME_HEADER;
		err = frame_of_channel(&f) ? got_channel_frame(t, &f, at)
					   : got_link_frame(t, &f, at);
	}

	return err;
}


static int keep(struct tunnel *t, const uint8_t *p, size_t len)
{
	if (!len)
		return 0;
	if (!t->rx)
		t->rx = mbuf_alloc(len);
	if (!t->rx)
		return ENOMEM;

	t->rx->pos = t->rx->end;

	return mbuf_write_mem(t->rx, p, len);
}


/* what was kept, with as much of p as makes one frame of it */
static int input_kept(struct tunnel *t, const uint8_t **pp, size_t *len)
{
	struct mbuf *mb = t->rx;
	size_t used, n = *len;
	struct frame f;
	int err;

	if (mb->end < FRAME_HEADER) {
		n = FRAME_HEADER - mb->end;
	} else {
		(void)frame_decode(&f, mb->buf, mb->end);
		n = FRAME_HEADER + (size_t)f.length - mb->end;
	}
	if (n > *len)
		n = *len;

	err = keep(t, *pp, n);
	*pp += n;
	*len -= n;
	if (err)
		return err;

	t->rx = NULL;
	err   = input_frames(t, mb->buf, mb->end, &used);
	if (!err && !used && !t->rx)
		t->rx = mem_ref(mb);
	mem_deref(mb);

	return err;
}


/**
 * Octets of the present connection came in
 *
 * @return 0; EPROTO, EBADMSG: the other end breaks the rules, and endh() has
 *         been called; ENOMEM
 */
int tunnel_input(struct tunnel *t, const uint8_t *p, size_t len)
{
	size_t used;
	int err = 0;

	if (!t->attached || t->ended)
		return ENOTCONN;

	mem_ref(t);
	while (!err && len && t->rx && t->attached && !t->ended)
		err = input_kept(t, &p, &len);
	if (!err && len && t->attached && !t->ended) {
		err = input_frames(t, p, len, &used);
		if (!err && t->attached)
			err = keep(t, p + used, len - used);
	}
	if (!err && t->received - t->acked >= ACK_EVERY)
		tunnel_ack(t);

	if (err && err != ENOMEM)
		tunnel_end(t, TUNNEL_PROTOCOL);
	mem_deref(t);

	return err;
}
