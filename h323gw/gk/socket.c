/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file gk/socket.c  The UDP sockets of RAS
 *
 * Many messages in one system call, both ways: answers to what came in one
 * burst go out in one. Owns the sockets.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include "priv.h"

enum {
	RECEIVE_BUFFER = 4 * 1024 * 1024, /* octets: a burst of registrations */
	ROUNDS = 8, /* bursts before others have their turn */
	REST_MS = 5, /* while the store is behind */
};

/* 224.0.1.41 */
#define MULTICAST_GROUP 0xe0000129u

struct gk_burst {
	struct mmsghdr in[RECEIVE_BURST], out[RECEIVE_BURST];
	struct iovec iov_in[RECEIVE_BURST], iov_out[RECEIVE_BURST];
	struct addr from[RECEIVE_BURST], to[RECEIVE_BURST];
	unsigned n;	/* in out */
	int fd;		/* they leave by; -1: at once */
	uint8_t p_in[RECEIVE_BURST][RAS_MESSAGE_MAX];
	uint8_t p_out[RECEIVE_BURST][RAS_MESSAGE_MAX];
};


/* ---- out ---- */

static void flush(struct gk_burst *b)
{
	unsigned sent = 0;

	while (sent < b->n) {
		const int n = sendmmsg(b->fd, b->out + sent, b->n - sent, 0);

		/* who can't be sent to does not hold up the others */
		sent += n > 0 ? (unsigned)n : 1;
	}
	b->n = 0;
}


void gk_send(struct gk *gk, const struct addr *to, const uint8_t *p,
	     size_t len)
{
	const int fd	   = gk->out[addr_family(to) == AF_INET6];
	struct gk_burst *b = gk->burst;
	unsigned i;

	if (fd < 0 || len > RAS_MESSAGE_MAX)
		return;
	metrics_inc(gk->stats, STAT_SENT);
	if (!b || b->fd != fd) {
		(void)sendto(fd, p, len, 0, &to->u.sa, addr_socklen(to));
		return;
	}
	if (b->n == RECEIVE_BURST)
		flush(b);
	i	 = b->n++;
	b->to[i] = *to;
	memcpy(b->p_out[i], p, len);
	b->iov_out[i] = (struct iovec){b->p_out[i], len};
	memset(&b->out[i], 0, sizeof(b->out[i]));
	b->out[i].msg_hdr.msg_name    = &b->to[i].u;
	b->out[i].msg_hdr.msg_namelen = addr_socklen(to);
	b->out[i].msg_hdr.msg_iov     = &b->iov_out[i];
	b->out[i].msg_hdr.msg_iovlen  = 1;
}


/* ---- in ---- */

static void prepare(struct gk_burst *b)
{
	unsigned i;

	for (i = 0; i < RECEIVE_BURST; i++) {
		b->iov_in[i] = (struct iovec){b->p_in[i], RAS_MESSAGE_MAX};
		memset(&b->in[i], 0, sizeof(b->in[i]));
		memset(&b->from[i], 0, sizeof(b->from[i]));
		b->in[i].msg_hdr.msg_name    = &b->from[i].u;
		b->in[i].msg_hdr.msg_namelen = sizeof(b->from[i].u);
		b->in[i].msg_hdr.msg_iov     = &b->iov_in[i];
		b->in[i].msg_hdr.msg_iovlen  = 1;
	}
}


static void on_readable(int flags, void *arg);


static int listen_all(struct gk *gk)
{
	int err = 0;
	size_t i;

	for (i = 0; i < gk->socketc && !err; i++)
		err = fd_listen(gk->sockets[i].fd, FD_READ, on_readable,
				&gk->sockets[i]);

	return err;
}


static void on_rested(void *arg)
{
	struct gk *gk = arg;

	if (gk->writer && writer_behind(gk->writer))
		tmr_start(&gk->rest, REST_MS, on_rested, gk);
	else
		(void)listen_all(gk);
}


/* What is answered is to be in the store soon: when that can't keep up, more
 * is not taken in. The kernel holds it, or the sender asks again. */
static bool rest(struct gk *gk)
{
	size_t i;

	if (!gk->writer || !writer_behind(gk->writer))
		return false;
	for (i = 0; i < gk->socketc; i++)
		fd_close(gk->sockets[i].fd);
	metrics_inc(gk->stats, STAT_RESTS);
	tmr_start(&gk->rest, REST_MS, on_rested, gk);

	return true;
}


static void on_readable(int flags, void *arg)
{
	struct gk_socket *s = arg;
	struct gk *gk	    = s->gk;
	struct gk_burst *b  = gk->burst;
	unsigned round;
	(void)flags;

	if (rest(gk))
		return;
	b->fd = gk->out[s->six];
	for (round = 0; round < ROUNDS; round++) {
		int n, i;

		prepare(b);
		n = recvmmsg(s->fd, b->in, RECEIVE_BURST, MSG_DONTWAIT, NULL);
		for (i = 0; i < n; i++) {
			/* what is longer than any of ours may be is cut */
			const size_t len = b->in[i].msg_len;

			gk_receive(gk, &b->from[i], s->multicast, b->p_in[i],
				   len);
		}
		flush(b);
		if (n < RECEIVE_BURST)
			break;
	}
	b->fd = -1;
}


/* ---- the sockets ---- */

static int join(int fd, const struct addr *a)
{
	struct ip_mreq mreq = {
		.imr_multiaddr.s_addr = htonl(MULTICAST_GROUP),
		.imr_interface	      = a->u.in.sin_addr};

	return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq,
			  sizeof(mreq))
		       ? errno
		       : 0;
}


static int open_one(struct gk *gk, const struct addr *at, bool multicast,
		    const struct addr *iface)
{
	static const int on = 1, size = RECEIVE_BUFFER;
	struct gk_socket *s = &gk->sockets[gk->socketc];
	int err		    = 0;

	s->gk	     = gk;
	s->multicast = multicast;
	s->six	     = addr_family(at) == AF_INET6;
	s->fd = socket(addr_family(at),
		       SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return errno;
	if (s->six)
		(void)setsockopt(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
				 sizeof(on));
	(void)setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* several gatekeepers of one host may look for terminals */
	if (multicast)
		(void)setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on,
				 sizeof(on));
	if (bind(s->fd, &at->u.sa, addr_socklen(at)))
		err = errno;
	if (!err && multicast)
		err = join(s->fd, iface);
	if (err) {
		(void)close(s->fd);
		s->fd = -1;
		return err;
	}
	++gk->socketc;

	return 0;
}


/* Without them terminals must be told the gatekeeper's address */
static void discovery(struct gk *gk, const struct addr *address)
{
	char text[ADDR_STRLEN];
	struct addr at = *address;
	int err;

	addr_set_port(&at, MULTICAST_PORT);
	err = open_one(gk, &at, false, NULL);
	if (err)
		log_warn(GK_ROOM, "%s: discovery: %s", addr_str(&at, text),
			 strerror(err));
	if (addr_family(&at) != AF_INET)
		return;
	at.u.in.sin_addr.s_addr = htonl(MULTICAST_GROUP);
	err = open_one(gk, &at, true, address);
	if (err)
		log_warn(GK_ROOM, "%s: discovery: %s", addr_str(&at, text),
			 strerror(err));
}


int gk_sockets_open(struct gk *gk)
{
	const struct settings_gatekeeper *g = &gk->settings->gatekeeper;
	size_t i;

	gk->burst = mem_zalloc(sizeof(*gk->burst), NULL);
	if (!gk->burst)
		return ENOMEM;
	gk->burst->fd = -1;

	for (i = 0; i < 2; i++) {
		struct addr at = g->address[i];
		char text[ADDR_STRLEN];
		int err;

		if (!addr_is_set(&at))
			continue;
		addr_set_port(&at, g->ras_port);
		err = open_one(gk, &at, false, NULL);
		if (err) {
			log_error(GK_ROOM, "%s: %s", addr_str(&at, text),
				  strerror(err));
			return err;
		}
		gk->out[i] = gk->sockets[gk->socketc - 1].fd;
		if (g->multicast)
			discovery(gk, &g->address[i]);
	}

	return listen_all(gk);
}


void gk_sockets_close(struct gk *gk)
{
	size_t i;

	tmr_cancel(&gk->rest);
	for (i = 0; i < gk->socketc; i++) {
		fd_close(gk->sockets[i].fd);
		(void)close(gk->sockets[i].fd);
	}
	gk->socketc = 0;
	gk->out[0] = gk->out[1] = -1;
	gk->burst = mem_deref(gk->burst);
}
