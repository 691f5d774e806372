/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file conn.c  One connection that carries TPKTs
 *
 * Owns the descriptor, what came of a message that is not whole, and what waits
 * to go out.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/conn/priv.h"
#include "sock/sock.h"


enum {
	CHUNK  = 16384,
	BURST  = 4,    /* chunks before others have their turn */
	SPARE  = 4096, /* octets of queue kept when it is empty */
	OVER   = 1,    /* stops tpkt_feed() */
};


void conn_wait_for(struct conn *c, int flags)
{
	if (c->flags == flags || c->fd < 0)
		return;

	c->flags = flags;
	(void)fd_listen(c->fd, flags, conn_event, c);
}


/* the last word, unless nobody listens any more */
void conn_over(struct conn *c, int err)
{
	conn_close_h *closeh = c->h.closeh;

	lasting_end(c);
	conn_close_fd(c);
	tmr_cancel(&c->tmr);
	alive_end(c);
	if (c->le.list) {
		mem_deref(c);
		return;
	}
	if (closeh)
		closeh(err, c->h.arg);
}


static void over(struct conn *c, int err)
{
	if (c->fd >= 0 || lasting_is_away(c))
		conn_over(c, err);
}


/* its descriptor is of no use any more, and perhaps there will be another */
static void lost(struct conn *c, int err)
{
	if (c->fd >= 0 && !lasting_away(c))
		conn_over(c, err);
}


/* ---- what goes out ---- */

int conn_flush(struct conn *c)
{
	while (mbuf_get_left(c->out)) {
		ssize_t n = send(c->fd, mbuf_buf(c->out), mbuf_get_left(c->out),
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			conn_wait_for(c, c->flags | FD_WRITE);
			return 0;
		}
		if (n < 0)
			return errno;
		lasting_sent(c, mbuf_buf(c->out), (size_t)n);
		mbuf_advance(c->out, n);
		c->cs->stats.octets_out += (uint64_t)n;
	}
	conn_wait_for(c, c->flags & ~FD_WRITE);
	if (c->out->size > SPARE)
		mbuf_reset(c->out);
	else
		mbuf_rewind(c->out);

	return 0;
}


static void on_broken(void *arg)
{
	struct conn *c = arg;

	over(c, c->broken);
}


static int breaks(struct conn *c, int err)
{
	c->broken = err;
	tmr_start(&c->tmr, 0, on_broken, c);

	return err;
}


/* what has gone is no more to be kept, where that makes room */
static int queue_put(struct conn *c, const uint8_t *head, const uint8_t *p,
		     size_t len)
{
	struct mbuf *mb	  = c->out;
	const size_t left = mbuf_get_left(mb);
	int err;

	if (mb->pos) {
		memmove(mb->buf, mb->buf + mb->pos, left);
		mb->end = left;
	}
	mb->pos = mb->end;
	err	= mbuf_write_mem(mb, head, TPKT_HEADER);
	if (!err && len)
		err = mbuf_write_mem(mb, p, len);
	mb->pos = 0;
	if (err)
		mb->end = left;

	return err;
}


int conn_send(struct conn *c, const uint8_t *p, size_t len)
{
	uint8_t head[TPKT_HEADER];
	int err;

	if (!c || (c->fd < 0 && !lasting_is_away(c)) || c->broken)
		return ENOTCONN;
	err = tpkt_header(head, len);
	if (err)
		return err;
	if (mbuf_get_left(c->out) + len > CONN_QUEUE_MAX) {
		++c->cs->stats.overflow;
		return breaks(c, ENOBUFS);
	}
	err = queue_put(c, head, p, len);
	if (err)
		return err;

	alive_sent(c);
	++c->cs->stats.messages_out;
	if (c->uph || lasting_is_away(c))
		return 0;
	err = conn_flush(c);

	return err && !lasting_away(c) ? breaks(c, err) : 0;
}


/* ---- what comes in ---- */

static int on_message(const uint8_t *p, size_t len, void *arg)
{
	struct conn *c = arg;

	if (!c->heard)
		tmr_cancel(&c->tmr);
	c->heard = true;
	if (!len)
		return 0;
	++c->cs->stats.messages_in;
	if (c->h.recvh)
		c->h.recvh(p, len, c->h.arg);

	return c->fd < 0 || c->broken ? OVER : 0;
}


/* is a message under way longer than it may be? */
static void partial_watch(struct conn *c)
{
	const bool partial = tpkt_pending(c->tpkt) != 0;

	if (!c->heard || c->broken || c->le.list)
		return;
	if (partial && !c->partial)
		tmr_start(&c->tmr, c->cs->conf.partial, conn_slow, c);
	else if (!partial && c->partial)
		tmr_cancel(&c->tmr);
	c->partial = partial;
}


static void octets(struct conn *c, const uint8_t *p, size_t len)
{
	const uint64_t before = c->cs->stats.messages_in;
	int err;

	c->cs->stats.octets_in += len;
	if (c->last)
		c->last->received += len;
	err = tpkt_feed(c->tpkt, p, len, on_message, c);
	if (c->fd < 0 || c->broken)
		return;
	if (err) {
		++c->cs->stats.malformed;
		over(c, err);
		return;
	}
	if (c->partial && before != c->cs->stats.messages_in) {
		tmr_cancel(&c->tmr);
		c->partial = false;
	}
	partial_watch(c);
}


static void read_some(struct conn *c)
{
	uint8_t buf[CHUNK];

	for (unsigned i = 0; i < BURST && c->fd >= 0 && !c->broken; i++) {
		ssize_t n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (n > 0) {
			octets(c, buf, (size_t)n);
			continue;
		}
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		lost(c, n ? errno : 0);
		return;
	}
}


static void connected(struct conn *c, int err)
{
	conn_up_h *uph = c->uph;

	c->uph = NULL;
	tmr_cancel(&c->tmr);
	if (err) {
		conn_close_fd(c);
	} else {
		++c->cs->stats.connected;
		conn_wait_for(c, FD_READ);
		alive_begin(c);
	}
	uph(err, c->h.arg);
	if (!err && c->fd >= 0 && !c->broken) {
		err = conn_flush(c);
		if (err)
			(void)breaks(c, err);
	}
}


void conn_event(int flags, void *arg)
{
	struct conn *c = arg;
	int err;

	mem_ref(c);
	if (c->uph) {
		connected(c, sock_error(c->fd));
		goto out;
	}
	if (flags & FD_WRITE && !c->broken) {
		err = conn_flush(c);
		if (err)
			lost(c, err);
		else if (c->le.list && !mbuf_get_left(c->out))
			over(c, 0);
	}
	if (flags & (FD_READ | FD_EXCEPT) && c->fd >= 0)
		read_some(c);
 out:
	mem_deref(c);
}


void conn_slow(void *arg)
{
	struct conn *c = arg;

	++c->cs->stats.slow;
	over(c, ETIMEDOUT);
}


void conn_connect_timeout(void *arg)
{
	struct conn *c = arg;

	mem_ref(c);
	connected(c, ETIMEDOUT);
	mem_deref(c);
}
