/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_conn.c  A terminal's connection, TCP or TLS
 *
 * SIP messages out of a stream and into it, signs of life answered. Who says
 * nothing, or begins a message and does not end it, is given up. Owns the
 * connection.
 */
#include "sip_conn.h"
#include <errno.h>
#include <string.h>
#include <netinet/tcp.h>
#include "sip_frame.h"
#include "sip_head.h"


enum {
	ALIVE_S	     = 30, /* of silence; then TCP itself asks */
	ALIVE_ASK_S  = 10,
	ALIVE_ASK_N  = 3,
	UNREAD_MS    = 30 * 1000, /* what was sent is not acknowledged */
	CONNECT_MS   = 5 * 1000,
};

struct sip_conn {
	struct tcp_conn *tc;
	struct tls_conn *sc; /* NULL: plain */
	struct sip_frame *frame;
	struct tmr tmr;
	bool spoke; /* a whole message came */
	bool begun; /* one is on its way, and the timer is for it */
	bool up;
	const struct sip_conn_handlers *h;
	void *arg;
};


static void sip_conn_destructor(void *arg)
{
	struct sip_conn *c = arg;

	tmr_cancel(&c->tmr);
	mem_deref(c->sc);
	mem_deref(c->tc);
	mem_deref(c->frame);
}


static void on_late(void *arg)
{
	struct sip_conn *c = arg;

	c->h->closeh(ETIMEDOUT, c->arg);
}


/* silence is measured from the last message; a message's time from its first
 * octet, and the first message's from the connection's beginning */
static void set_timer(struct sip_conn *c)
{
	const bool begun = sip_frame_begun(c->frame);

	if (!c->spoke || (begun && c->begun))
		return;
	c->begun = begun;
	tmr_start(&c->tmr, begun ? SIP_CONN_MESSAGE_MS : SIP_CONN_SILENT_MS,
		  on_late, c);
}


/* ---- what comes ---- */

static int on_message(const uint8_t *p, size_t len, void *arg)
{
	struct sip_conn *c = arg;

	c->spoke = true;
	c->begun = false;
	c->h->messageh(p, len, c->arg);

	/* the terminal may have let go of us */
	return mem_nrefs(c) > 1 ? 0 : ECONNABORTED;
}


static void on_ping(void *arg)
{
	(void)sip_conn_send(arg, (const uint8_t *)"\r\n", 2);
}


static void on_recv(struct mbuf *mb, void *arg)
{
	static const struct sip_frame_handlers h = {
		.messageh = on_message,
		.pingh	  = on_ping,
	};
	struct sip_conn *c = mem_ref(arg);
	int err = sip_frame_input(c->frame, mbuf_buf(mb), mbuf_get_left(mb),
				  &h, c);

	if (mem_nrefs(c) > 1) {
		if (err)
			c->h->closeh(err, c->arg);
		else
			set_timer(c);
	}
	mem_deref(c);
}


static void on_close(int err, void *arg)
{
	struct sip_conn *c = arg;

	c->h->closeh(err ? err : ECONNRESET, c->arg);
}


static void on_estab(void *arg)
{
	struct sip_conn *c = arg;

	if (c->up) /* TLS, in one that came */
		return;
	c->up	 = true;
	c->spoke = true; /* it is we who speak first */
	set_timer(c);
	if (c->h->estabh)
		c->h->estabh(c->arg);
}


static void on_drained(void *arg)
{
	struct sip_conn *c = arg;

	if (!sip_conn_drained(c))
		return;
	(void)tcp_set_send(c->tc, NULL);
	if (c->h->drainedh)
		c->h->drainedh(c->arg);
}


/* ---- what goes ---- */

/**
 * Send; what the terminal does not read yet is kept
 *
 * @return 0 or an errno: it is not sent
 */
int sip_conn_send(struct sip_conn *c, const uint8_t *p, size_t len)
{
	struct mbuf *mb = mbuf_alloc(len);
	int err;

	if (!mb)
		return ENOMEM;
	err = mbuf_write_mem(mb, p, len);
	mb->pos = 0;
	if (!err)
		err = tcp_send(c->tc, mb);
	mem_deref(mb);
	if (!err && tcp_conn_txqsz(c->tc))
		err = tcp_set_send(c->tc, on_drained);

	return err;
}


/** The terminal has all it was sent */
bool sip_conn_drained(const struct sip_conn *c)
{
	return c->up && !tcp_conn_txqsz(c->tc);
}


/** The terminal has ended it, and we are about to hear of that */
bool sip_conn_ended(const struct sip_conn *c)
{
	uint8_t octet;
	const ssize_t n = recv(tcp_conn_fd(c->tc), &octet, 1,
			       MSG_PEEK | MSG_DONTWAIT);

	return !n || (n < 0 && errno != EAGAIN && errno != EINTR);
}


/* ---- beginning ---- */

/* a terminal that is switched off says nothing; nor does its NAT */
static void watch(int fd)
{
	const struct {
		int level, name, value;
	} options[] = {
		{SOL_SOCKET, SO_KEEPALIVE, 1},
		{IPPROTO_TCP, TCP_KEEPIDLE, ALIVE_S},
		{IPPROTO_TCP, TCP_KEEPINTVL, ALIVE_ASK_S},
		{IPPROTO_TCP, TCP_KEEPCNT, ALIVE_ASK_N},
		{IPPROTO_TCP, TCP_USER_TIMEOUT, UNREAD_MS},
		{IPPROTO_TCP, TCP_NODELAY, 1},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		(void)setsockopt(fd, options[i].level, options[i].name,
				 &options[i].value, sizeof(int));
}


static int alloc(struct sip_conn **cp, const struct sip_conn_handlers *h,
		 void *arg)
{
	struct sip_conn *c = mem_zalloc(sizeof(*c), sip_conn_destructor);
	int err;

	if (!c)
		return ENOMEM;
	c->h   = h;
	c->arg = arg;
	err    = sip_frame_alloc(&c->frame);
	if (err)
		mem_deref(c);
	else
		*cp = c;

	return err;
}


static void ready(struct sip_conn *c, unsigned ms)
{
	tcp_conn_txqsz_set(c->tc, SIP_CONN_QUEUE_MAX);
	watch(tcp_conn_fd(c->tc));
	tmr_start(&c->tmr, ms, on_late, c);
}


/**
 * Take the connection that waits at a socket
 *
 * @param cp  Result; mem_deref() closes it
 * @param ts  Socket: not what waits there, if this fails
 * @param tls What TLS asks for; NULL: TCP
 * @param h   Handlers
 * @param arg Their argument
 *
 * @return 0 or an errno
 */
int sip_conn_accept(struct sip_conn **cp, struct tcp_sock *ts, struct tls *tls,
		    const struct sip_conn_handlers *h, void *arg)
{
	struct sip_conn *c = NULL;
	int err = alloc(&c, h, arg);

	if (!err)
		err = tcp_accept(&c->tc, ts, on_estab, on_recv, on_close, c);
	if (err) {
		tcp_reject(ts);
		mem_deref(c);
		return err;
	}
	c->up = true;
	ready(c, SIP_CONN_FRESH_MS);
	if (tls)
		err = tls_start_tcp(&c->sc, tls, c->tc, 0);
	if (err)
		mem_deref(c);
	else
		*cp = c;

	return err;
}


/**
 * Connect to a terminal, by TCP
 *
 * @param cp    Result; mem_deref() closes it
 * @param local Address to connect from
 * @param peer  The terminal
 * @param h     Handlers
 * @param arg   Their argument
 *
 * @return 0 or an errno
 */
int sip_conn_connect(struct sip_conn **cp, const struct addr *local,
		     const struct addr *peer,
		     const struct sip_conn_handlers *h, void *arg)
{
	struct sip_conn *c = NULL;
	struct sa from, to;
	int err = alloc(&c, h, arg);

	if (!err)
		err = sa_set_sa(&from, &local->u.sa);
	if (!err)
		err = sa_set_sa(&to, &peer->u.sa);
	if (!err) {
		sa_set_port(&from, 0);
		err = tcp_connect_bind(&c->tc, &to, on_estab, on_recv,
				       on_close, &from, c);
	}
	if (err) {
		mem_deref(c);
		return err;
	}
	ready(c, CONNECT_MS);
	*cp = c;

	return err;
}
