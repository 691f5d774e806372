/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file datagrams.c  Datagrams inside a connection: late ones are dropped
 *
 * Owns what waits, what is under way, and the piece of a frame that has come.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <string.h>
#include "tunnel/agequeue.h"
#include "tunnel/datagrams.h"
#include "tunnel/flight.h"
#include "tunnel/frame.h"


enum {
	FRAME_WHOLE = FRAME_HEADER + FRAME_DATAGRAM_MAX,
	SAYING	    = FRAME_HEADER + 8, /* ACK, PING, PONG */
};

struct datagrams {
	struct agequeue queue;
	struct flight flight;
	struct datagrams_stats stats;
	datagrams_h *h;
	void *arg;
	uint64_t received;	/* octets of DATAGRAM frames */
	uint64_t acked;		/* of these the other end has been told */
	uint64_t ping, pong;
	bool ping_due, pong_due;
	size_t rxlen;
	uint8_t rx[FRAME_WHOLE]; /* a frame of which not all is here */
	uint8_t buf[DATAGRAMS_QUEUE];
};


/**
 * Make one end of it
 *
 * @param dp  Result; mem_deref() it
 * @param h   Gets what comes in
 * @param arg For it
 *
 * @return 0 or ENOMEM
 */
int datagrams_alloc(struct datagrams **dp, datagrams_h *h, void *arg)
{
	struct datagrams *d = mem_zalloc(sizeof(*d), NULL);

	if (!d)
		return ENOMEM;

	agequeue_init(&d->queue, d->buf, sizeof(d->buf));
	flight_init(&d->flight);
	d->h   = h;
	d->arg = arg;
	*dp    = d;

	return 0;
}


/** What comes in is somebody else's, or (NULL) nobody's */
void datagrams_handler_set(struct datagrams *d, datagrams_h *h, void *arg)
{
	d->h   = h;
	d->arg = arg;
}


/** Send a datagram, FRAME_DATAGRAM_MAX octets at most, or an older one less */
void datagrams_put(struct datagrams *d, const uint8_t *p, size_t len,
		   uint64_t now)
{
	if (!len || len > FRAME_DATAGRAM_MAX)
		return;

	d->stats.old += agequeue_expire(&d->queue, now, DATAGRAMS_AGE_MS);
	d->stats.full += agequeue_put(&d->queue, p, len, now);
}


/* ---- out ---- */

static size_t say(uint8_t *p, enum frame_type type, uint64_t number)
{
	const struct frame f = {.length = 8, .type = (uint8_t)type};

	frame_encode(p, &f);
	frame_u64_put(p + FRAME_HEADER, number);

	return SAYING;
}


static size_t say_all(struct datagrams *d, uint8_t *p)
{
	size_t n = 0;

	if (d->received != d->acked)
		n += say(p + n, FRAME_ACK, d->received);
	if (d->ping_due)
		n += say(p + n, FRAME_PING, d->ping);
	if (d->pong_due)
		n += say(p + n, FRAME_PONG, d->pong);
	d->acked    = d->received;
	d->ping_due = d->pong_due = false;

	return n;
}


/**
 * What the connection shall carry next
 *
 * @param d    Datagrams
 * @param p    Buffer
 * @param size Its room, at least a frame of the greatest and a bit
 * @param now  ms
 *
 * @return Octets; 0: nothing for now
 */
size_t datagrams_output(struct datagrams *d, uint8_t *p, size_t size,
			uint64_t now)
{
	size_t n = 0, len;

	if (size < 3 * SAYING)
		return 0;
	n = say_all(d, p);

	d->stats.old += agequeue_expire(&d->queue, now, DATAGRAMS_AGE_MS);
	while ((len = agequeue_next(&d->queue)) &&
	       size - n >= FRAME_HEADER + len &&
	       flight_room(&d->flight, FRAME_HEADER + len, now)) {
		const struct frame f = {.length = (uint16_t)len,
					.type	= FRAME_DATAGRAM};

		frame_encode(p + n, &f);
		(void)agequeue_take(&d->queue, p + n + FRAME_HEADER);
		n += FRAME_HEADER + len;
		flight_sent(&d->flight, FRAME_HEADER + len, now);
		++d->stats.out;
	}

	return n;
}


/** How many wait: there was no room for them, time will tell */
size_t datagrams_waiting(const struct datagrams *d)
{
	return d->queue.n;
}


/** Ask for a sign of life */
void datagrams_ping(struct datagrams *d, uint64_t token)
{
	d->ping	    = token;
	d->ping_due = true;
}


/* ---- in ---- */

static int got_frame(struct datagrams *d, const struct frame *f,
		     const uint8_t *p, uint64_t now)
{
	switch (f->type) {

	case FRAME_DATAGRAM:
		d->received += FRAME_HEADER + (uint64_t)f->length;
		++d->stats.in;
		if (d->h)
			d->h(p, f->length, d->arg);
		return 0;
	case FRAME_ACK:
		return flight_arrived(&d->flight, frame_u64(p), now);
	case FRAME_PING:
		d->pong	    = frame_u64(p);
		d->pong_due = true;
		return 0;
	case FRAME_PONG:
		return 0;
	default:
		return EPROTO;
	}
}


/* Frames that are whole; used: octets of them */
static int got_frames(struct datagrams *d, const uint8_t *p, size_t len,
		      size_t *used, uint64_t now)
{
	struct frame f;
	int err = 0;

	*used = 0;
	while (!err) {
		err = frame_decode(&f, p + *used, len - *used);
		if (err)
			return err == EAGAIN ? 0 : err;
		/* none of ours is longer */
		if (f.length > FRAME_DATAGRAM_MAX)
			return EPROTO;
		if (len - *used < FRAME_HEADER + (size_t)f.length)
			return 0;
		err = got_frame(d, &f, p + *used + FRAME_HEADER, now);
		*used += FRAME_HEADER + (size_t)f.length;
	}

	return err;
}


/**
 * Octets of the connection came in
 *
 * @return 0; EPROTO, EBADMSG: the other end breaks the rules
 */
int datagrams_input(struct datagrams *d, const uint8_t *p, size_t len,
		    uint64_t now)
{
	size_t used = 0, n;
	int err	    = 0;

	mem_ref(d);
	while (!err && len && d->rxlen) {
		n = sizeof(d->rx) - d->rxlen;
		n = n < len ? n : len;
		memcpy(d->rx + d->rxlen, p, n);
		err = got_frames(d, d->rx, d->rxlen + n, &used, now);
		if (used) {
			/* all that was kept, and some of what is new */
			p += used - d->rxlen;
			len -= used - d->rxlen;
			d->rxlen = 0;
		} else {
			d->rxlen += n;
			p += n;
			len -= n;
		}
	}
	if (!err && len) {
		err = got_frames(d, p, len, &used, now);
		if (!err) {
			d->rxlen = len - used;
			memcpy(d->rx, p + used, d->rxlen);
		}
	}
	mem_deref(d);

	return err;
}


const struct datagrams_stats *datagrams_stats(const struct datagrams *d)
{
	return &d->stats;
}
