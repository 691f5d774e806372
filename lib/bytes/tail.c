/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tail.c  What was sent last, in case it has to be sent again
 *
 * Owns the copy. What is not kept any more, or could not be, can't be sent
 * again, and whoever asks for it is told so.
 */
#include <errno.h>
#include <string.h>
#include "rpc/libre.h"
#include "bytes/tail.h"


struct tail {
	uint64_t sent;
	struct mbuf *kept; /* its end is the last that was sent */
};


static void tail_destructor(void *arg)
{
	struct tail *t = arg;

	mem_deref(t->kept);
}


/**
 * Begin to count, and to keep
 *
 * @param tp Result; mem_deref() it
 *
 * @return 0 or ENOMEM
 */
int tail_alloc(struct tail **tp)
{
	struct tail *t = mem_zalloc(sizeof(*t), tail_destructor);

	if (!t)
		return ENOMEM;
	t->kept = mbuf_alloc(0);
	if (!t->kept) {
		mem_deref(t);
		return ENOMEM;
	}
	*tp = t;

	return 0;
}


/* when it is twice as much as is to be kept, the older half goes */
static void trim(struct mbuf *mb, size_t len)
{
	const size_t left = len < TAIL_MAX ? TAIL_MAX - len : 0;

	if (mb->end + len <= 2 * (size_t)TAIL_MAX || mb->end <= left)
		return;
	memmove(mb->buf, mb->buf + mb->end - left, left);
	mb->end = left;
}


/** Octets were sent */
void tail_add(struct tail *t, const uint8_t *p, size_t len)
{
	struct mbuf *mb = t->kept;

	t->sent += len;
	if (len > TAIL_MAX) {
		p += len - TAIL_MAX;
		len = TAIL_MAX;
	}
	trim(mb, len);
	mb->pos = mb->end;
	if (mbuf_write_mem(mb, p, len)) /* then there is nothing of it */
		mb->end = 0;
}


/** How many octets were sent so far */
uint64_t tail_sent(const struct tail *t)
{
	return t->sent;
}


/**
 * What the other end has not got
 *
 * @param t	   Tail
 * @param received How many octets it says it has received
 * @param p	   Result: the rest; valid until the next tail_add()
 * @param len	   Result: its length
 *
 * @return 0; ERANGE: it was never sent, or is not kept any more
 */
int tail_since(const struct tail *t, uint64_t received, const uint8_t **p,
	       size_t *len)
{
	if (received > t->sent || t->sent - received > t->kept->end)
		return ERANGE;
	*len = (size_t)(t->sent - received);
	*p   = t->kept->buf + t->kept->end - *len;

	return 0;
}
