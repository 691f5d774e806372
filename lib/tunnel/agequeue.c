/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agequeue.c  Packets that wait, until they are too old
 *
 * A ring of octets: length, time it came, packet; the next begins where it
 * ends, around the ring's end if need be.
 */
#include <string.h>
#include "tunnel/agequeue.h"
#include "tunnel/frame.h"


/** Make an empty queue of the owner's octets */
void agequeue_init(struct agequeue *q, uint8_t *buf, size_t size)
{
	memset(q, 0, sizeof(*q));
	q->buf	= buf;
	q->size = size;
}


/* octets at a distance from the oldest packet's beginning */
static void copy_in(struct agequeue *q, size_t at, const uint8_t *p, size_t len)
{
	const size_t pos  = (q->first + at) % q->size;
	const size_t head = len < q->size - pos ? len : q->size - pos;

	memcpy(q->buf + pos, p, head);
	memcpy(q->buf, p + head, len - head);
}


static void copy_out(const struct agequeue *q, size_t at, uint8_t *p,
		     size_t len)
{
	const size_t pos  = (q->first + at) % q->size;
	const size_t head = len < q->size - pos ? len : q->size - pos;

	memcpy(p, q->buf + pos, head);
	memcpy(p + head, q->buf, len - head);
}


static void drop(struct agequeue *q)
{
	const size_t len = AGEQUEUE_HEADER + agequeue_next(q);

	q->first = (q->first + len) % q->size;
	q->used -= len;
	--q->n;
}


/** The oldest packet's length; 0: there is none */
size_t agequeue_next(const struct agequeue *q)
{
	uint8_t b[2];

	if (!q->n)
		return 0;
	copy_out(q, 0, b, sizeof(b));

	return frame_u16(b);
}


/** When the oldest packet came; there is one */
uint64_t agequeue_since(const struct agequeue *q)
{
	uint8_t b[8];

	copy_out(q, 2, b, sizeof(b));

	return frame_u64(b);
}


/**
 * A packet comes to wait
 *
 * @param q   Queue
 * @param p   Packet
 * @param len Its length, 1 to 65535
 * @param now ms
 *
 * @return How many were dropped for it: older ones, or this one, where it is
 *         greater than the whole queue
 */
unsigned agequeue_put(struct agequeue *q, const uint8_t *p, size_t len,
		      uint64_t now)
{
	uint8_t head[AGEQUEUE_HEADER];
	unsigned dropped = 0;

	if (!len || len > UINT16_MAX || AGEQUEUE_HEADER + len > q->size)
		return 1;
	while (q->size - q->used < AGEQUEUE_HEADER + len) {
		drop(q);
		++dropped;
	}

	frame_u16_put(head, (uint16_t)len);
	frame_u64_put(head + 2, now);
	copy_in(q, q->used, head, sizeof(head));
	copy_in(q, q->used + sizeof(head), p, len);
	q->used += sizeof(head) + len;
	++q->n;

	return dropped;
}


/** Drop what has waited longer than age ms; how many these were */
unsigned agequeue_expire(struct agequeue *q, uint64_t now, uint64_t age)
{
	unsigned dropped = 0;

	while (q->n && now - agequeue_since(q) > age) {
		drop(q);
		++dropped;
	}

	return dropped;
}


/** The oldest packet goes, to p, which has room for agequeue_next() octets;
 *  its length, 0: there is none */
size_t agequeue_take(struct agequeue *q, uint8_t *p)
{
	const size_t len = agequeue_next(q);

	if (!len)
		return 0;
	copy_out(q, AGEQUEUE_HEADER, p, len);
	drop(q);

	return len;
}
