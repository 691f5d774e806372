/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tunnel.c  Frames in, frames out, over one connection after another
 *
 * Owns the table of channels and the octets that were not acknowledged yet.
 */
#include <errno.h>
#include <string.h>
#include "tunnel/priv.h"


enum {
	BUCKETS	   = 16,
	ACK_EVERY  = 32768,  /* octets received */
	AHEAD	   = 16384,  /* octets made ready before they are asked for */
	LINK_MAX   = 65536,  /* octets of link frames that wait */
	RESEND_END = 2 * TUNNEL_RESEND_MAX, /* nobody acknowledges: give up */
};


static void tunnel_destructor(void *arg)
{
	struct tunnel *t = arg;
	uint32_t i;

	t->ended = true;
	t->h	 = (struct tunnel_handlers){0};
	for (i = 0; t->channels && i < BUCKETS; i++) {
		struct le *le;

		while ((le = list_head(hash_list(t->channels, i))))
			channel_end(le->data, TUNNEL_GONE);
	}
	mem_deref(t->channels);
	mem_deref(t->link);
	mem_deref(t->rx);
	resend_reset(&t->resend);
}


/**
 * Make a tunnel without a connection
 *
 * @param tp   Result
 * @param side Which end this is
 * @param h    Handlers, copied
 * @param arg  For them
 *
 * @return 0 or ENOMEM
 */
int tunnel_alloc(struct tunnel **tp, enum tunnel_side side,
		 const struct tunnel_handlers *h, void *arg)
{
	struct tunnel *t = mem_zalloc(sizeof(*t), tunnel_destructor);
	int err;

	if (!t)
		return ENOMEM;

	t->side	    = side;
	t->h	    = *h;
	t->arg	    = arg;
	t->next	    = side == TUNNEL_AGENT ? 1 : 2;

	err = hash_alloc(&t->channels, BUCKETS);
	if (!err)
		err = channel_alloc(&t->control, t, 0, CHANNEL_MESSAGES,
				    CHANNEL_OPEN);
	if (err) {
		mem_deref(t);
		return err;
	}
	t->control->tx_window = TUNNEL_WINDOW;
	*tp = t;

	return 0;
}


/* ---- out ---- */

void tunnel_wake(struct tunnel *t)
{
	if (t->attached && !t->ended && t->h.outputh)
		t->h.outputh(t, t->arg);
}


static void end(struct tunnel *t, enum tunnel_reason why)
{
	if (t->ended)
		return;

	t->ended = true;
	if (t->h.endh)
		t->h.endh(t, why, t->arg);
}


static int link_frame(struct tunnel *t, enum frame_type type, const uint8_t *p,
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
		end(t, TUNNEL_LIMIT);
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
	(void)link_frame(t, FRAME_PING, p, sizeof(p));
}


/** Say what was received, if that was not said yet */
void tunnel_ack(struct tunnel *t)
{
	uint8_t p[8];

	if (t->acked == t->received)
		return;

	frame_u64_put(p, t->received);
	if (!link_frame(t, FRAME_ACK, p, sizeof(p)))
		t->acked = t->received;
}


/** Tell the other end that the tunnel ends */
void tunnel_goaway(struct tunnel *t, enum tunnel_reason why)
{
	uint8_t p[2];

	frame_u16_put(p, (uint16_t)why);
	(void)link_frame(t, FRAME_GOAWAY, p, sizeof(p));
}


/* ---- in ---- */

struct channel *tunnel_find(const struct tunnel *t, uint32_t id)
{
	struct le *le = list_head(hash_list(t->channels, id));

	for (; le; le = le->next) {
		struct channel *ch = le->data;

		if (ch->id == id)
			return ch;
	}

	return NULL;
}


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
		(void)link_frame(t, FRAME_PONG, p, f->length);
		return 0;
	case FRAME_PONG:
		t->pong = frame_u64(p);
		++t->stats.pongs;
		return 0;
	case FRAME_GOAWAY:
		end(t, (enum tunnel_reason)frame_u16(p));
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
		end(t, TUNNEL_PROTOCOL);
	mem_deref(t);

	return err;
}


/* ---- connections ---- */

/**
 * A connection carries the tunnel from now on
 *
 * @param t             Tunnel
 * @param peer_received What the other end says it has received
 *
 * @return 0; EPROTO: the other end talks of another tunnel
 */
int tunnel_attach(struct tunnel *t, uint64_t peer_received)
{
	const size_t sent = t->resend.sent;
	int err;

	if (t->ended)
		return ENOTCONN;

	err = resend_rewind(&t->resend, peer_received);
	if (err)
		return err;

	if (sent && t->resend.len)
		t->stats.resent += sent < t->resend.len ? sent : t->resend.len;
	tunnel_detach(t);
	t->attached = true;
	t->acked    = t->received;
	tunnel_wake(t);

	return 0;
}


/** Could a connection carry it on, whose other end has received so much? */
bool tunnel_resumable(const struct tunnel *t, uint64_t peer_received)
{
	return !t->ended && peer_received >= t->resend.base &&
	       peer_received <= t->resend.base + t->resend.len;
}


/** The connection is gone: what comes now waits for the next */
void tunnel_detach(struct tunnel *t)
{
	t->attached = false;
	t->link	    = mem_deref(t->link);
	t->rx	    = mem_deref(t->rx);
}


/** endh() has been called: no connection will carry it on */
bool tunnel_ended(const struct tunnel *t)
{
	return t->ended;
}


bool tunnel_attached(const struct tunnel *t)
{
	return t->attached;
}


/** What the other end is told when a connection takes another's place */
uint64_t tunnel_received(const struct tunnel *t)
{
	return t->received;
}


const struct tunnel_stats *tunnel_stats(const struct tunnel *t)
{
	return &t->stats;
}


/** Channels, the control channel not counted */
size_t tunnel_channels(const struct tunnel *t)
{
	return t->channelc - 1;
}


uint64_t tunnel_last_pong(const struct tunnel *t)
{
	return t->pong;
}


/* ---- channels ---- */

/** The control channel: messages, open from the beginning. Lent */
struct channel *tunnel_control(struct tunnel *t,
			       const struct channel_handlers *h, void *arg)
{
	t->control->h	= *h;
	t->control->arg = arg;

	return t->control;
}


/**
 * Open a channel
 *
 * @param cp   Result, lent; the tunnel's until closeh()
 * @param t    Tunnel
 * @param kind Octets or messages
 * @param what Text that says what it is for; the other end's openh() gets it
 * @param len  Its length, TUNNEL_WHAT_MAX at most
 * @param h    Handlers, copied
 * @param arg  For them
 *
 * @return 0; EMSGSIZE; ENOBUFS: as many are open as may be; ENOMEM
 */
int tunnel_open(struct channel **cp, struct tunnel *t, enum channel_kind kind,
		const char *what, size_t len, const struct channel_handlers *h,
		void *arg)
{
	uint8_t p[5 + TUNNEL_WHAT_MAX];
	struct channel *ch;
	int err;

	if (len > TUNNEL_WHAT_MAX)
		return EMSGSIZE;
	if (t->ended)
		return ENOTCONN;
	if (t->channelc > TUNNEL_CHANNELS_MAX || t->next > UINT32_MAX - 2)
		return ENOBUFS;

	err = channel_alloc(&ch, t, t->next, kind, CHANNEL_OPENING);
	if (err)
		return err;

	p[0] = (uint8_t)kind;
	frame_u32_put(p + 1, ch->rx_window);
	memcpy(p + 5, what, len);
	err = tunnel_frame(t, ch->id, FRAME_OPEN, 0, p, 5 + len);
	if (err) {
		channel_end(ch, TUNNEL_GONE);
		return err;
	}
	t->next += 2;
	ch->h	= *h;
	ch->arg = arg;
	*cp	= ch;

	return 0;
}


const char *tunnel_reason_name(enum tunnel_reason why)
{
	static const char *const names[] = {
		[TUNNEL_OK] = "ended",
		[TUNNEL_REFUSED] = "refused",
		[TUNNEL_LIMIT] = "limit reached",
		[TUNNEL_UNREACHABLE] = "unreachable",
		[TUNNEL_PROTOCOL] = "protocol error",
		[TUNNEL_GONE] = "tunnel gone",
		[TUNNEL_SHUTDOWN] = "shutting down",
		[TUNNEL_REVOKED] = "revoked",
	};

	return (size_t)why < sizeof(names) / sizeof(names[0]) ? names[why]
							      : "unknown";
}
