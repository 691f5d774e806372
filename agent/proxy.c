/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file proxy.c  A connection through an HTTP proxy
 *
 * Asks for the way (CONNECT) and hands the connection on once it is given.
 * Owns the descriptor meanwhile.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <openssl/crypto.h>
#include "proxy.h"
#include "tunnel/connect.h"


enum {
	GIVE_UP_MS  = 10000,
	REQUEST_MAX = 1536,
};

struct proxy {
	int fd;
	struct tmr tmr;
	proxy_h *h;
	void *arg;
	size_t len;
	uint8_t in[CONNECT_ANSWER_MAX];
};


static void destructor(void *arg)
{
	struct proxy *p = arg;

	tmr_cancel(&p->tmr);
	if (p->fd >= 0) {
		fd_close(p->fd);
		(void)close(p->fd);
	}
}


static void done(struct proxy *p, int err, const char *why)
{
	const int fd = p->fd;

	tmr_cancel(&p->tmr);
	fd_close(fd);
	p->fd = -1;
	if (err)
		(void)close(fd);
	p->h(err ? -1 : fd, err, why, p->arg);
}


static void answered(struct proxy *p)
{
	struct connect_answer a;
	char why[CONNECT_REASON_MAX + 64];
	int err = connect_answer_decode(&a, p->in, p->len);

	if (err == EAGAIN)
		return;
	if (err) {
		done(p, err, "the proxy's answer is no HTTP");
	} else if (a.status == 407) {
		done(p, EACCES, "the proxy wants to know who we are: "
				"proxy_user and proxy_password");
	} else if (a.status < 200 || a.status > 299) {
		(void)snprintf(why, sizeof(why), "the proxy refuses: %u %s",
			       a.status, a.reason);
		done(p, EACCES, why);
	} else if (a.len != p->len) {
		/* a server of ours says nothing before it is asked */
		done(p, EPROTO, "the proxy says more than it should");
	} else {
		done(p, 0, "");
	}
}


static void on_readable(int flags, void *arg)
{
	struct proxy *p = arg;
	const ssize_t n = recv(p->fd, p->in + p->len, sizeof(p->in) - p->len,
			       MSG_DONTWAIT);
	(void)flags;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		done(p, n ? errno : ECONNRESET,
		     "the proxy closes the connection");
		return;
	}
	p->len += (size_t)n;
	answered(p);
}


static void on_late(void *arg)
{
	done(arg, ETIMEDOUT, "the proxy does not answer");
}


static int ask(int fd, const char *host, uint16_t port, const char *user,
	       const char *password)
{
	char text[REQUEST_MAX];
	size_t len;
	int err = connect_request(text, sizeof(text), host, port, user,
				  password);

	len = err ? 0 : strlen(text);
	/* the first octets of a connection have room in its buffer */
	if (!err && send(fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		err = EPIPE;
	OPENSSL_cleanse(text, sizeof(text));

	return err;
}


/**
 * Ask a proxy for the way to a host
 *
 * @param pp       Result; mem_deref() it, before its handler was called or
 *                 after
 * @param fd       Connection to the proxy, taken over with 0
 * @param host     Where to
 * @param port     Port
 * @param user     For the proxy, "": nobody
 * @param password The user's
 * @param h        Is called once, later
 * @param arg      For it
 *
 * @return 0 or an errno
 */
int proxy_begin(struct proxy **pp, int fd, const char *host, uint16_t port,
		const char *user, const char *password, proxy_h *h, void *arg)
{
	struct proxy *p = mem_zalloc(sizeof(*p), destructor);
	int err;

	if (!p)
		return ENOMEM;

	p->fd  = -1;
	p->h   = h;
	p->arg = arg;

	err = ask(fd, host, port, user, password);
	if (!err)
		err = fd_listen(fd, FD_READ, on_readable, p);
	if (err) {
		mem_deref(p);
		return err;
	}
	p->fd = fd;
	tmr_start(&p->tmr, GIVE_UP_MS, on_late, p);
	*pp = p;

	return 0;
}
