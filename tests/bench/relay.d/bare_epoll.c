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

	err = argc == 2 && ep >= 0 ? plan_watch(ep, argv[1]) : EINVAL;
	if (err) {
		(void)fprintf(stderr, "bare_epoll: %s\n", strerror(err));
		return 1;
	}

	(void)puts("ready");
	(void)fflush(stdout);
	for (;;)
		forward(ep);
}
