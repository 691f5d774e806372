/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bare_uring.c  The floor: io_uring, a connected socket for each port
 *
 *	bare_uring PLAN
 *
 * As bare_epoll, but each socket has one receive that goes on for ever, into
 * buffers of a ring, and all that came is sent with one system call, which
 * also waits for more. Prints "ready". Owns all its state.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <liburing.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include "plan.h"


enum {
	ENTRIES	 = 4096,
	BUFFERS	 = 4096,
	DATAGRAM = 2048,
	GROUP	 = 1,
};

static struct {
	struct io_uring ring;
	struct io_uring_buf_ring *free;
	char (*buf)[DATAGRAM];
	unsigned short sentv[BUFFERS]; /* buffers that leave with this call */
	unsigned sentc;
} u;


static struct io_uring_sqe *sqe_get(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u.ring);

	if (!sqe && io_uring_submit(&u.ring) >= 0)
		sqe = io_uring_get_sqe(&u.ring);
	if (!sqe)
		abort();

	return sqe;
}


static void receive(uint64_t pair)
{
	struct io_uring_sqe *sqe = sqe_get();

	io_uring_prep_recv_multishot(sqe, (int)(pair >> 32), NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	io_uring_sqe_set_data64(sqe, pair);
}


static int pair(const int fd[2], void *arg)
{
	int i;
	(void)arg;

	for (i = 0; i < 2; i++)
		receive((uint64_t)fd[i] << 32 | (uint32_t)fd[1 - i]);

	return 0;
}


static void give(unsigned short id)
{
	io_uring_buf_ring_add(u.free, u.buf[id], DATAGRAM, id,
			      io_uring_buf_ring_mask(BUFFERS), 0);
	io_uring_buf_ring_advance(u.free, 1);
}


static int open_ring(void)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_SINGLE_ISSUER |
			 IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
		.cq_entries = 4 * ENTRIES,
	};
	struct io_uring_buf_reg reg = {.ring_entries = BUFFERS, .bgid = GROUP};
	const size_t size = BUFFERS * sizeof(struct io_uring_buf);
	unsigned i;
	int err = -io_uring_queue_init_params(ENTRIES, &u.ring, &p);

	if (err)
		return err;

	u.buf  = calloc(BUFFERS, sizeof(*u.buf));
	u.free = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
	if (!u.buf || u.free == MAP_FAILED)
		return ENOMEM;

	io_uring_buf_ring_init(u.free);
	reg.ring_addr = (uintptr_t)u.free;
	err = -io_uring_register_buf_ring(&u.ring, &reg, 0);
	for (i = 0; i < BUFFERS && !err; i++)
		give((unsigned short)i);

	return err;
}


/* A datagram; it leaves with the next call */
static void forward(const struct io_uring_cqe *cqe)
{
	const uint64_t pair = io_uring_cqe_get_data64(cqe);
	struct io_uring_sqe *sqe;
	unsigned short id;

	if (cqe->flags & IORING_CQE_F_BUFFER) {
		id  = (unsigned short)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
		sqe = sqe_get();
		io_uring_prep_send(sqe, (int)(uint32_t)pair, u.buf[id],
				   cqe->res > 0 ? (size_t)cqe->res : 0,
				   MSG_NOSIGNAL | MSG_DONTWAIT);
		sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
		io_uring_sqe_set_data64(sqe, 0);
		u.sentv[u.sentc++] = id;
	}
	if (pair && !(cqe->flags & IORING_CQE_F_MORE))
		receive(pair);
}


static void serve(void)
{
	struct io_uring_cqe *cqe;
	unsigned head, n = 0;

	(void)io_uring_submit_and_wait(&u.ring, 1);
	/* UDP is sent when it is submitted */
	while (u.sentc)
		give(u.sentv[--u.sentc]);

	io_uring_for_each_cqe(&u.ring, head, cqe) {
		forward(cqe);
		if (++n == BUFFERS / 2)
			break;
	}
	io_uring_cq_advance(&u.ring, n);
}


int main(int argc, char *argv[])
{
	int err = argc == 2 ? open_ring() : EINVAL;

	if (!err)
		err = plan_pairs(argv[1], pair, NULL);
	if (err) {
		(void)fprintf(stderr, "bare_uring: %s\n", strerror(err));
		return 1;
	}

	(void)puts("ready");
	(void)fflush(stdout);
	for (;;)
		serve();
}
