/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file uring_setup.c  A worker's ring: how it begins and ends
 *
 * Owns the ring itself.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "uring_priv.h"


static int buffers_alloc(struct uring *u)
{
	const size_t size	    = BUFFERS * sizeof(struct io_uring_buf);
	struct io_uring_buf_reg reg = {.ring_entries = BUFFERS, .bgid = GROUP};
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
	unsigned i;
	int err;

	if (p == MAP_FAILED)
		return errno;

	u->free = p;
	u->buf	= calloc(BUFFERS, sizeof(*u->buf));
	if (!u->buf)
		return ENOMEM;

	io_uring_buf_ring_init(u->free);
	reg.ring_addr = (uintptr_t)p;
	err	      = -io_uring_register_buf_ring(&u->ring, &reg, 0);
	for (i = 0; i < BUFFERS && !err; i++)
		uring_give(u, i);
	uring_given(u);

	return err;
}


static int ring_open(struct uring *u)
{
	/* it is the worker's, who lets it go when it runs */
	struct io_uring_params p = {
		.flags = IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER |
			 IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
			 IORING_SETUP_CQSIZE,
		.cq_entries = COMPLETES,
	};

	return -io_uring_queue_init_params(SUBMITS, &u->ring, &p);
}


/**
 * Make a ring for a worker that does not run yet
 *
 * @param up Result; uring_free() it
 * @param w  Worker
 *
 * @return 0 or an errno: the kernel can't, or may not
 */
int uring_alloc(struct uring **up, struct worker *w)
{
	struct uring *u = calloc(1, sizeof(*u));
	int err;

	if (!u)
		return ENOMEM;

	u->ring.ring_fd = -1;
	u->w		= w;
	u->current	= NONE;
	u->slotc	= 1;
	u->leaving	= &u->batch[0];
	u->left		= &u->batch[1];
	u->slotv	= calloc(SLOTS, sizeof(*u->slotv));
	u->armv		= calloc(SLOTS, sizeof(*u->armv));
	err		= u->slotv && u->armv ? ring_open(u) : ENOMEM;
	if (!err)
		err = buffers_alloc(u);

	if (err)
		uring_free(u);
	else
		*up = u;

	return err;
}


/** The worker's thread begins with this; 0 or an errno */
int uring_begin(struct uring *u)
{
	/* liburing 2.3 does not export its function */
	const int err = -io_uring_register((unsigned)u->ring.ring_fd,
					   IORING_REGISTER_ENABLE_RINGS, NULL,
					   0);

	if (err)
		return err;

	/* saves looking it up with each call; without, it works as well */
	(void)io_uring_register_ring_fd(&u->ring);

	return uring_epoll(u) ? 0 : EBUSY;
}


/**
 * Let go of all sockets, and of the ring
 *
 * @param u NULL: nothing; one that has run is freed by its worker's thread
 */
void uring_free(struct uring *u)
{
	uint32_t i;

	if (!u)
		return;

	for (i = 1; u->slotv && i < u->slotc; i++) {
		if (u->slotv[i].sk) {
			u->slotv[i].sk->watch.slot = 0;
			u->slotv[i].sk		   = NULL;
			uring_cancel(u, i);
		}
	}
	if (u->ring.ring_fd >= 0)
		io_uring_queue_exit(&u->ring);
	if (u->free)
		(void)munmap(u->free, BUFFERS * sizeof(struct io_uring_buf));
	free(u->buf);
	free(u->slotv);
	free(u->armv);
	free(u);
}
