/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file lanes.c  Between workers and the control thread: in-tunnel datagrams
 *
 * A pair of sockets for each worker: to it they are a port agents send to, like
 * the others, and the kernel bounds what waits in them. Owns these.
 */
#include <errno.h>
#include <unistd.h>
#include <sys/socket.h>
#include "lanes.h"
#include "media/token.h"
#include "sealed_leg.h"
#include "token_leg.h"


enum {
	BURST	 = 32,
	DATAGRAM = 2048 + SEAL_OVERHEAD,
	BUFFER	 = 256 * 1024, /* octets that wait, each way, with the kernel's
				* own for each datagram */
};

struct lane {
	struct watch watch; /* first: the worker's end */
	struct lanes *all;
	int fd; /* ours, -1: none */
};

struct lanes {
	struct relay *relay;
	lanes_h *h;
	void *arg;
	struct lane v[WORKERS_MAX];
	unsigned n;
};


/** Whose a datagram is that goes in-tunnel, sealed or not; 0 or EBADMSG */
int lanes_id(uint32_t *id, const uint8_t *p, size_t len)
{
	struct bare_head bare;
	struct seal_head h;

	if (!bare_head_decode(&bare, p, len)) {
		*id = bare.id;
		return 0;
	}
	if (seal_head_decode(&h, p, len))
		return EBADMSG;
	*id = h.id;

	return 0;
}


/* in the worker */
static void up_readable(struct watch *wt)
{
	struct worker *w = wt->worker;
	unsigned i;

	for (i = 0; i < BURST; i++) {
		const ssize_t n = recv(wt->fd, w->rx, DATAGRAM, MSG_DONTWAIT);

		if (n < 0)
			return;
		if (seal_is(w->rx, (size_t)n))
			sealed_leg_recv(w, wt->fd, NULL, w->rx, (size_t)n);
		else
			token_inside_recv(w, w->rx, (size_t)n);
	}
}


/* in the control thread */
static void down_readable(int flags, void *arg)
{
	const struct lane *la = arg;
	struct lanes *ls      = la->all;
	uint8_t buf[DATAGRAM];
	unsigned i;
	(void)flags;

	for (i = 0; i < BURST; i++) {
		const ssize_t n = recv(la->fd, buf, sizeof(buf), MSG_DONTWAIT);
		uint32_t id;

		if (n < 0)
			break;
		if (!lanes_id(&id, buf, (size_t)n))
			ls->h(id, buf, (size_t)n, ls->arg);
	}
	ls->h(0, NULL, 0, ls->arg);
}


/**
 * A sealed datagram came in a connection: to the worker of its stream
 *
 * @return 0; EAGAIN: too many wait; an errno
 */
int lanes_put(struct lanes *ls, uint32_t id, const uint8_t *p, size_t len)
{
	const struct lane *la = &ls->v[worker_of(ls->relay, id)->index];

	if (send(la->fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return errno == ENOBUFS ? EAGAIN : errno;

	return 0;
}


/** What a worker sends by to an agent in-tunnel */
int lanes_fd(const struct lanes *ls, const struct worker *w)
{
	return ls->v[w->index].watch.fd;
}


static void destructor(void *arg)
{
	struct lanes *ls = arg;
	unsigned i;

	workers_park(ls->relay);
	for (i = 0; i < ls->n; i++) {
		if (ls->v[i].fd >= 0) {
			fd_close(ls->v[i].fd);
			(void)close(ls->v[i].fd);
		}
		watch_close(&ls->v[i].watch);
	}
	workers_resume(ls->relay);
}


static int lane_open(struct lane *la, struct worker *w)
{
	const int size = BUFFER;
	int fd[2], err;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		       fd) < 0)
		return errno;

	la->fd	     = fd[0];
	la->watch.fd = fd[1];
	(void)setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	(void)setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	err = fd_listen(la->fd, FD_READ, down_readable, la);
	if (!err)
		err = watch_start(&la->watch, w);

	return err;
}


/**
 * Join the workers to the control thread
 *
 * @param lp  Result; mem_deref() it
 * @param r   Relay
 * @param h   Gets what workers send to agents in-tunnel
 * @param arg For it
 *
 * @return 0 or an errno
 */
int lanes_open(struct lanes **lp, struct relay *r, lanes_h *h, void *arg)
{
	struct lanes *ls = mem_zalloc(sizeof(*ls), destructor);
	int err		 = 0;

	if (!ls)
		return ENOMEM;

	ls->relay = r;
	ls->h	  = h;
	ls->arg	  = arg;
	while (ls->n < r->workerc && !err) {
		struct lane *la = &ls->v[ls->n];

		la->all		   = ls;
		la->fd		   = -1;
		la->watch.readable = up_readable;
		la->watch.fd	   = -1;
		++ls->n;
		err = lane_open(la, r->workerv[ls->n - 1]);
	}
	if (err)
		mem_deref(ls);
	else
		*lp = ls;

	return err;
}
