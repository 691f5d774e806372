/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file udp_door.c  Where terminals send datagrams to
 *
 * At an address of ours, or to a group by the interface that has this address.
 * Owns the socket.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <unistd.h>
#include <netinet/in.h>
#include "udp_door.h"


enum {
	BURST	     = 16,
	DATAGRAM_MAX = 65536,
};

struct udp_door {
	int fd;
	struct addr group, local; /* group unset: none */
	udp_door_h *h;
	void *arg;
};


static void close_socket(struct udp_door *d)
{
	if (d->fd < 0)
		return;

	fd_close(d->fd);
	(void)close(d->fd);
	d->fd = -1;
}


static void udp_door_destructor(void *arg)
{
	close_socket(arg);
}


static void on_readable(int flags, void *arg)
{
	static uint8_t buf[DATAGRAM_MAX];
	struct udp_door *d = mem_ref(arg);
	unsigned i;
	(void)flags;

	for (i = 0; i < BURST && mem_nrefs(d) > 1; i++) {
		struct addr src = {0};
		socklen_t len	= sizeof(src.u);
		ssize_t n = recvfrom(d->fd, buf, sizeof(buf), MSG_DONTWAIT,
				     &src.u.sa, &len);

		if (n < 0)
			break;
		d->h(&src, buf, (size_t)n, d->arg);
	}
	mem_deref(d);
}


static int door_new(struct udp_door **dp, int af, udp_door_h *h, void *arg)
{
	struct udp_door *d = mem_zalloc(sizeof(*d), udp_door_destructor);

	if (!d)
		return ENOMEM;
	d->h   = h;
	d->arg = arg;
	d->fd  = socket(af, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd < 0) {
		const int err = errno;

		mem_deref(d);
		return err;
	}
	*dp = d;

	return 0;
}


static int listen_at(struct udp_door *d, const struct addr *at)
{
	if (bind(d->fd, &at->u.sa, addr_socklen(at)) < 0)
		return errno;

	return fd_listen(d->fd, FD_READ, on_readable, d);
}


/**
 * Take datagrams at an address of ours
 *
 * @param dp    Result; mem_deref() it
 * @param local Address and port
 * @param h     Gets them
 * @param arg   For it
 *
 * @return 0 or an errno
 */
int udp_door_open(struct udp_door **dp, const struct addr *local,
		  udp_door_h *h, void *arg)
{
	struct udp_door *d = NULL;
	int err		   = door_new(&d, addr_family(local), h, arg);

	if (!err)
		err = listen_at(d, local);
	if (err)
		mem_deref(d);
	else
		*dp = d;

	return err;
}


/**
 * Join the group, or again: the interface may have been another meanwhile
 *
 * @return 0 or an errno
 */
int udp_door_join(struct udp_door *d)
{
	const struct ip_mreq m = {
		.imr_multiaddr = d->group.u.in.sin_addr,
		.imr_interface = d->local.u.in.sin_addr,
	};

	if (!addr_is_set(&d->group) ||
	    !setsockopt(d->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof(m)) ||
	    errno == EADDRINUSE)
		return 0;

	return errno;
}


/**
 * Take datagrams to a group, of the network one of our addresses is in alone.
 * Other programs may be in the same group.
 *
 * @param dp    Result; mem_deref() it
 * @param group Its address and port, IPv4
 * @param local Our address
 * @param h     Gets them
 * @param arg   For it
 *
 * @return 0 or an errno
 */
int udp_door_group(struct udp_door **dp, const struct addr *group,
		   const struct addr *local, udp_door_h *h, void *arg)
{
	const int on = 1, off = 0;
	struct udp_door *d = NULL;
	int err		   = door_new(&d, addr_family(group), h, arg);

	if (err)
		return err;

	d->group = *group;
	d->local = *local;
	/* without it all that anybody here has joined comes, from anywhere */
	if (setsockopt(d->fd, IPPROTO_IP, IP_MULTICAST_ALL, &off,
		       sizeof(off)) < 0 ||
	    setsockopt(d->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		err = errno;
	if (!err)
		err = udp_door_join(d);
	if (!err)
		err = listen_at(d, group);
	if (err)
		mem_deref(d);
	else
		*dp = d;

	return err;
}


/** Send from there; 0 or an errno. That nobody listens is no error */
int udp_door_send(struct udp_door *d, const struct addr *to, const uint8_t *p,
		  size_t len)
{
	if (sendto(d->fd, p, len, MSG_NOSIGNAL, &to->u.sa, addr_socklen(to)) >=
		    0 ||
	    errno == ECONNREFUSED)
		return 0;

	return errno;
}
