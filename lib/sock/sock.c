/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sock.c  TCP sockets as all rooms open them
 *
 * Owns nothing.
 */
#include <errno.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include "sock/sock.h"


static int tcp_open(const struct addr *of)
{
	return socket(addr_family(of),
		      SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}


/**
 * Begin to connect: the socket can be written to when that is over, and
 * sock_error() says how
 *
 * @param fdp   Result
 * @param local Address, and port or 0, to connect from; NULL: any
 * @param peer  Address and port to connect to
 *
 * @return 0 or an errno
 */
int sock_connect(int *fdp, const struct addr *local, const struct addr *peer)
{
	const int fd = tcp_open(peer), on = 1;
	int err	     = 0;

	if (fd < 0)
		return errno;
	if (local) {
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
				 sizeof(on));
		if (bind(fd, &local->u.sa, addr_socklen(local)) < 0)
			err = errno;
	}
	if (!err && connect(fd, &peer->u.sa, addr_socklen(peer)) < 0 &&
	    errno != EINPROGRESS)
		err = errno;
	if (err)
		(void)close(fd);
	else
		*fdp = fd;

	return err;
}


/**
 * Listen
 *
 * @param fdp     Result
 * @param at      Address and port; of IPv6 it has that alone
 * @param backlog Connections that may wait to be taken
 *
 * @return 0 or an errno
 */
int sock_listen(int *fdp, const struct addr *at, int backlog)
{
	const int fd = tcp_open(at), on = 1;
	int err	     = 0;

	if (fd < 0)
		return errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (addr_family(at) == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
				 sizeof(on));
	if (bind(fd, &at->u.sa, addr_socklen(at)) < 0 ||
	    listen(fd, backlog) < 0)
		err = errno;
	if (err)
		(void)close(fd);
	else
		*fdp = fd;

	return err;
}


/** What has become of it: 0, or an errno, which is told once */
int sock_error(int fd)
{
	socklen_t len = sizeof(int);
	int err	      = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return errno;

	return err;
}
