/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file conn.c  A connection that carries TPKTs
 *
 * Owns its socket and what it has not sent yet.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include "conn.h"
#include "h323gw/tpkt/tpkt.h"


enum {
	HELD_SIZE = 1024,
	LINGER	  = 2000, /* ms for the other end to close */
};

struct conn {
	struct le le;	 /* while it lingers */
	struct app *app;
	struct tcp_conn *tc;
	struct tpkt *tpkt;
	struct mbuf *held;
	struct tmr flush, keepalive, linger;
	struct conn_handlers h;
	long joined;	 /* ms */
	long alive;	 /* ms */
	bool octets;
	bool established;
	bool over;	 /* its owner is done with it */
};


static void destructor(void *data)
{
	struct conn *c = data;

	list_unlink(&c->le);
	tmr_cancel(&c->flush);
	tmr_cancel(&c->keepalive);
	tmr_cancel(&c->linger);
	mem_deref(c->tc);
	mem_deref(c->held);
	tpkt_free(c->tpkt);
}


static int send_now(struct conn *c, uint8_t *p, size_t len)
{
	struct mbuf mb = {.buf = p, .size = len, .end = len};

	return tcp_send(c->tc, &mb);
}


static int flush(struct conn *c)
{
	struct mbuf *mb = c->held;
	int err = 0;

	if (!c->established || !mb->end)
		return 0;
	for (size_t i = 0; c->octets && i < mb->end && !err; i++)
		err = send_now(c, mb->buf + i, 1);
	if (!c->octets)
		err = send_now(c, mb->buf, mb->end);
	mbuf_rewind(mb);

	return err;
}


static void on_flush(void *arg)
{
	(void)flush(arg);
}


static void on_keepalive(void *arg)
{
	struct conn *c = arg;

	(void)conn_send(c, NULL, 0);
	tmr_start(&c->keepalive, (uint64_t)c->alive, on_keepalive, c);
}


static void on_established(void *arg)
{
	const int one  = 1;
	struct conn *c = arg;

	c->established = true;
	(void)setsockopt(tcp_conn_fd(c->tc), IPPROTO_TCP, TCP_NODELAY, &one,
			 sizeof(one));
	(void)flush(c);
	if (c->alive)
		tmr_start(&c->keepalive, (uint64_t)c->alive, on_keepalive, c);
	if (c->h.estabh)
		c->h.estabh(c->h.arg);
}


static int on_tpkt(const uint8_t *p, size_t len, void *arg)
{
	struct conn *c = arg;

	if (c->over)
		return 0;
	if (c->h.messageh)
		c->h.messageh(p, len, c->h.arg);

	return 0;
}


static void on_close(int err, void *arg)
{
	struct conn *c = arg;

	c->tc	       = mem_deref(c->tc);
	c->established = false;
	tmr_cancel(&c->keepalive);
	if (c->over)
		mem_deref(c);
	else if (c->h.closedh)
		c->h.closedh(err, c->h.arg);
}


static void on_receive(struct mbuf *mb, void *arg)
{
	struct conn *c = mem_ref(arg);
	int err;

	if (!c->over) {
		err = tpkt_feed(c->tpkt, mbuf_buf(mb), mbuf_get_left(mb),
				on_tpkt, c);
		if (err && !c->over)
			on_close(err, c);
	}
	mem_deref(c);
}


static int make(struct conn **cp, struct app *app, const json_t *conf,
		const struct conn_handlers *h)
{
	struct conn *c = mem_zalloc(sizeof(*c), destructor);

	if (!c)
		return ENOMEM;
	c->app	  = app;
	c->h	  = *h;
	c->octets = option_is(conf, "octets", false);
	c->joined = option_number(conf, "joined", 0);
	c->alive  = option_number(conf, "keepalive", 0);
	c->held	  = mbuf_alloc(HELD_SIZE);
	if (!c->held || tpkt_alloc(&c->tpkt, 0)) {
		mem_deref(c);
		return ENOMEM;
	}
	*cp = c;

	return 0;
}


/** @param own Where from; its port is not used. NULL: from anywhere */
int conn_connect(struct conn **cp, struct app *app, const struct sa *peer,
		 const struct sa *own, const json_t *conf,
		 const struct conn_handlers *h)
{
	struct conn *c;
	struct sa from;
	int err = make(&c, app, conf, h);

	if (err)
		return err;
	if (own) {
		from = *own;
		sa_set_port(&from, 0);
	}
	err = tcp_connect_bind(&c->tc, peer, on_established, on_receive,
			       on_close, own ? &from : NULL, c);
	if (err)
		mem_deref(c);
	else
		*cp = c;

	return err;
}


int conn_accept(struct conn **cp, struct app *app, struct tcp_sock *ts,
		const json_t *conf, const struct conn_handlers *h)
{
	struct conn *c;
	int err = make(&c, app, conf, h);

	if (err)
		return err;
	err = tcp_accept(&c->tc, ts, on_established, on_receive, on_close, c);
	if (err)
		mem_deref(c);
	else
		*cp = c;

	return err;
}


void conn_handlers_set(struct conn *c, const struct conn_handlers *h)
{
	c->h = *h;
}


/** Octets as they are, after what is still to be sent */
int conn_send_octets(struct conn *c, const uint8_t *p, size_t len)
{
	int err;

	if (!c->tc)
		return ENOTCONN;
	err = len ? mbuf_write_mem(c->held, p, len) : 0;
	if (err)
		return err;
	if (!c->joined)
		return flush(c);
	if (!tmr_isrunning(&c->flush))
		tmr_start(&c->flush, (uint64_t)c->joined, on_flush, c);

	return 0;
}


int conn_send(struct conn *c, const uint8_t *p, size_t len)
{
	uint8_t head[TPKT_HEADER];
	size_t at = c->held->pos;
	int err;

	if (!c->tc)
		return ENOTCONN;
	err = tpkt_header(head, len);
	if (!err)
		err = mbuf_write_mem(c->held, head, sizeof(head));
	if (err) {
		c->held->pos = c->held->end = at;
		return err;
	}

	return conn_send_octets(c, p, len);
}


static void on_linger(void *arg)
{
	mem_deref(arg);
}


/** Nothing more will be said: close when the other end does. @return NULL */
struct conn *conn_finish(struct conn *c)
{
	if (!c)
		return NULL;
	(void)flush(c);
	if (!c->tc || !c->established)
		return conn_drop(c);
	c->over = true;
	tmr_cancel(&c->keepalive);
	tmr_cancel(&c->flush);
	(void)shutdown(tcp_conn_fd(c->tc), SHUT_WR);
	list_append(&c->app->lingering, &c->le, c);
	tmr_start(&c->linger, LINGER, on_linger, c);

	return NULL;
}


/** Close at once. @return NULL */
struct conn *conn_drop(struct conn *c)
{
	if (c)
		c->over = true;

	return mem_deref(c);
}


void conn_peer(const struct conn *c, struct sa *peer)
{
	sa_init(peer, AF_UNSPEC);
	if (c->tc)
		(void)tcp_conn_peer_get(c->tc, peer);
}


void conn_local(const struct conn *c, struct sa *local)
{
	sa_init(local, AF_UNSPEC);
	if (c->tc)
		(void)tcp_conn_local_get(c->tc, local);
}
