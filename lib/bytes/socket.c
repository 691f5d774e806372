/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file socket.c  A TCP socket as an end of a joint
 *
 * FIN is FIN in both directions, and what was cut ends with RST: nobody takes
 * half of a file for the whole. Owns the socket.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include "rpc/libre.h"
#include "bytes/ends.h"
#include "sock/sock.h"


enum {
	CHUNK	= 16384,
	BURST	= 4,  /* chunks before others have their turn */
	BACKLOG = 64,
	PROBE_S = 60, /* of silence, before the peer is asked for a sign */
	PROBES	= 4,
	GONE_MS = 5000, /* for the other side, once nobody is here any more */
};

struct end {
	struct joint_end je;
	int fd;
	int flags;	/* what we wait for */
	int broken;	/* errno that write() met */
	bool eof;	/* the peer has said all */
	bool fin;	/* so have we */
	struct tmr tmr; /* to connect; to say that it is broken */
	end_connect_h *connecth;
	void *arg;
};


static void close_socket(struct end *e)
{
	if (e->fd < 0)
		return;

	fd_close(e->fd);
	(void)close(e->fd);
	e->fd = -1;
}


static void end_destructor(void *arg)
{
	struct end *e = arg;

	tmr_cancel(&e->tmr);
	close_socket(e);
}


static void on_event(int flags, void *arg);


static void wait_for(struct end *e, int flags)
{
	if (e->flags == flags || e->fd < 0)
		return;

	e->flags = flags;
	(void)fd_listen(e->fd, flags, on_event, e);
}


static void broke(struct end *e)
{
	close_socket(e);
	joint_broken(&e->je, TUNNEL_UNREACHABLE);
}


/* what it said last may still be on its way */
static void on_gone(void *arg)
{
	struct end *e = arg;

	if (joint_waits(&e->je))
		tmr_start(&e->tmr, GONE_MS, on_gone, e);
	else
		broke(e);
}


/* A program at the other end of a pair of sockets that has closed it reads
 * nothing either, and we are told at once; of TCP one is not */
static bool hung_up(int fd)
{
	struct pollfd p = {.fd = fd};

	return poll(&p, 1, 0) == 1 && p.revents & POLLHUP;
}


static void read_some(struct end *e)
{
	uint8_t buf[CHUNK];
	unsigned i;

	for (i = 0; i < BURST && e->fd >= 0 && e->flags & FD_READ; i++) {
		ssize_t n = recv(e->fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (n > 0) {
			joint_put(&e->je, buf, (size_t)n);
			if (joint_waits(&e->je))
				wait_for(e, e->flags & ~FD_READ);
		} else if (!n) {
			e->eof = true;
			wait_for(e, e->flags & ~FD_READ);
			if (!e->fin && hung_up(e->fd))
				tmr_start(&e->tmr, GONE_MS, on_gone, e);
			joint_fin(&e->je);
		} else {
			if (errno != EAGAIN && errno != EINTR)
				broke(e);
			return;
		}
	}
}


static void connected(struct end *e, int err)
{
	end_connect_h *connecth = e->connecth;

	e->connecth = NULL;
	tmr_cancel(&e->tmr);
	wait_for(e, 0);
	connecth(&e->je, err, e->arg);
}


static void on_event(int flags, void *arg)
{
	struct end *e = arg;

	if (e->connecth) {
		connected(e, sock_error(e->fd));
		return;
	}

	mem_ref(e);
	if (flags & FD_WRITE) {
		wait_for(e, e->flags & ~FD_WRITE);
		joint_writable(&e->je);
	}
	if (flags & (FD_READ | FD_EXCEPT) && e->flags & FD_READ) {
		read_some(e);
	} else if (flags & FD_EXCEPT && e->fd >= 0) {
		if (sock_error(e->fd))
			broke(e);
		else /* both have said all: the rest is to be read */
			wait_for(e, e->flags & ~FD_EXCEPT);
	}
	mem_deref(e);
}


/* ---- what the joint asks for ---- */

static void on_broken(void *arg)
{
	broke(arg);
}


static size_t end_write(struct joint_end *je, const uint8_t *p, size_t len)
{
	struct end *e = (struct end *)je;
	ssize_t n;

	if (e->fd < 0 || e->broken)
		return len;

	n = send(e->fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		e->broken = errno;
		tmr_start(&e->tmr, 0, on_broken, e);
		return len;
	}
	if (n < 0)
		n = 0;
	if ((size_t)n < len)
		wait_for(e, e->flags | FD_WRITE);

	return (size_t)n;
}


static void end_fin(struct joint_end *je)
{
	struct end *e = (struct end *)je;

	e->fin = true;
	if (e->fd >= 0)
		(void)shutdown(e->fd, SHUT_WR);
}


static void end_consumed(struct joint_end *je, size_t len, bool all)
{
	struct end *e = (struct end *)je;
	(void)len;

	if (all && !e->eof)
		wait_for(e, e->flags | FD_READ | FD_EXCEPT);
}


static void end_cut(struct joint_end *je, enum tunnel_reason why)
{
	static const struct linger none = {.l_onoff = 1};
	struct end *e			= (struct end *)je;
	(void)why;

	tmr_cancel(&e->tmr);
	if (e->fd >= 0)
		(void)setsockopt(e->fd, SOL_SOCKET, SO_LINGER, &none,
				 sizeof(none));
	close_socket(e);
}


static bool end_dead(const struct joint_end *je)
{
	const struct end *e = (const struct end *)je;
	uint8_t b;
	ssize_t n;

	if (e->fd < 0)
		return true;
	n = recv(e->fd, &b, 1, MSG_PEEK | MSG_DONTWAIT);

	return !n || (n < 0 && errno != EAGAIN && errno != EINTR);
}


static const struct joint_ops socket_ops = {
	.write	  = end_write,
	.fin	  = end_fin,
	.consumed = end_consumed,
	.dead	  = end_dead,
	.cut	  = end_cut,
};


/* ---- sockets ---- */

/* small pieces go at once; a peer that has vanished is found out */
static void set_options(int fd)
{
	const int on = 1, idle = PROBE_S, count = PROBES;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}


/**
 * Make an end of a connected socket
 *
 * @param ep Result; mem_deref() it
 * @param fd Socket, non-blocking; taken over, also when this fails
 *
 * @return 0 or ENOMEM
 */
int end_socket(struct joint_end **ep, int fd)
{
	struct end *e = mem_zalloc(sizeof(*e), end_destructor);

	if (!e) {
		(void)close(fd);
		return ENOMEM;
	}

	e->je.ops = &socket_ops;
	e->fd	  = fd;
	set_options(fd);
	*ep = &e->je;

	return 0;
}


static void on_timeout(void *arg)
{
	connected(arg, ETIMEDOUT);
}


/**
 * Connect, and make an end of that
 *
 * @param ep       Result; mem_deref() it, also while it connects
 * @param local    Address, and port or 0, to connect from; NULL: any
 * @param peer     Address and port to connect to
 * @param timeout  Milliseconds
 * @param connecth Called once, not before this returns
 * @param arg      Its argument
 *
 * @return 0, or an errno: connecth() is not called
 */
int end_connect(struct joint_end **ep, const struct addr *local,
		const struct addr *peer, uint32_t timeout,
		end_connect_h *connecth, void *arg)
{
	struct joint_end *je = NULL;
	struct end *e;
	int err, fd;

	err = sock_connect(&fd, local, peer);
	if (!err)
		err = end_socket(&je, fd);
	if (err)
		return err;

	e	    = (struct end *)je;
	e->connecth = connecth;
	e->arg	    = arg;
	wait_for(e, FD_WRITE);
	tmr_start(&e->tmr, timeout, on_timeout, e);
	*ep = je;

	return 0;
}


/**
 * Listen
 *
 * @param fdp Result: a socket, non-blocking
 * @param at  Address and port
 *
 * @return 0 or an errno
 */
int end_listen(int *fdp, const struct addr *at)
{
	return sock_listen(fdp, at, BACKLOG);
}


/**
 * Take a connection
 *
 * @param fdp      Result: a socket, non-blocking
 * @param listener Socket of end_listen()
 * @param peer     Whose it is
 *
 * @return 0 or an errno; EAGAIN: there is none
 */
int end_accept(int *fdp, int listener, struct addr *peer)
{
	socklen_t len = sizeof(peer->u);
	int fd;

	memset(peer, 0, sizeof(*peer));
	fd = accept4(listener, &peer->u.sa, &len,
		     SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return errno;
	*fdp = fd;

	return 0;
}


/** Close a connection nobody wants, with RST */
void end_refuse(int fd)
{
	static const struct linger none = {.l_onoff = 1};

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	(void)close(fd);
}
