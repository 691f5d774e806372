/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file conn/listen.c  Waiting for others to connect
 *
 * Owns the listening sockets.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "bytes/ends.h"
#include "h323gw/conn/priv.h"


enum {
	BURST = 32,	/* connections before others have their turn */
	PAUSE = 100,	/* ms, when there are no descriptors */
};

struct conn_listener {
	struct conns *cs;
	int fd;
	struct addr at;
	struct addr who;	/* unset: anybody */
	struct tmr tmr;
	conn_accept_h *accepth;
	void *arg;
};


static void on_event(int flags, void *arg);


static void listener_destructor(void *arg)
{
	struct conn_listener *l = arg;

	tmr_cancel(&l->tmr);
	if (l->fd >= 0) {
		fd_close(l->fd);
		(void)close(l->fd);
	}
}


static void on_resume(void *arg)
{
	struct conn_listener *l = arg;

	(void)fd_listen(l->fd, FD_READ, on_event, l);
}


static void take(struct conn_listener *l, int fd, const struct addr *peer)
{
	if (addr_is_set(&l->who) && !addr_ip_eq(&l->who, peer)) {
		++l->cs->stats.refused_other;
		end_refuse(fd);
		return;
	}
	l->accepth(fd, peer, l->arg);
}


static void on_event(int flags, void *arg)
{
	struct conn_listener *l = arg;
	struct addr peer;
	int fd;
	(void)flags;

	mem_ref(l);
	for (unsigned i = 0; i < BURST && mem_nrefs(l) > 1; i++) {
		int err = end_accept(&fd, l->fd, &peer);

		if (!err) {
			take(l, fd, &peer);
			continue;
		}
		if (err != EMFILE && err != ENFILE && err != ENOMEM &&
		    err != ENOBUFS)
			break;
		/* what waits, waits: asking again at once would not help */
		fd_close(l->fd);
		tmr_start(&l->tmr, PAUSE, on_resume, l);
		break;
	}
	mem_deref(l);
}


static int listener_alloc(struct conn_listener **lp, struct conns *cs,
			  const struct addr *at, conn_accept_h *accepth,
			  void *arg)
{
	struct conn_listener *l = mem_zalloc(sizeof(*l), listener_destructor);
	socklen_t len		= sizeof(l->at.u);
	int err;

	if (!l)
		return ENOMEM;
	l->cs	   = cs;
	l->accepth = accepth;
	l->arg	   = arg;
	l->fd	   = -1;
	err	   = end_listen(&l->fd, at);
	if (!err && getsockname(l->fd, &l->at.u.sa, &len) < 0)
		err = errno;
	if (!err)
		err = fd_listen(l->fd, FD_READ, on_event, l);
	if (err)
		mem_deref(l);
	else
		*lp = l;

	return err;
}


int conn_listen(struct conn_listener **lp, struct conns *cs,
		const struct addr *at, conn_accept_h *accepth, void *arg)
{
	return listener_alloc(lp, cs, at, accepth, arg);
}


int conn_listen_range(struct conn_listener **lp, struct conns *cs,
		      const struct addr *ip, uint16_t min, uint16_t max,
		      const struct addr *who, conn_accept_h *accepth,
		      void *arg)
{
	struct addr at = *ip;
	int err	       = EADDRINUSE;

	for (uint32_t n = min; n <= max && err == EADDRINUSE; n++) {
		if (cs->next_port < min || cs->next_port > max)
			cs->next_port = min;
		addr_set_port(&at, cs->next_port);
		cs->next_port = cs->next_port == max
					? min
					: (uint16_t)(cs->next_port + 1);
		err = listener_alloc(lp, cs, &at, accepth, arg);
	}
	if (!err && who)
		(*lp)->who = *who;

	return err;
}


const struct addr *conn_listener_addr(const struct conn_listener *l)
{
	return &l->at;
}
