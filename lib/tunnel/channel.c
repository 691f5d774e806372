/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file channel.c  One channel: its window, what waits to be sent, its end
 *
 * The table of channels has a reference to each, from its opening to its end.
 */
#include <errno.h>
#include <string.h>
#include "tunnel/priv.h"


enum {
	CHUNK = 4096, /* octets of one channel before another's turn */
};


static void piece_destructor(void *arg)
{
	struct piece *pc = arg;

	list_unlink(&pc->le);
	mem_deref(pc->mb);
}


static void channel_destructor(void *arg)
{
	struct channel *ch = arg;

	list_unlink(&ch->ready);
	hash_unlink(&ch->he);
	list_flush(&ch->queue);
	mem_deref(ch->message);
}


int channel_alloc(struct channel **cp, struct tunnel *t, uint32_t id,
		  enum channel_kind kind, enum channel_state state)
{
	struct channel *ch = mem_zalloc(sizeof(*ch), channel_destructor);

	if (!ch)
		return ENOMEM;

	ch->t	      = t;
	ch->id	      = id;
	ch->kind      = kind;
	ch->state     = state;
	ch->rx_window = TUNNEL_WINDOW;
	hash_append(t->channels, id, &ch->he, ch);
	++t->channelc;
	*cp = ch;

	return 0;
}


/* The channel is no more: tell its owner, let go of it */
void channel_end(struct channel *ch, enum tunnel_reason why)
{
	struct tunnel *t = ch->t;

	if (ch->state == CHANNEL_CLOSED)
		return;

	ch->state = CHANNEL_CLOSED;
	ch->t	  = NULL;
	list_unlink(&ch->ready);
	hash_unlink(&ch->he);
	list_flush(&ch->queue);
	ch->queued = 0;
	if (t) {
		--t->channelc;
		t->parts -= ch->message ? ch->message->end : 0;
	}
	ch->message = mem_deref(ch->message);

	if (ch->h.closeh)
		ch->h.closeh(ch, why, ch->arg);
	mem_deref(ch);
}


/* ---- out ---- */

static bool may_send(const struct channel *ch)
{
	if (ch->state != CHANNEL_OPEN)
		return false;
	if (!list_isempty(&ch->queue))
		return ch->tx_window > 0;

	return ch->fin_wanted && !ch->fin_sent;
}


static void make_ready(struct channel *ch)
{
	if (!ch->t || ch->ready.list || !may_send(ch))
		return;

	list_append(&ch->t->ready, &ch->ready, ch);
	tunnel_wake(ch->t);
}


static void finish(struct channel *ch)
{
	if (ch->fin_sent && ch->fin_got)
		channel_end(ch, TUNNEL_OK);
}


static int send_fin(struct channel *ch)
{
	int err = tunnel_frame(ch->t, ch->id, FRAME_FIN, 0, NULL, 0);

	if (err)
		return err;

	ch->fin_sent = true;
	finish(ch);

	return 0;
}


static int send_data(struct channel *ch)
{
	struct piece *pc = list_ledata(list_head(&ch->queue));
	size_t n	 = mbuf_get_left(pc->mb);
	bool all;
	int err;

	if (n > CHUNK)
		n = CHUNK;
	if (n > ch->tx_window)
		n = ch->tx_window;
	all = n == mbuf_get_left(pc->mb);

	err = tunnel_frame(ch->t, ch->id, FRAME_DATA,
			   ch->kind == CHANNEL_MESSAGES && !all ? FRAME_MORE
								: 0,
			   mbuf_buf(pc->mb), n);
	if (err)
		return err;

	mbuf_advance(pc->mb, (ssize_t)n);
	ch->tx_window -= (uint32_t)n;
	ch->queued -= n;
	if (all)
		mem_deref(pc);

	return 0;
}


/* One frame of what it has to send; false: out of memory */
bool channel_pump(struct channel *ch)
{
	int err;

	list_unlink(&ch->ready);
	mem_ref(ch);

	err = list_isempty(&ch->queue) ? send_fin(ch) : send_data(ch);
	make_ready(ch);

	if (!err && ch->full && ch->queued <= TUNNEL_QUEUE_MAX / 2) {
		ch->full = false;
		if (ch->h.sendableh && ch->t)
			ch->h.sendableh(ch, ch->arg);
	}
	mem_deref(ch);

	return !err;
}


/**
 * Send octets, or one message
 *
 * @return 0; EAGAIN: too much waits already, sendableh() tells when it doesn't;
 *         ENOTCONN: the channel has ended; EMSGSIZE; ENOMEM
 */
int channel_send(struct channel *ch, const uint8_t *p, size_t len)
{
	struct piece *pc;

	if (ch->state == CHANNEL_CLOSED || ch->fin_wanted || !ch->t)
		return ENOTCONN;
	if (ch->kind == CHANNEL_MESSAGES && len > TUNNEL_MESSAGE_MAX)
		return EMSGSIZE;
	if (!len)
		return 0;
	if (ch->queued && ch->queued + len > TUNNEL_QUEUE_MAX) {
		ch->full = true;
		return EAGAIN;
	}

	pc = mem_zalloc(sizeof(*pc), piece_destructor);
	if (!pc)
		return ENOMEM;
	pc->mb = mbuf_alloc(len);
	if (!pc->mb) {
		mem_deref(pc);
		return ENOMEM;
	}
	(void)mbuf_write_mem(pc->mb, p, len);
	mbuf_set_pos(pc->mb, 0);
	list_append(&ch->queue, &pc->le, pc);
	ch->queued += len;
	make_ready(ch);

	return 0;
}


/** Nothing more will be sent; what waits still is */
void channel_fin(struct channel *ch)
{
	if (ch->state == CHANNEL_CLOSED)
		return;

	ch->fin_wanted = true;
	make_ready(ch);
}


/** End a channel, or refuse one: what waits is thrown away */
void channel_reset(struct channel *ch, enum tunnel_reason why)
{
	uint8_t p[2];

	if (ch->state == CHANNEL_CLOSED || !ch->t)
		return;
	if (ch->state == CHANNEL_ASKED)
		++ch->t->stats.channels_refused;

	frame_u16_put(p, (uint16_t)why);
	(void)tunnel_frame(ch->t, ch->id, FRAME_RESET, 0, p, sizeof(p));
	channel_end(ch, why);
}


/** Take a channel the other end opens */
int channel_accept(struct channel *ch, const struct channel_handlers *h,
		   void *arg)
{
	uint8_t p[4];
	int err;

	if (ch->state != CHANNEL_ASKED || !ch->t)
		return ENOTCONN;

	frame_u32_put(p, ch->rx_window);
	err = tunnel_frame(ch->t, ch->id, FRAME_ACCEPT, 0, p, sizeof(p));
	if (err)
		return err;

	ch->state = CHANNEL_OPEN;
	ch->h	  = *h;
	ch->arg	  = arg;
	++ch->t->stats.channels_opened;
	make_ready(ch);

	return 0;
}


/** It belongs to somebody else from now on */
void channel_handlers_set(struct channel *ch,
			  const struct channel_handlers *h, void *arg)
{
	ch->h	= *h;
	ch->arg = arg;
}


/* ---- in ---- */

/** What recvh() got has gone on its way: the other end may send so much more */
void channel_consumed(struct channel *ch, size_t len)
{
	const size_t early = len < ch->early ? len : ch->early;
	uint8_t p[4];

	ch->early -= (uint32_t)early;
	if (ch->state != CHANNEL_OPEN || !ch->t || ch->fin_got)
		return;

	ch->consumed += (uint32_t)(len - early);
	if (ch->consumed < TUNNEL_WINDOW / 4)
		return;

	frame_u32_put(p, ch->consumed);
	if (tunnel_frame(ch->t, ch->id, FRAME_CREDIT, 0, p, sizeof(p)))
		return;
	ch->rx_window += ch->consumed;
	ch->consumed = 0;
}


static int message_append(struct channel *ch, const uint8_t *p, size_t len)
{
	if (!ch->message)
		ch->message = mbuf_alloc(len);
	if (!ch->message)
		return ENOMEM;
	if (ch->message->end + len > TUNNEL_MESSAGE_MAX)
		return EPROTO;
	ch->t->parts += len;

	return mbuf_write_mem(ch->message, p, len);
}


static int got_data(struct channel *ch, const struct frame *f,
		    const uint8_t *p)
{
	struct mbuf *mb;
	int err;

	if (ch->state != CHANNEL_OPEN || ch->fin_got)
		return EPROTO;
	if (f->length > ch->rx_window)
		return EPROTO;
	ch->rx_window -= f->length;

	if (ch->kind == CHANNEL_BYTES && f->flags & FRAME_MORE)
		return EPROTO;
	if (ch->kind == CHANNEL_MESSAGES && (f->flags & FRAME_MORE ||
					     ch->message)) {
		err = message_append(ch, p, f->length);
		if (err)
			return err;
		/* begun on every channel, they would be too much together */
		if (ch->t->parts > TUNNEL_PARTS_MAX && ch != ch->t->control) {
			channel_reset(ch, TUNNEL_LIMIT);
			return 0;
		}
		/* a message may be longer than the window */
		if (f->flags & FRAME_MORE) {
			uint32_t early = ch->early;

			ch->early = 0;
			channel_consumed(ch, f->length);
			ch->early = early + f->length;
			return 0;
		}
		mb	    = ch->message;
		ch->message = NULL;
		ch->t->parts -= mb->end;
		if (ch->h.recvh)
			ch->h.recvh(ch, mb->buf, mb->end, ch->arg);
		mem_deref(mb);
		return 0;
	}

	if (f->length && ch->h.recvh)
		ch->h.recvh(ch, p, f->length, ch->arg);

	return 0;
}


static int got_credit(struct channel *ch, uint32_t more)
{
	if (ch->state != CHANNEL_OPEN)
		return EPROTO;
	if (more > 2 * TUNNEL_WINDOW ||
	    ch->tx_window + more > 2 * TUNNEL_WINDOW)
		return EPROTO;

	ch->tx_window += more;
	make_ready(ch);

	return 0;
}


static int got_accept(struct channel *ch, uint32_t window)
{
	if (ch->state != CHANNEL_OPENING || window > TUNNEL_WINDOW * 2)
		return EPROTO;

	ch->state     = CHANNEL_OPEN;
	ch->tx_window = window;
	++ch->t->stats.channels_opened;
	make_ready(ch);
	if (ch->h.accepth)
		ch->h.accepth(ch, ch->arg);

	return 0;
}


static int got_fin(struct channel *ch)
{
	if (ch->state != CHANNEL_OPEN || ch->fin_got || ch->message)
		return EPROTO;

	ch->fin_got = true;
	if (ch->h.finh)
		ch->h.finh(ch, ch->arg);
	if (ch->state != CHANNEL_CLOSED)
		finish(ch);

	return 0;
}


/* A frame of this channel; EPROTO: it breaks the rules */
int channel_frame(struct channel *ch, const struct frame *f, const uint8_t *p)
{
	int err = 0;

	mem_ref(ch);
	switch (f->type) {

	case FRAME_ACCEPT:
		err = got_accept(ch, frame_u32(p));
		break;
	case FRAME_DATA:
		err = got_data(ch, f, p);
		break;
	case FRAME_CREDIT:
		err = got_credit(ch, frame_u32(p));
		break;
	case FRAME_FIN:
		err = got_fin(ch);
		break;
	case FRAME_RESET:
		channel_end(ch, (enum tunnel_reason)frame_u16(p));
		break;
	default:
		err = EPROTO;
	}
	mem_deref(ch);

	return err;
}


uint32_t channel_id(const struct channel *ch)
{
	return ch->id;
}


enum channel_kind channel_kind(const struct channel *ch)
{
	return ch->kind;
}


/** The tunnel it is in; NULL once the channel has ended */
struct tunnel *channel_tunnel(const struct channel *ch)
{
	return ch->t;
}


/** Octets that wait to be sent */
size_t channel_queued(const struct channel *ch)
{
	return ch->queued;
}
