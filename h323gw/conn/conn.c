/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file conn.c  One connection that carries TPKTs
 *
 * Owns the descriptor, what came of a message that is not whole, and what waits
 * to go out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include "h323gw/conn/priv.h"
#include "h323gw/tpkt/tpkt.h"


enum {
	CHUNK  = 16384,
	BURST  = 4,  /* chunks before others have their turn */
	PROBES = 4,
	SPARE  = 4096, /* octets of queue kept when it is empty */
	OVER   = 1,  /* stops tpkt_feed() */
};

struct conn {
	struct le le;		/* in conns.finishing */
	struct conns *cs;
	struct source *source;	/* NULL: ours */
	int fd;
	int flags;		/* what we wait for */
	struct conn_handlers h;
	conn_up_h *uph;		/* while it connects */
	struct tpkt *tpkt;
	struct mbuf *out;	/* from pos to end waits */
	struct tmr tmr;		/* connecting, first, partial, finish, broken */
	struct tmr alive;
	uint64_t sent;		/* ms, when something went out last */
	int broken;		/* errno that conn_send() met */
	bool heard;		/* a message came */
	bool partial;		/* tmr runs for a message under way */
};


static void on_event(int flags, void *arg);
static void on_slow(void *arg);


static void close_fd(struct conn *c)
{
	if (c->fd < 0)
		return;

	fd_close(c->fd);
	(void)close(c->fd);
	c->fd = -1;
}


static void conn_destructor(void *arg)
{
	struct conn *c = arg;

	tmr_cancel(&c->tmr);
	tmr_cancel(&c->alive);
	list_unlink(&c->le);
	close_fd(c);
	source_drop(c->source);
	tpkt_free(c->tpkt);
	mem_deref(c->out);
	--c->cs->count;
	++c->cs->stats.closed;
}


static void wait_for(struct conn *c, int flags)
{
	if (c->flags == flags || c->fd < 0)
		return;

	c->flags = flags;
	(void)fd_listen(c->fd, flags, on_event, c);
}


/* the last word, unless nobody listens any more */
static void over(struct conn *c, int err)
{
	conn_close_h *closeh = c->h.closeh;

	if (c->fd < 0)
		return;
	close_fd(c);
	tmr_cancel(&c->tmr);
	tmr_cancel(&c->alive);
	if (c->le.list) {
		mem_deref(c);
		return;
	}
	if (closeh)
		closeh(err, c->h.arg);
}


/* ---- what goes out ---- */

static int queue_flush(struct conn *c)
{
	while (mbuf_get_left(c->out)) {
		ssize_t n = send(c->fd, mbuf_buf(c->out), mbuf_get_left(c->out),
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			wait_for(c, c->flags | FD_WRITE);
			return 0;
		}
		if (n < 0)
			return errno;
		mbuf_advance(c->out, n);
		c->cs->stats.octets_out += (uint64_t)n;
	}
	wait_for(c, c->flags & ~FD_WRITE);
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

	if (!c || c->fd < 0 || c->broken)
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

	c->sent = tmr_jiffies();
	++c->cs->stats.messages_out;
	if (c->uph)
		return 0;
	err = queue_flush(c);

	return err ? breaks(c, err) : 0;
}


static void on_alive(void *arg)
{
	struct conn *c	   = arg;
	const uint32_t max = c->cs->conf.keepalive;
	const uint64_t age = tmr_jiffies() - c->sent;

	if (age >= max) {
		(void)conn_send(c, NULL, 0);
		tmr_start(&c->alive, max, on_alive, c);
	} else
		tmr_start(&c->alive, max - age, on_alive, c);
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
		tmr_start(&c->tmr, c->cs->conf.partial, on_slow, c);
	else if (!partial && c->partial)
		tmr_cancel(&c->tmr);
	c->partial = partial;
}


static void octets(struct conn *c, const uint8_t *p, size_t len)
{
	const uint64_t before = c->cs->stats.messages_in;
	int err;

	c->cs->stats.octets_in += len;
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
		over(c, n ? errno : 0);
		return;
	}
}


static int socket_error(int fd)
{
	socklen_t len = sizeof(int);
	int err	      = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return errno;

	return err;
}


static void connected(struct conn *c, int err)
{
	conn_up_h *uph = c->uph;

	c->uph = NULL;
	tmr_cancel(&c->tmr);
	if (err) {
		close_fd(c);
	} else {
		++c->cs->stats.connected;
		wait_for(c, FD_READ);
		tmr_start(&c->alive, c->cs->conf.keepalive, on_alive, c);
	}
	uph(err, c->h.arg);
	if (!err && c->fd >= 0 && !c->broken) {
		err = queue_flush(c);
		if (err)
			(void)breaks(c, err);
	}
}


static void on_event(int flags, void *arg)
{
	struct conn *c = arg;
	int err;

	mem_ref(c);
	if (c->uph) {
		connected(c, socket_error(c->fd));
		goto out;
	}
	if (flags & FD_WRITE && !c->broken) {
		err = queue_flush(c);
		if (err)
			over(c, err);
		else if (c->le.list && !mbuf_get_left(c->out))
			over(c, 0);
	}
	if (flags & (FD_READ | FD_EXCEPT) && c->fd >= 0)
		read_some(c);
 out:
	mem_deref(c);
}


static void on_slow(void *arg)
{
	struct conn *c = arg;

	++c->cs->stats.slow;
	over(c, ETIMEDOUT);
}


static void on_connect_timeout(void *arg)
{
	struct conn *c = arg;

	mem_ref(c);
	connected(c, ETIMEDOUT);
	mem_deref(c);
}


/* ---- their lives ---- */

/* small pieces go at once; a peer that has vanished is found out. A socketpair
 * knows nothing of that */
static void set_options(struct conn *c)
{
	const int on = 1, count = PROBES;
	const int idle = (int)(c->cs->conf.keepalive / 1000) + 1;

	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(c->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle,
			 sizeof(idle));
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_KEEPINTVL, &idle,
			 sizeof(idle));
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_KEEPCNT, &count,
			 sizeof(count));
}


static int conn_alloc(struct conn **cp, struct conns *cs, int fd,
		      const struct conn_handlers *h)
{
	struct conn *c = mem_zalloc(sizeof(*c), conn_destructor);
	int err;

	if (!c) {
		(void)close(fd);
		return ENOMEM;
	}
	++cs->count;
	c->cs	= cs;
	c->fd	= fd;
	c->h	= *h;
	c->sent = tmr_jiffies();
	c->out	= mbuf_alloc(0);
	err	= c->out ? tpkt_alloc(&c->tpkt, cs->conf.message_max) : ENOMEM;
	if (err) {
		mem_deref(c);
		return err;
	}
	set_options(c);
	*cp = c;

	return 0;
}


int conn_take(struct conn **cp, struct conns *cs, int fd, const char *source,
	      const struct conn_handlers *h)
{
	struct source *s = NULL;
	struct conn *c	 = NULL;
	int err;

	err = source ? source_take(&s, cs, source) : 0;
	if (err) {
		(void)close(fd);
		return err;
	}
	err = conn_alloc(&c, cs, fd, h);
	if (err) {
		source_drop(s);
		return err;
	}
	c->source = s;
	c->flags  = FD_READ;
	err	  = fd_listen(fd, FD_READ, on_event, c);
	if (err) {
		mem_deref(c);
		return err;
	}
	if (source)
		tmr_start(&c->tmr, cs->conf.first, on_slow, c);
	else
		c->heard = true;
	tmr_start(&c->alive, cs->conf.keepalive, on_alive, c);
	*cp = c;

	return 0;
}


int conn_connect(struct conn **cp, struct conns *cs, const struct addr *local,
		 const struct addr *to, const struct conn_handlers *h,
		 conn_up_h *uph)
{
	struct conn *c = NULL;
	int err, fd    = socket(addr_family(to),
				SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	err = conn_alloc(&c, cs, fd, h);
	if (err)
		return err;
	if (local && addr_is_set(local) &&
	    bind(fd, &local->u.sa, addr_socklen(local)) < 0)
		err = errno;
	if (!err && connect(fd, &to->u.sa, addr_socklen(to)) < 0 &&
	    errno != EINPROGRESS)
		err = errno;
	if (err) {
		mem_deref(c);
		return err;
	}
	c->uph	 = uph;
	c->heard = true;
	wait_for(c, FD_WRITE);
	tmr_start(&c->tmr, cs->conf.connect, on_connect_timeout, c);
	*cp = c;

	return 0;
}


void conn_handlers_set(struct conn *c, const struct conn_handlers *h)
{
	c->h = *h;
}


/* nothing more is told, also to whom we are telling something now */
void conn_drop(struct conn *c)
{
	if (!c)
		return;
	memset(&c->h, 0, sizeof(c->h));
	tmr_cancel(&c->tmr);
	tmr_cancel(&c->alive);
	close_fd(c);
	mem_deref(c);
}


void conn_finish(struct conn *c)
{
	if (!c)
		return;
	if (c->fd < 0 || c->broken || c->uph || !mbuf_get_left(c->out)) {
		conn_drop(c);
		return;
	}
	memset(&c->h, 0, sizeof(c->h));
	tmr_cancel(&c->alive);
	list_append(&c->cs->finishing, &c->le, c);
	tmr_start(&c->tmr, c->cs->conf.finish, on_slow, c);
}
