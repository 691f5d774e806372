/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file mark.c  Datagrams marked one by one, from a socket many streams share
 *
 * The socket has the DSCP most streams have; a datagram of another stream
 * carries its own (RFC 3542 §6.5 for IPv6, ip(7)). Owns no state.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include "mark.h"


static int level(int af)
{
	return af == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
}


static int type(int af)
{
	return af == AF_INET6 ? IPV6_TCLASS : IP_TOS;
}


/** Mark what a socket sends; a shared one: MARK_USUAL */
void mark_socket(int fd, int af, uint8_t dscp)
{
	const int tos = dscp << 2;

	/* a network that has no use for it is none the worse */
	(void)setsockopt(fd, level(af), type(af), &tos, sizeof(tos));
}


static ssize_t send_marked(int fd, int af, const struct addr *to, int tos,
			   const uint8_t *p, size_t len)
{
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(sizeof(int))];
	} control	 = {0};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)p, .iov_len = len};
	struct msghdr m	 = {
		 .msg_name	 = to ? (void *)(uintptr_t)&to->u.sa : NULL,
		 .msg_namelen	 = to ? addr_socklen(to) : 0,
		 .msg_iov	 = &iov,
		 .msg_iovlen	 = 1,
		 .msg_control	 = control.buf,
		 .msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = level(af);
	c->cmsg_type  = type(af);
	c->cmsg_len   = CMSG_LEN(sizeof(tos));
	memcpy(CMSG_DATA(c), &tos, sizeof(tos));

	return sendmsg(fd, &m, MSG_NOSIGNAL);
}


/**
 * Send a datagram from a socket marked MARK_USUAL
 *
 * @param fd   Socket
 * @param af   Its family
 * @param to   Where; NULL: it is connected
 * @param dscp 0..63
 * @param p    Datagram
 * @param len  Its length
 *
 * @return 0 or an errno
 */
int mark_send(int fd, int af, const struct addr *to, uint8_t dscp,
	      const uint8_t *p, size_t len)
{
	ssize_t n;

	if (dscp != MARK_USUAL)
		n = send_marked(fd, af, to, dscp << 2, p, len);
	else if (to)
		n = sendto(fd, p, len, MSG_NOSIGNAL, &to->u.sa,
			   addr_socklen(to));
	else
		n = send(fd, p, len, MSG_NOSIGNAL);

	return n < 0 ? errno : 0;
}
