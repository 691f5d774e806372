/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file life.c  A connection that carries TPKTs: made, dropped, finished
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include "h323gw/conn/priv.h"
#include "sock/sock.h"


enum {
	PROBES = 4, /* of TCP's own, before a peer is given up */
};


void conn_close_fd(struct conn *c)
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
	alive_end(c);
	list_unlink(&c->le);
	conn_close_fd(c);
	source_drop(c->source);
	tpkt_free(c->tpkt);
	mem_deref(c->last);
	mem_deref(c->out);
	--c->cs->count;
	++c->cs->stats.closed;
}


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
	err	  = fd_listen(fd, FD_READ, conn_event, c);
	if (err) {
		mem_deref(c);
		return err;
	}
	if (source)
		tmr_start(&c->tmr, cs->conf.first, conn_slow, c);
	else
		c->heard = true;
	alive_begin(c);
	*cp = c;

	return 0;
}


int conn_connect(struct conn **cp, struct conns *cs, const struct addr *local,
		 const struct addr *to, const struct conn_handlers *h,
		 conn_up_h *uph)
{
	const bool from = local && addr_is_set(local);
	struct conn *c	= NULL;
	int err, fd;

	err = sock_connect(&fd, from ? local : NULL, to);
	if (!err)
		err = conn_alloc(&c, cs, fd, h);
	if (err)
		return err;
	c->uph	 = uph;
	c->heard = true;
	conn_wait_for(c, FD_WRITE);
	tmr_start(&c->tmr, cs->conf.connect, conn_connect_timeout, c);
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
	alive_end(c);
	conn_close_fd(c);
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
	alive_end(c);
	list_append(&c->cs->finishing, &c->le, c);
	tmr_start(&c->tmr, c->cs->conf.finish, conn_slow, c);
}
