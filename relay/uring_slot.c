/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file uring_slot.c  The sockets a ring has
 *
 * A socket has a slot from uring_take() until the last the kernel says of it.
 * Owns the slots, and watch.slot.
 */
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include "uring_priv.h"


enum {
	CANCELS = 16, /* attempts */
};


static bool receive(struct uring *u, uint32_t i)
{
	struct io_uring_sqe *sqe = uring_sqe(u);

	if (!sqe)
		return false;

	/* the true length of what is too long */
	io_uring_prep_recv_multishot(sqe, u->slotv[i].sk->watch.fd, NULL, 0,
				     MSG_TRUNC);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	io_uring_sqe_set_data64(sqe, data_of(RECEIVE, i));
	u->slotv[i].armed = true;

	return true;
}


/** Receive on all sockets where nothing is received yet */
void uring_arm(struct uring *u)
{
	while (u->armc && receive(u, u->armv[u->armc - 1]))
		--u->armc;
}


static uint32_t slot_take(struct uring *u)
{
	uint32_t i = u->slot_free;

	if (i)
		u->slot_free = u->slotv[i].next;
	else if (u->slotc < SLOTS)
		i = u->slotc++;
	else
		return 0;

	++u->used;

	return i;
}


/** Nothing more comes of this one */
void uring_slot_give(struct uring *u, uint32_t i)
{
	memset(&u->slotv[i], 0, sizeof(u->slotv[i]));
	u->slotv[i].next = u->slot_free;
	u->slot_free	 = i;
	--u->used;
}


/**
 * Read this socket from now on, in epoll's place; the control thread may say so
 *
 * @param u  NULL: there is no ring
 * @param sk Connected socket that hears nobody but its party
 */
void uring_take(struct uring *u, struct leg_sock *sk)
{
	uint32_t i;

	/* an agent's datagrams come by epoll, and it is cheaper to wait once */
	if (!u || sk->watch.slot || sk->large || sk->leg->peer->agent)
		return;

	i = slot_take(u);
	if (!i)
		return;
	if (epoll_ctl(u->w->epfd, EPOLL_CTL_DEL, sk->watch.fd, NULL) < 0) {
		uring_slot_give(u, i);
		return;
	}

	u->slotv[i].sk	   = sk;
	sk->watch.slot	   = i;
	u->armv[u->armc++] = i;
}


/* Has the kernel said its last of it? It need not have been read yet */
static bool finished(struct uring *u, uint32_t i)
{
	struct io_uring_cqe *cqe;
	unsigned head;

	if (!u->slotv[i].armed)
		return true;
	io_uring_for_each_cqe(&u->ring, head, cqe) {
		if (cqe->user_data == data_of(RECEIVE, i) &&
		    !(cqe->flags & IORING_CQE_F_MORE))
			return true;
	}

	return false;
}


/** Receive no more in this slot; what was received is still dealt with */
void uring_cancel(struct uring *u, uint32_t i)
{
	unsigned tries;

	for (tries = 0; tries < CANCELS && !finished(u, i); tries++) {
		struct io_uring_sqe *sqe = uring_sqe(u);

		if (sqe) {
			io_uring_prep_cancel64(sqe, data_of(RECEIVE, i), 0);
			io_uring_sqe_set_data64(sqe, data_of(CANCEL, 0));
		}
		(void)io_uring_submit_and_get_events(&u->ring);
	}
}


static void unarm(struct uring *u, uint32_t i)
{
	uint32_t k;

	for (k = 0; k < u->armc; k++) {
		if (u->armv[k] == i) {
			u->armv[k] = u->armv[--u->armc];
			break;
		}
	}
}


/* What a worker is asked to let go */
struct leave {
	struct leg_sock *skv;
	size_t skc;
	bool closing;
};


static void leave(struct worker *w, void *arg)
{
	const struct leave *le = arg;
	struct uring *u	       = w->uring;
	size_t k;

	for (k = 0; k < le->skc; k++) {
		struct leg_sock *sk = &le->skv[k];
		const uint32_t i    = sk->watch.slot;

		if (!i)
			continue;
		sk->watch.slot	    = 0;
		u->slotv[i].leaving = true;
		if (le->closing)
			u->slotv[i].sk = NULL;

		if (u->slotv[i].armed) {
			uring_cancel(u, i);
		} else {
			unarm(u, i);
			uring_slot_give(u, i);
		}
	}
}


/**
 * Read these sockets no more; epoll does again, unless they are closed. The
 * control thread may say so; a socket can be closed afterwards, and its port is
 * free then.
 *
 * @param u       NULL: there is no ring
 * @param skv     Sockets of a leg, in the ring or not
 * @param skc     How many
 * @param closing They go away
 */
void uring_leave(struct uring *u, struct leg_sock *skv, size_t skc,
		 bool closing)
{
	struct leave le = {skv, skc, closing};
	uint32_t slots	= 0;
	size_t k;

	for (k = 0; u && k < skc; k++)
		slots |= skv[k].watch.slot;
	if (!slots)
		return;

	for (k = 0; !closing && k < skc; k++) {
		struct epoll_event ev = {.events   = EPOLLIN,
					 .data.ptr = &skv[k].watch};

		if (skv[k].watch.slot)
			(void)epoll_ctl(u->w->epfd, EPOLL_CTL_ADD,
					skv[k].watch.fd, &ev);
	}
	worker_errand(u->w, leave, &le);
}
