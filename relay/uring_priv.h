/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file uring_priv.h  What the ring's parts share
 */
#ifndef POSTERN_RELAY_URING_PRIV_H
#define POSTERN_RELAY_URING_PRIV_H

#include <liburing.h>
#include "leg.h"
#include "relay.h"
#include "uring.h"

enum {
	SUBMITS	  = 1024,
	COMPLETES = 16384,
	BUFFERS	  = 512,   /* a power of two */
	DATAGRAM  = 2048,  /* longer ones are epoll's */
	SLOTS	  = 65536, /* sockets; the first is none */
	GROUP	  = 0,
	NONE	  = BUFFERS,
};

/** What a completion is of: the upper half of its data; the lower says which */
enum kind {
	RECEIVE, /* slot */
	SEND,	 /* buffer */
	CANCEL,
	EPOLL,
};

struct slot {
	struct leg_sock *sk; /* NULL: closed */
	uint32_t next;	     /* that is free */
	bool armed;	     /* the kernel has it */
	bool leaving;
};

/* What a buffer that leaves is, for when it can't */
struct going {
	struct leg *from;
	uint32_t len;
	enum latch_component component;
};

/* Buffers that leave with one call */
struct batch {
	uint16_t id[BUFFERS];
	unsigned n;
};

struct uring {
	struct io_uring ring;
	struct worker *w;
	struct io_uring_buf_ring *free;
	uint8_t (*buf)[DATAGRAM];
	uint64_t now;		/* of this round */
	unsigned current;	/* buffer that is dealt with, or NONE */
	bool kept;		/* it leaves */
	bool epoll_more;	/* it may have something */
	unsigned given;		/* buffers, not seen by the kernel yet */
	struct batch batch[2];
	struct batch *leaving;	/* with the next call */
	struct batch *left;	/* with the last one */
	struct going going[BUFFERS];
	struct slot *slotv;
	uint32_t slotc, slot_free, used;
	uint32_t *armv, armc;	/* slots to receive on */
};


static inline uint64_t data_of(enum kind kind, uint32_t which)
{
	return (uint64_t)kind << 32 | which;
}


struct io_uring_sqe *uring_sqe(struct uring *u);
void uring_give(struct uring *u, unsigned id);
void uring_given(struct uring *u);
bool uring_epoll(struct uring *u);

/* uring_slot.c */
void uring_arm(struct uring *u);
void uring_cancel(struct uring *u, uint32_t i);
void uring_slot_give(struct uring *u, uint32_t i);

#endif
