/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file link.c  One TLS connection on libre's loop
 *
 * Owns the descriptor. In turn it shakes hands, greets, and carries a tunnel,
 * or datagrams; until it carries, a clock runs.
 */
#include "tunnel/link_priv.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>


enum {
	CHUNK = 2 * FRAME_MAX,
	READS = 8, /* of one wake-up, before others' turn */
};


static void link_destructor(void *arg)
{
	struct link *l = arg;

	tmr_cancel(&l->tmr);
	link_let_go(l);
	if (l->fd >= 0) {
		fd_close(l->fd);
		/* one try: nobody waits for an answer */
		if (l->ssl && l->state != LINK_SHAKING &&
		    l->state != LINK_CLOSED)
			(void)SSL_shutdown(l->ssl);
	}
	SSL_free(l->ssl);
	if (l->fd >= 0)
		(void)close(l->fd);
	mem_deref(l->greeting);
	mem_deref(l->out);
}


void link_fail(struct link *l, int err, const char *why)
{
	if (l->state == LINK_CLOSED)
		return;

	l->state = LINK_CLOSED;
	tmr_cancel(&l->tmr);
	fd_close(l->fd);
	link_let_go(l);
	if (l->h.closeh)
		l->h.closeh(l, err, why, l->arg);
}


static void on_event(int flags, void *arg);


void link_listen(struct link *l, int events)
{
	if (l->paused)
		events &= ~FD_READ;
	if (events == l->events)
		return;
	if (fd_listen(l->fd, events, on_event, l))
		return;
	l->events = events;
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
	if (l->state != LINK_GREETING)
		return ENOTCONN;

	frame_encode(buf, &f);
	memcpy(buf + FRAME_HEADER, text, len);
	err = link_put(l, buf, FRAME_HEADER + len);

	return err == EAGAIN ? 0 : err;
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
		link_fail(l, ENOMEM, "no memory");
		return;
	}

	err = frame_decode(&f, mb->buf, mb->end);
	if (err == EAGAIN)
		return;
	if (err || frame_of_channel(&f) || f.type > FRAME_REFUSE ||
	    l->server != (f.type == FRAME_HELLO)) {
		link_fail(l, EPROTO, "it does not begin as a tunnel does");
		return;
	}
	if (mb->end < FRAME_HEADER + (size_t)f.length)
		return;

	l->greeted = true;
	if (l->h.greetingh)
		l->h.greetingh(l, (enum frame_type)f.type,
			       (const char *)mb->buf + FRAME_HEADER, f.length,
			       l->arg);
	if (l->state == LINK_CARRYING &&
	    mb->end > FRAME_HEADER + (size_t)f.length)
		link_input_cargo(l, mb->buf + FRAME_HEADER + f.length,
				 mb->end - FRAME_HEADER - f.length);
	l->greeting = mem_deref(l->greeting);
}


/* false: there is no more for now */
static bool get(struct link *l)
{
	uint8_t buf[CHUNK];
	size_t n = 0;

	if (!link_get(l, buf, sizeof(buf), &n))
		return false;

	l->heard = tmr_jiffies();
	if (l->state == LINK_CARRYING)
		link_input_cargo(l, buf, n);
	else if (l->state == LINK_GREETING && !l->greeted)
		input_greeting(l, buf, n);
	else if (l->state == LINK_GREETING)
		link_fail(l, EPROTO, "it speaks before it was answered");

	return l->state != LINK_CLOSED;
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
	while (l->state != LINK_CLOSED && SSL_pending(l->ssl) && get(l))
		;
	l->busy = was;
	link_flush(l);
}


static void on_event(int flags, void *arg)
{
	struct link *l = arg;
	(void)flags;

	mem_ref(l);
	if (l->state == LINK_SHAKING)
		link_tls_shake(l);
	if (l->state == LINK_GREETING && link_put_rest(l) != ECONNRESET &&
	    l->state == LINK_GREETING && !l->out)
		link_listen(l, FD_READ);
	if (l->state == LINK_GREETING || l->state == LINK_CARRYING)
		readable(l);
	mem_deref(l);
}


static void on_greeting_timeout(void *arg)
{
	link_fail(arg, ETIMEDOUT, "no greeting in time");
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
	if (l->state != LINK_CARRYING || l->paused == on)
		return;

	l->paused = on;
	l->heard  = tmr_jiffies();
	link_listen(l, l->out ? FD_READ | FD_WRITE : FD_READ);
}


/** Carry it no more, another link will: this one falls silent */
void link_release(struct link *l)
{
	if (l->state == LINK_CLOSED)
		return;

	l->state = LINK_CLOSED;
	tmr_cancel(&l->tmr);
	fd_close(l->fd);
	link_let_go(l);
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

	err = link_tls_begin(l, ctx, host);
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
