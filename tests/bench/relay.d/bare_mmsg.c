/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bare_mmsg.c  The floor: epoll, recvmmsg and sendmmsg
 *
 *	bare_mmsg PLAN
 *
 * A connected socket for each port, as a relay of RTP must have them; all that
 * waits on one is read with one call and sent with another. No check, no
 * counter, no learning. Prints "ready". Owns all its state.
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
	BATCH	 = 16,
	DATAGRAM = 2048,
};

/** What one call reads and another writes */
static struct {
	struct mmsghdr mv[BATCH];
	struct iovec iov[BATCH];
	char buf[BATCH][DATAGRAM];
} batch;


static void forward(int from, int to)
{
	int i, n, out, sent = 0;

	for (i = 0; i < BATCH; i++)
		batch.iov[i].iov_len = DATAGRAM;

	n = recvmmsg(from, batch.mv, BATCH, 0, NULL);
	for (i = 0; i < n; i++)
		batch.iov[i].iov_len = batch.mv[i].msg_len;

	while (sent < n) {
		out = sendmmsg(to, batch.mv + sent, (unsigned)(n - sent),
			       MSG_NOSIGNAL);
		/* one that can't be sent is left out */
		sent += out > 0 ? out : 1;
	}
}


int main(int argc, char *argv[])
{
	struct epoll_event ev[EVENTS];
	const int ep = epoll_create1(0);
	int err, i, n;

	for (i = 0; i < BATCH; i++) {
		batch.iov[i].iov_base		= batch.buf[i];
		batch.mv[i].msg_hdr.msg_iov	= &batch.iov[i];
		batch.mv[i].msg_hdr.msg_iovlen	= 1;
	}

	err = argc == 2 && ep >= 0 ? plan_watch(ep, argv[1]) : EINVAL;
	if (err) {
		(void)fprintf(stderr, "bare_mmsg: %s\n", strerror(err));
		return 1;
	}

	(void)puts("ready");
	(void)fflush(stdout);
	for (;;) {
		n = epoll_wait(ep, ev, EVENTS, -1);
		for (i = 0; i < n; i++)
			forward((int)(ev[i].data.u64 >> 32),
				(int)(uint32_t)ev[i].data.u64);
	}
}
