/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bare_epoll.c  The floor: epoll, a connected socket for each port
 *
 *	bare_epoll PLAN
 *
 * What comes in on one socket is sent on its peer. No check, no counter, no
 * learning: addresses are the plan's. Prints "ready". Owns all its state.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include "plan.h"


enum {
	EVENTS	 = 256,
	DATAGRAM = 2048,
};


/* Both directions of one stream. An event carries both sockets. */
static int join(int ep, const struct plan_stream *s)
{
	struct epoll_event ev = {.events = EPOLLIN};
	int fd[2], i;

	for (i = 0; i < 2; i++) {
		fd[i] = plan_socket(&s->relay[i], &s->party[i]);
		if (fd[i] < 0)
			return errno;
	}

	for (i = 0; i < 2; i++) {
		ev.data.u64 = (uint64_t)fd[i] << 32 | (uint32_t)fd[1 - i];
		if (epoll_ctl(ep, EPOLL_CTL_ADD, fd[i], &ev))
			return errno;
	}

	return 0;
}


static int join_all(int ep, const char *path)
{
	struct plan_stream *sv;
	size_t i, n;
	int err;

	err = plan_read(&sv, &n, path);
	if (err)
		return err;

	err = plan_files(2 * n + 64);
	for (i = 0; i < n && !err; i++)
		err = join(ep, &sv[i]);
	free(sv);

	return err;
}


static void forward(int ep)
{
	static char buf[DATAGRAM];
	struct epoll_event ev[EVENTS];
	const int n = epoll_wait(ep, ev, EVENTS, -1);
	ssize_t len;
	int i;

	for (i = 0; i < n; i++) {
		len = recv((int)(ev[i].data.u64 >> 32), buf, sizeof(buf), 0);
		if (len >= 0)
			(void)send((int)(uint32_t)ev[i].data.u64, buf,
				   (size_t)len, MSG_NOSIGNAL);
	}
}


int main(int argc, char *argv[])
{
	const int ep = epoll_create1(0);
	int err;

	err = argc == 2 && ep >= 0 ? join_all(ep, argv[1]) : EINVAL;
	if (err) {
		(void)fprintf(stderr, "bare_epoll: %s\n", strerror(err));
		return 1;
	}

	(void)puts("ready");
	(void)fflush(stdout);
	for (;;)
		forward(ep);
}
