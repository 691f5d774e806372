/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc/fdpass.c  Descriptors beside octets (SCM_RIGHTS, unix(7))
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "rpc/rpc.h"
#include "rpc/fdpass.h"

/* room for more than we take, so that none is lost unclosed */
enum { FDS_ROOM = 4 * RPC_FDS_MAX };

union control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(FDS_ROOM * sizeof(int))];
};


/** Closes each that is not -1, and marks it -1 */
void rpc_fds_close(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (fds[i] >= 0)
			(void)close(fds[i]);
		fds[i] = -1;
	}
}


/** As send(2); the descriptors go with the first octet, stay the caller's */
ssize_t rpc_fds_send(int sock, const void *p, size_t len, const int *fds,
		     size_t nfds)
{
	struct iovec iov = {.iov_base = (void *)(uintptr_t)p, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	union control c;

	if (nfds) {
		struct cmsghdr *cm;

		memset(&c, 0, sizeof(c));
		msg.msg_control = c.buf;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cm = CMSG_FIRSTHDR(&msg);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cm), fds, nfds * sizeof(int));
	}

	return sendmsg(sock, &msg, MSG_NOSIGNAL);
}


/**
 * As recv(2), taking up to max descriptors in; those beyond are closed and
 * *excess says so. *nfds must hold how many of fds are in use already.
 */
ssize_t rpc_fds_recv(int sock, void *p, size_t len, int *fds, size_t max,
		     size_t *nfds, bool *excess)
{
	struct iovec iov = {.iov_base = p, .iov_len = len};
	union control c;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = c.buf,
		.msg_controllen = sizeof(c.buf),
	};
	ssize_t n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);

	if (n < 0)
		return n;

	if (msg.msg_flags & MSG_CTRUNC)
		*excess = true;

	for (struct cmsghdr *cm = CMSG_FIRSTHDR(&msg); cm;
	     cm = CMSG_NXTHDR(&msg, cm)) {
		size_t count;

		if (cm->cmsg_level != SOL_SOCKET ||
		    cm->cmsg_type != SCM_RIGHTS)
			continue;
		count = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(cm) + i * sizeof(int),
			       sizeof(fd));
			if (*nfds < max) {
				fds[(*nfds)++] = fd;
			}
			else {
				(void)close(fd);
				*excess = true;
			}
		}
	}

	return n;
}
