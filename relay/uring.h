/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file uring.h  A worker's ring: datagrams come and go without a call each
 *
 * Which sockets it reads is decided by who knows them (leg_sock.c): those that
 * hear nobody but their party. All others stay with the worker's epoll, which
 * the ring waits for, too. Where a function can be called by the control thread
 * it is said, and the worker is parked then; else it is the worker's.
 */
#ifndef POSTERN_RELAY_URING_H
#define POSTERN_RELAY_URING_H

#include "config.h"
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "media/latch.h"

struct leg;
struct leg_sock;
struct uring;
struct worker;

#ifdef HAVE_URING

int uring_alloc(struct uring **up, struct worker *w);
void uring_free(struct uring *u);
int uring_begin(struct uring *u);
int uring_serve(struct uring *u);
bool uring_used(const struct uring *u);
void uring_flush(struct uring *u);
bool uring_holds(const struct uring *u);
void uring_take(struct uring *u, struct leg_sock *sk);
void uring_leave(struct uring *u, struct leg_sock *skv, size_t skc,
		 bool closing);
bool uring_send(struct uring *u, struct leg *from,
		enum latch_component component, int fd, const uint8_t *p,
		size_t len);

#else

static inline void uring_free(struct uring *u)
{
	(void)u;
}


static inline int uring_begin(struct uring *u)
{
	(void)u;

	return 0;
}


static inline int uring_serve(struct uring *u)
{
	(void)u;

	return 0;
}


static inline bool uring_used(const struct uring *u)
{
	(void)u;

	return false;
}


static inline void uring_flush(struct uring *u)
{
	(void)u;
}


static inline bool uring_holds(const struct uring *u)
{
	(void)u;

	return false;
}


static inline void uring_take(struct uring *u, struct leg_sock *sk)
{
	(void)u;
	(void)sk;
}


static inline void uring_leave(struct uring *u, struct leg_sock *skv,
			       size_t skc, bool closing)
{
	(void)u;
	(void)skv;
	(void)skc;
	(void)closing;
}


static inline bool uring_send(struct uring *u, struct leg *from,
			      enum latch_component component, int fd,
			      const uint8_t *p, size_t len)
{
	(void)p;
	(void)u;
	(void)from;
	(void)component;
	(void)fd;
	(void)len;

	return false;
}


static inline int uring_alloc(struct uring **up, struct worker *w)
{
	(void)w;
	*up = NULL;

	return ENOSYS;
}

#endif

#endif
