/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file uring.c  A worker's ring: datagrams come and go without a call each
 *
 * Each socket has one receive that goes on for ever, into buffers the kernel
 * takes from a ring. What is to be sent leaves from the same buffer, with the
 * call that waits for more; UDP sends when it is asked to, so that call over,
 * the buffer is free, unless it failed: that the kernel says, and who is told
 * still finds the datagram.
 *
 * The kernel reads sockets only while the worker asks it for more (deferred
 * task work). So a parked worker that has dealt with all it was given holds
 * nothing: what comes meanwhile waits in the sockets.
 *
 * Owns what is on its way: buffers, and completions.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include "forward.h"
#include "uring_priv.h"


enum {
	AHEAD	= 4,  /* packets whose leg is fetched meanwhile */
	AT_ONCE = 64, /* completions looked at */
};


/** A place in the queue of what is asked; NULL: there is none */
struct io_uring_sqe *uring_sqe(struct uring *u)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);

	if (!sqe && io_uring_submit(&u->ring) >= 0)
		sqe = io_uring_get_sqe(&u->ring);

	return sqe;
}


/** The kernel may fill this buffer again, once uring_given() says so */
void uring_give(struct uring *u, unsigned id)
{
	io_uring_buf_ring_add(u->free, u->buf[id], DATAGRAM,
			      (unsigned short)id,
			      io_uring_buf_ring_mask(BUFFERS),
			      (int)u->given++);
}


/** See uring_give() */
void uring_given(struct uring *u)
{
	io_uring_buf_ring_advance(u->free, (int)u->given);
	u->given = 0;
}


/** Have the ring wait for the worker's epoll, too; false: not now */
bool uring_epoll(struct uring *u)
{
	struct io_uring_sqe *sqe = uring_sqe(u);

	if (!sqe)
		return false;

	io_uring_prep_poll_multishot(sqe, u->w->epfd, POLLIN);
	io_uring_sqe_set_data64(sqe, data_of(EPOLL, 0));
	u->epoll_more = true;

	return true;
}


/* The call is over: what left with it is kept until its failures are known */
static void leave_turn(struct uring *u)
{
	struct batch *ba = u->left;

	if (ba->n || io_uring_sq_ready(&u->ring))
		return;
	u->left	   = u->leaving;
	u->leaving = ba;
}


static void give_left(struct uring *u)
{
	while (u->left->n)
		uring_give(u, u->left->id[--u->left->n]);
	uring_given(u);
}


/**
 * Send what is dealt with just now, with the call that waits for more
 *
 * @param u         NULL: there is no ring
 * @param from      Leg it came in on
 * @param component What it is
 * @param fd        Connected socket it leaves by
 * @param p         Datagram
 * @param len       Its length
 *
 * @return false if it isn't in one of the ring's buffers, or can't leave so
 */
bool uring_send(struct uring *u, struct leg *from,
		enum latch_component component, int fd, const uint8_t *p,
		size_t len)
{
	struct io_uring_sqe *sqe;
	unsigned id;

	if (!u || u->current == NONE || u->kept || p != u->buf[u->current])
		return false;

	sqe = uring_sqe(u);
	if (!sqe)
		return false;

	id = u->current;
	io_uring_prep_send(sqe, fd, u->buf[id], len,
			   MSG_NOSIGNAL | MSG_DONTWAIT);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	io_uring_sqe_set_data64(sqe, data_of(SEND, id));

	u->going[id] = (struct going){from, (uint32_t)len, component};
	u->leaving->id[u->leaving->n++] = (uint16_t)id;
	u->kept				= true;

	return true;
}


static void datagram(struct uring *u, struct leg_sock *sk, unsigned id,
		     size_t len)
{
	if (len > DATAGRAM) {
		/* no buffer holds it: its socket is epoll's for good */
		metrics_inc(u->w->stats, STAT_RECEIVE_ERRORS);
		sk->large = true;
		uring_leave(u, sk, 1, false);
		return;
	}

	u->current = id;
	forward_known(sk, id == NONE ? NULL : u->buf[id], len, u->now);
	u->current = NONE;
}


static void received(struct uring *u, uint32_t i, const struct io_uring_cqe *c)
{
	struct slot *s	   = &u->slotv[i];
	const bool last	   = !(c->flags & IORING_CQE_F_MORE);
	const bool leaving = s->leaving;
	const unsigned id  = c->flags & IORING_CQE_F_BUFFER
				     ? c->flags >> IORING_CQE_BUFFER_SHIFT
				     : (unsigned)NONE;

	if (last && !leaving) {
		s->armed	   = false;
		u->armv[u->armc++] = i;
	}

	u->kept = false;
	if (c->res >= 0) {
		if (!leaving)
			datagram(u, s->sk, id, (size_t)c->res);
		else if (s->sk)
			forward_late(s->sk);
	} else if (c->res != -ENOBUFS && c->res != -ECONNREFUSED &&
		   c->res != -EINTR && c->res != -ECANCELED) {
		metrics_inc(u->w->stats, STAT_RECEIVE_ERRORS);
	}

	if (id != NONE && !u->kept)
		uring_give(u, id);
	if (last && leaving)
		uring_slot_give(u, i);
}


static void completed(struct uring *u, const struct io_uring_cqe *cqe)
{
	const uint32_t which = (uint32_t)cqe->user_data;

	switch ((enum kind)(cqe->user_data >> 32)) {

	case RECEIVE:
		received(u, which, cqe);
		break;

	case SEND: /* only failures are told */
		if (cqe->res < 0)
			forward_unsent(u->going[which].from,
				       u->going[which].component,
				       u->buf[which], u->going[which].len,
				       -cqe->res);
		break;

	case EPOLL:
		u->epoll_more = true;
		if (!(cqe->flags & IORING_CQE_F_MORE))
			(void)uring_epoll(u);
		break;

	default:
		break;
	}
}


static const struct leg_sock *sock_of(const struct uring *u,
				      const struct io_uring_cqe *cqe)
{
	return cqe->user_data >> 32 == RECEIVE
		       ? u->slotv[(uint32_t)cqe->user_data].sk
		       : NULL;
}


/* With thousands of streams a leg was not used lately, nor was its peer */
static void fetch(const struct uring *u, struct io_uring_cqe *const *v,
		  unsigned n)
{
	const struct leg_sock *sk;

	sk = n > AHEAD ? sock_of(u, v[AHEAD]) : NULL;
	if (sk)
		__builtin_prefetch(sk, 1);
	sk = n > AHEAD / 2 ? sock_of(u, v[AHEAD / 2]) : NULL;
	if (sk)
		forward_fetch(sk);
}


/* All that was there when it was called */
static void complete(struct uring *u)
{
	unsigned left = io_uring_cq_ready(&u->ring);

	u->now = u->w->relay->now();
	while (left) {
		struct io_uring_cqe *v[AT_ONCE];
		const unsigned n = io_uring_peek_batch_cqe(
			&u->ring, v, min(left, (unsigned)AT_ONCE));
		unsigned i;

		for (i = 0; i < n; i++) {
			const struct io_uring_cqe cqe = *v[i];

			fetch(u, &v[i], n - i);
			io_uring_cq_advance(&u->ring, 1);
			completed(u, &cqe);
		}
		if (!n)
			break;
		left -= n;
	}
}


/* What is in the way of more: datagrams that only have to leave */
static void let_leave(struct uring *u)
{
	(void)io_uring_submit(&u->ring);
	leave_turn(u);
	complete(u);
	give_left(u);
}


/**
 * Wait for something, and do it
 *
 * @param u Ring of the worker that calls
 *
 * @return 0 or an errno
 */
int uring_serve(struct uring *u)
{
	int n;

	if (u->armc || u->leaving->n > BUFFERS / 2)
		let_leave(u);
	uring_arm(u);
	n = u->epoll_more || u->armc ? io_uring_submit_and_get_events(&u->ring)
				     : io_uring_submit_and_wait(&u->ring, 1);
	if (n < 0 && n != -EINTR && n != -EBUSY && n != -EAGAIN)
		return -n;

	leave_turn(u);
	complete(u);
	give_left(u);

	return u->epoll_more ? worker_poll(u->w, 0, &u->epoll_more) : 0;
}


/** @return Whether uring_serve() is to be called, or epoll asked alone */
bool uring_used(const struct uring *u)
{
	return u && (u->used || io_uring_sq_ready(&u->ring));
}


/**
 * Deal with all that the ring holds; afterwards it holds nothing, until
 * uring_serve() or uring_leave()
 *
 * @param u NULL: there is no ring
 */
void uring_flush(struct uring *u)
{
	if (!u)
		return;

	do {
		if (io_uring_cq_has_overflow(&u->ring))
			(void)io_uring_get_events(&u->ring);
		let_leave(u);
	} while (io_uring_sq_ready(&u->ring) || io_uring_cq_ready(&u->ring) ||
		 io_uring_cq_has_overflow(&u->ring));
}


/** @return Whether it has what is not dealt with; the control thread asks */
bool uring_holds(const struct uring *u)
{
	return u && (io_uring_cq_ready(&u->ring) ||
		     io_uring_cq_has_overflow(&u->ring));
}
