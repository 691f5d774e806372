/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file link.c  One TLS connection on libre's loop
 *
 * Owns: the descriptor, TLS' state, what TLS would not take yet. In turn it
 * shakes hands, greets, and carries a tunnel, or datagrams; until it carries, a
 * clock runs.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include "tunnel/cargo.h"
#include "tunnel/link.h"


enum {
	TICK_MS	 = 500,
	CHUNK	 = 2 * FRAME_MAX,
	READS	 = 8, /* of one wake-up, before others' turn */
	DEAD_MORE = 1000, /* ms after two signs of life that did not come */
	TOS_MEDIA = 46 << 2, /* expedited forwarding */
	WAIT_MS	  = 10,	  /* before it is looked again whether there is room */
};

enum state {
	SHAKING,
	GREETING,
	CARRYING,
	CLOSED,
};

struct link {
	SSL *ssl;
	const struct cargo *cargo; /* NULL: none */
	void *carried;		   /* referenced: what it is */
	struct mbuf *greeting;	/* what has come of one */
	struct mbuf *out;	/* what TLS would not take */
	struct tmr tmr;
	struct tmr wait;	/* for room */
	struct link_handlers h;
	void *arg;
	uint64_t heard, pinged;
	uint32_t keepalive;
	int fd;
	int events;
	enum state state;
	bool server, greeted, busy, again;
	bool paused; /* nothing is read */
};


static void let_go(struct link *l)
{
	if (l->cargo && l->cargo->leave)
		l->cargo->leave(l->carried);
	l->cargo   = NULL;
	l->carried = mem_deref(l->carried);
	tmr_cancel(&l->wait);
}


static void link_destructor(void *arg)
{
	struct link *l = arg;

	tmr_cancel(&l->tmr);
	let_go(l);
	if (l->fd >= 0) {
		fd_close(l->fd);
		/* one try: nobody waits for an answer */
		if (l->ssl && l->state != SHAKING && l->state != CLOSED)
			(void)SSL_shutdown(l->ssl);
	}
	SSL_free(l->ssl);
	if (l->fd >= 0)
		(void)close(l->fd);
	mem_deref(l->greeting);
	mem_deref(l->out);
}


static void fail(struct link *l, int err, const char *why)
{
	if (l->state == CLOSED)
		return;

	l->state = CLOSED;
	tmr_cancel(&l->tmr);
	fd_close(l->fd);
	let_go(l);
	if (l->h.closeh)
		l->h.closeh(l, err, why, l->arg);
}


static void fail_tls(struct link *l, int code)
{
	const unsigned long e = ERR_peek_last_error();
	const long verify     = SSL_get_verify_result(l->ssl);
	int err = ECONNRESET;
	char why[200];

	if (code == SSL_ERROR_ZERO_RETURN || (code == SSL_ERROR_SYSCALL && !e))
		(void)snprintf(why, sizeof(why), "%s",
			       errno && code == SSL_ERROR_SYSCALL
				       ? strerror(errno)
				       : "the other end closed it");
	else if (verify != X509_V_OK) {
		err = EACCES;
		(void)snprintf(why, sizeof(why), "certificate: %s",
			       X509_verify_cert_error_string(verify));
	} else
		ERR_error_string_n(e, why, sizeof(why));
	ERR_clear_error();
	fail(l, err, why);
}


static void on_event(int flags, void *arg);
static void on_wait(void *arg);


static void listen_for(struct link *l, int events)
{
	if (l->paused)
		events &= ~FD_READ;
	if (events == l->events)
		return;
	if (fd_listen(l->fd, events, on_event, l))
		return;
	l->events = events;
}


/* ---- out ---- */

/* 0: all is out; EAGAIN: not yet; else it has failed */
static int put(struct link *l, const uint8_t *p, size_t len)
{
	while (len) {
		size_t n = 0;
		int code;

		ERR_clear_error();
		errno = 0;
		if (SSL_write_ex(l->ssl, p, len, &n) == 1) {
			p += n;
			len -= n;
			continue;
		}
		code = SSL_get_error(l->ssl, 0);
		if (code != SSL_ERROR_WANT_WRITE &&
		    code != SSL_ERROR_WANT_READ) {
			fail_tls(l, code);
			return ECONNRESET;
		}
		break;
	}
	if (!len)
		return 0;

	l->out = mbuf_alloc(len);
	if (!l->out || mbuf_write_mem(l->out, p, len)) {
		fail(l, ENOMEM, "no memory");
		return ENOMEM;
	}
	mbuf_set_pos(l->out, 0);
	listen_for(l, FD_READ | FD_WRITE);

	return EAGAIN;
}


static int put_rest(struct link *l)
{
	struct mbuf *mb = l->out;
	int err;

	if (!mb)
		return 0;

	l->out = NULL;
	err    = put(l, mbuf_buf(mb), mbuf_get_left(mb));
	mem_deref(mb);

	return err;
}


/** Send what the tunnel has to say, or what datagrams wait */
void link_flush(struct link *l)
{
	uint8_t buf[CHUNK];
	size_t n;

	if (l->state != CARRYING)
		return;
	if (l->busy) {
		l->again = true;
		return;
	}

	mem_ref(l);
	l->busy = true;
	do {
		l->again = false;
		if (put_rest(l))
			break;
		while (l->state == CARRYING &&
		       (n = l->cargo->output(l->carried, buf, sizeof(buf)))) {
			if (put(l, buf, n))
				break;
		}
	} while (l->again && l->state == CARRYING && !l->out);
	l->busy = false;
	if (l->state == CARRYING && !l->out)
		listen_for(l, FD_READ);
	if (l->state == CARRYING && !l->out && l->cargo->waits &&
	    l->cargo->waits(l->carried))
		tmr_start(&l->wait, WAIT_MS, on_wait, l);
	mem_deref(l);
}


static void on_wait(void *arg)
{
	link_flush(arg);
}


/**
 * Say HELLO, WELCOME or REFUSE
 *
 * @return 0; EMSGSIZE; ENOTCONN; an errno: it has failed
 */
int link_say(struct link *l, enum frame_type type, const char *text)
{
	uint8_t buf[FRAME_HEADER + FRAME_HELLO_MAX];
	const size_t len = strlen(text);
	struct frame f	 = {.length = (uint16_t)len, .type = (uint8_t)type};
	int err;

	if (len > FRAME_HELLO_MAX)
		return EMSGSIZE;
	if (l->state != GREETING)
		return ENOTCONN;

	frame_encode(buf, &f);
	memcpy(buf + FRAME_HEADER, text, len);
	err = put(l, buf, FRAME_HEADER + len);

	return err == EAGAIN ? 0 : err;
}


/* ---- in ---- */

static void input_cargo(struct link *l, const uint8_t *p, size_t len)
{
	int err = l->cargo->input(l->carried, p, len);

	if (err && l->state == CARRYING)
		fail(l, err, err == ENOTCONN ? "the tunnel has ended"
					     : "the other end broke the "
					       "tunnel's rules");
}


/* The one greeting; what comes behind it is the tunnel's */
static void input_greeting(struct link *l, const uint8_t *p, size_t len)
{
	struct mbuf *mb;
	struct frame f;
	int err;

	if (!l->greeting)
		l->greeting = mbuf_alloc(512);
	mb = l->greeting;
	if (!mb || mbuf_write_mem(mb, p, len)) {
		fail(l, ENOMEM, "no memory");
		return;
	}

	err = frame_decode(&f, mb->buf, mb->end);
	if (err == EAGAIN)
		return;
	if (err || frame_of_channel(&f) || f.type > FRAME_REFUSE ||
	    l->server != (f.type == FRAME_HELLO)) {
		fail(l, EPROTO, "it does not begin as a tunnel does");
		return;
	}
	if (mb->end < FRAME_HEADER + (size_t)f.length)
		return;

	l->greeted = true;
	if (l->h.greetingh)
		l->h.greetingh(l, (enum frame_type)f.type,
			       (const char *)mb->buf + FRAME_HEADER, f.length,
			       l->arg);
	if (l->state == CARRYING && mb->end > FRAME_HEADER + (size_t)f.length)
		input_cargo(l, mb->buf + FRAME_HEADER + f.length,
			     mb->end - FRAME_HEADER - f.length);
	l->greeting = mem_deref(l->greeting);
}


static void shake(struct link *l)
{
	int code;

	ERR_clear_error();
	errno = 0;
	if (SSL_do_handshake(l->ssl) == 1) {
		l->state = GREETING;
		listen_for(l, FD_READ);
		if (l->h.readyh)
			l->h.readyh(l, l->arg);
		return;
	}

	code = SSL_get_error(l->ssl, 0);
	if (code == SSL_ERROR_WANT_WRITE)
		listen_for(l, FD_READ | FD_WRITE);
	else if (code == SSL_ERROR_WANT_READ)
		listen_for(l, FD_READ);
	else
		fail_tls(l, code);
}


/* false: there is no more for now */
static bool get(struct link *l)
{
	uint8_t buf[CHUNK];
	size_t n = 0;
	int code;

	ERR_clear_error();
	errno = 0;
	if (SSL_read_ex(l->ssl, buf, sizeof(buf), &n) == 1) {
		l->heard = tmr_jiffies();
		if (l->state == CARRYING)
			input_cargo(l, buf, n);
		else if (l->state == GREETING && !l->greeted)
			input_greeting(l, buf, n);
		else if (l->state == GREETING)
			fail(l, EPROTO, "it speaks before it was answered");
		return l->state != CLOSED;
	}

	code = SSL_get_error(l->ssl, 0);
	if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE)
		fail_tls(l, code);

	return false;
}


static void readable(struct link *l)
{
	const bool was = l->busy;
	unsigned n     = 0;

	if (l->paused)
		return;

	/* what comes in makes much that goes out: all of it at once, after */
	l->busy = true;
	while (n++ < READS && get(l))
		;
	/* TLS may hold what the descriptor no longer shows */
	while (l->state != CLOSED && SSL_pending(l->ssl) && get(l))
		;
	l->busy = was;
	link_flush(l);
}


static void on_event(int flags, void *arg)
{
	struct link *l = arg;
	(void)flags;

	mem_ref(l);
	if (l->state == SHAKING)
		shake(l);
	if (l->state == GREETING && put_rest(l) != ECONNRESET &&
	    l->state == GREETING && !l->out)
		listen_for(l, FD_READ);
	if (l->state == GREETING || l->state == CARRYING)
		readable(l);
	mem_deref(l);
}


/* ---- time ---- */

static void on_tick(void *arg)
{
	struct link *l = arg;
	const uint64_t now = tmr_jiffies();
	bool ping;

	tmr_start(&l->tmr, TICK_MS, on_tick, l);
	if (now - l->heard > 2 * (uint64_t)l->keepalive + DEAD_MORE) {
		fail(l, ETIMEDOUT, "no sign of life");
		return;
	}
	ping = now - l->pinged >= l->keepalive;
	if (ping)
		l->pinged = now;
	mem_ref(l);
	l->cargo->tick(l->carried, ping, now);
	link_flush(l);
	mem_deref(l);
}


static void on_greeting_timeout(void *arg)
{
	fail(arg, ETIMEDOUT, "no greeting in time");
}


static void carry(struct link *l, const struct cargo *cargo, void *carried,
		  uint32_t keepalive)
{
	l->cargo     = cargo;
	l->carried   = mem_ref(carried);
	l->state     = CARRYING;
	l->keepalive = keepalive < LINK_KEEPALIVE_MS ? keepalive
						     : LINK_KEEPALIVE_MS;
	l->heard = l->pinged = tmr_jiffies();
	tmr_start(&l->tmr, TICK_MS, on_tick, l);
	link_flush(l);
}


/**
 * Carry a tunnel from now on
 *
 * @param l             Link that has greeted
 * @param t             Tunnel; detached from any other link by its owner
 * @param peer_received What the other end has received of it
 * @param keepalive     ms between signs of life; more than LINK_KEEPALIVE_MS is
 *                      not waited, so that a dead path is noticed in 10 s
 *
 * @return 0; EPROTO: the other end talks of another tunnel
 */
int link_carry(struct link *l, struct tunnel *t, uint64_t peer_received,
	       uint32_t keepalive)
{
	int err;

	if (l->state != GREETING)
		return ENOTCONN;
	err = tunnel_attach(t, peer_received);
	if (err)
		return err;

	carry(l, &cargo_tunnel, t, keepalive);

	return 0;
}


/* Small packets that nobody wants late: without the pauses that grow (tcp(7)),
 * and as media over UDP are marked */
static void hasten(int fd)
{
	const int on = 1, tos = TOS_MEDIA;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, &on,
			 sizeof(on));
	(void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
}


/**
 * Carry datagrams from now on
 *
 * @param l         Link that has greeted
 * @param d         Datagrams
 * @param keepalive ms between signs of life
 *
 * @return 0 or ENOTCONN
 */
int link_carry_datagrams(struct link *l, struct datagrams *d,
			 uint32_t keepalive)
{
	if (l->state != GREETING)
		return ENOTCONN;
	hasten(l->fd);
	carry(l, &cargo_datagrams, d, keepalive);

	return 0;
}


/** It belongs to somebody else from now on */
void link_handlers_set(struct link *l, const struct link_handlers *h,
		       void *arg)
{
	l->h   = *h;
	l->arg = arg;
}


/**
 * Read nothing, for a while: another link is asking to carry the tunnel, and
 * has said how much of it came in
 *
 * @param l  Link that carries a tunnel
 * @param on Whether to; false: go on
 */
void link_pause(struct link *l, bool on)
{
	if (l->state != CARRYING || l->paused == on)
		return;

	l->paused = on;
	l->heard  = tmr_jiffies();
	listen_for(l, l->out ? FD_READ | FD_WRITE : FD_READ);
}


/** Carry it no more, another link will: this one falls silent */
void link_release(struct link *l)
{
	if (l->state == CLOSED)
		return;

	l->state = CLOSED;
	tmr_cancel(&l->tmr);
	fd_close(l->fd);
	let_go(l);
}


/** When something was last heard on it, in tmr_jiffies() */
uint64_t link_heard(const struct link *l)
{
	return l->heard;
}


/** Both ends of the connection; 0 or an errno */
int link_addrs(const struct link *l, struct addr *local, struct addr *peer)
{
	socklen_t a = sizeof(local->u), b = sizeof(peer->u);

	memset(local, 0, sizeof(*local));
	memset(peer, 0, sizeof(*peer));

	return getsockname(l->fd, &local->u.sa, &a) ||
			       getpeername(l->fd, &peer->u.sa, &b)
		       ? errno
		       : 0;
}


/** Has the other end shown a certificate, one that stands, for this name? */
bool link_peer_named(const struct link *l, const char *name)
{
	X509 *cert = NULL;

	if (l->state != SHAKING && l->state != CLOSED &&
	    SSL_get_verify_result(l->ssl) == X509_V_OK)
		cert = SSL_get0_peer_certificate(l->ssl);

	return cert && link_certificate_named(cert, name);
}


/** What both ends derive from this connection; 0, ENOTCONN */
int link_exporter(const struct link *l, uint8_t out[AUTH_EXPORTER])
{
	if (l->state == SHAKING || l->state == CLOSED ||
	    SSL_export_keying_material(l->ssl, out, AUTH_EXPORTER,
				       AUTH_EXPORTER_LABEL,
				       sizeof(AUTH_EXPORTER_LABEL) - 1, NULL,
				       0, 0) != 1)
		return ENOTCONN;

	return 0;
}


/* ---- the beginning ---- */

static int tls_begin(struct link *l, SSL_CTX *ctx, const char *host)
{
	l->ssl = SSL_new(ctx);
	if (!l->ssl || SSL_set_fd(l->ssl, l->fd) != 1)
		return ENOMEM;

	if (l->server) {
		SSL_set_accept_state(l->ssl);
		return 0;
	}
	SSL_set_connect_state(l->ssl);
	if (!host)
		return 0;
	/* an address is no name */
	if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(l->ssl), host) == 1)
		return 0;
	if (SSL_set_tlsext_host_name(l->ssl, host) != 1 ||
	    SSL_set1_host(l->ssl, host) != 1)
		return ENOMEM;

	return 0;
}


/**
 * Make a link of a TCP connection
 *
 * @param lp     Result
 * @param fd     Connected or connecting, not blocking; taken over when 0 is
 *               returned
 * @param ctx    From link_server_ctx() or link_client_ctx()
 * @param server Which end this is
 * @param host   Agent: the name or address the server's certificate must have;
 *               NULL where its key is known by its fingerprint
 * @param h      Handlers, copied
 * @param arg    For them
 *
 * @return 0 or an errno
 */
int link_alloc(struct link **lp, int fd, SSL_CTX *ctx, bool server,
	       const char *host, const struct link_handlers *h, void *arg)
{
	struct link *l = mem_zalloc(sizeof(*l), link_destructor);
	const int on   = 1;
	int err;

	if (!l)
		return ENOMEM;

	l->fd	  = fd;
	l->server = server;
	l->h	  = *h;
	l->arg	  = arg;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

	err = tls_begin(l, ctx, host);
	if (!err) {
		l->events = server ? FD_READ : FD_READ | FD_WRITE;
		err = fd_listen(fd, l->events, on_event, l);
	}
	if (err) {
		l->fd = -1;
		mem_deref(l);
		return err;
	}
	tmr_start(&l->tmr, LINK_GREETING_MS, on_greeting_timeout, l);
	*lp = l;

	return 0;
}
