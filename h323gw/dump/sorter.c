/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sorter.c  Which packets of a capture are H.323, and which of it
 *
 * RAS is told in ras.c. A TCP connection's messages lie in TPKT; which they are
 * is known by its addresses, or by what goes the other way, or else told by the
 * first that come: Q.931's discriminator and a type it has, or a message of
 * H.245 that encodes to the same octets and has nothing in it that the tables
 * don't know. A connection of which none does is something else (T.120 and
 * others lie in TPKT too), and left alone.
 *
 * Owns the connections, and what is known of addresses.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "h323gw/tpkt/tpkt.h"
#include "known.h"
#include "ras.h"
#include "sorter.h"
#include "stream.h"


enum {
	TRIES_MAX = 8, /* messages, to find out what a connection carries */
	PROOF_MIN = 4, /* octets: a shorter one of H.245 may be anything */
};

struct sorter {
	const struct per *per;
	struct known *known;
	struct ras *ras;
	struct streams *streams;
	sorter_h *h;
	sorter_note_h *noteh;
	void *arg;
};

enum carries {
	CARRIES_UNKNOWN,
	CARRIES_H225,
	CARRIES_H245,
	CARRIES_OTHER, /* nothing of ours */
};

/** One direction of a TCP connection */
struct flow {
	struct sorter *s;
	struct stream *stream;
	struct tpkt *tpkt; /* NULL: no message's beginning is known */
	struct message m;
	enum carries carries;
	unsigned tries;	   /* messages that told nothing */
};


/* an ISO transport protocol's (X.224 §13), as T.120 and MMS have it */
static bool is_x224(const uint8_t *p, size_t len)
{
	enum {
		DATA	   = 0xf0, /* the other codes are below it */
		DATA_HEAD  = 2,
		LOWEST	   = 0x50,
		HEAD_LEAST = 4,
	};

	if (len < 3)
		return false;
	if (p[0] == DATA_HEAD)
		return p[1] == DATA;

	/* the others are a head alone, and its length begins it */
	return p[0] >= HEAD_LEAST && p[0] + 1u == len && p[1] >= LOWEST;
}


static bool is_ours(const struct flow *f)
{
	return f->carries == CARRIES_H225 || f->carries == CARRIES_H245;
}


/* by its addresses, or by what goes the other way */
static enum carries known_carries(const struct flow *f)
{
	const struct known *k = f->s->known;
	const struct addr *a = stream_src(f->stream),
			  *b = stream_dst(f->stream);
	const struct stream *back = streams_reverse(f->s->streams, f->stream);
	const struct flow *other  = back ? stream_data(back) : NULL;

	if (other && is_ours(other))
		return other->carries;
	if (known_is(k, a, MESSAGE_H245) || known_is(k, b, MESSAGE_H245))
		return CARRIES_H245;
	if (known_is(k, a, MESSAGE_H225) || known_is(k, b, MESSAGE_H225))
		return CARRIES_H225;

	return CARRIES_UNKNOWN;
}


/* by what it is: m is read, and shown if it is ours */
static enum carries try(struct flow *f, const uint8_t *p, size_t len)
{
	struct message *m     = &f->m;
	const struct per *per = f->s->per;
	enum carries c	      = CARRIES_UNKNOWN;

	if (p[0] == Q931_DISCRIMINATOR) {
		(void)message_read(m, per, MESSAGE_H225, p, len);
		if (m->q931.callref_len == 2 && *q931_type_name(m->q931.type) &&
		    (!m->why || m->uuie))
			c = CARRIES_H225;
	} else if (len >= PROOF_MIN &&
		   !message_read(m, per, MESSAGE_H245, p, len) &&
		   !message_roundtrip(m, per) && message_known(m)) {
		c = CARRIES_H245;
	} else if (is_x224(p, len)) {
		c = CARRIES_OTHER;
	}
	if (c == CARRIES_UNKNOWN && ++f->tries == TRIES_MAX)
		c = CARRIES_OTHER;

	return c;
}


static int on_message(const uint8_t *p, size_t len, void *arg)
{
	struct flow *f	   = arg;
	struct sorter *s   = f->s;
	struct message *m  = &f->m;
	const bool decided = f->carries != CARRIES_UNKNOWN;

	if (!len)
		return 0; /* a sign of life */
	if (!decided)
		f->carries = known_carries(f);
	if (f->carries == CARRIES_UNKNOWN)
		f->carries = try(f, p, len);
	else
		(void)message_read(m, s->per,
				   f->carries == CARRIES_H225 ? MESSAGE_H225
							      : MESSAGE_H245,
				   p, len);
	if (is_ours(f)) {
		if (!decided && f->tries)
			s->noteh(m->frame, "messages before it, on the same "
				 "connection, were not known for H.323",
				 s->arg);
		known_learn(s->known, m);
		s->h(m, s->arg);
	}
	message_reset(m);

	return f->carries == CARRIES_OTHER ? EPROTO : 0;
}


static void flow_free(void *arg)
{
	struct flow *f = arg;

	if (is_ours(f) && f->tpkt && tpkt_pending(f->tpkt))
		f->s->noteh(f->m.frame, "the message that begins here has no "
			    "end", f->s->arg);
	tpkt_free(f->tpkt);
	free(f);
}


static struct flow *flow_for(struct sorter *s, struct stream *st)
{
	struct flow *f = stream_data(st);

	if (f)
		return f;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->s	  = s;
	f->stream = st;
	if (tpkt_alloc(&f->tpkt, 0)) {
		free(f);
		return NULL;
	}
	f->m.src = *stream_src(st);
	f->m.dst = *stream_dst(st);
	stream_data_set(st, f, flow_free);

	return f;
}


/* does TPKT begin here? */
static bool plausible(const uint8_t *p, size_t len)
{
	return len > TPKT_HEADER && p[0] == 3 && p[1] == 0 &&
	       (size_t)(p[2] << 8 | p[3]) > TPKT_HEADER;
}


static void on_octets(struct stream *st, unsigned long frame,
		      const uint8_t *p, size_t len, bool gap, void *arg)
{
	struct sorter *s = arg;
	struct flow *f	 = flow_for(s, st);
	int err;

	if (!f || f->carries == CARRIES_OTHER)
		return;
	if (gap) {
		if (is_ours(f) || plausible(p, len))
			s->noteh(frame, "octets before it are missing",
				 s->arg);
		tpkt_free(f->tpkt);
		f->tpkt = NULL;
	}
	if (!f->tpkt) {
		/* after a gap, or in the middle: a segment may begin one */
		if (!plausible(p, len) || tpkt_alloc(&f->tpkt, 0))
			return;
	}
	f->m.frame = frame;
	err = tpkt_feed(f->tpkt, p, len, on_message, f);
	if (err) {
		if (is_ours(f))
			s->noteh(frame, "this is no TPKT", s->arg);
		tpkt_free(f->tpkt);
		f->tpkt = NULL;
	}
}


/**
 * Make a sorter
 *
 * @param sp    Result; sorter_free() it
 * @param per   Codec, which must outlive it
 * @param h     Gets each message
 * @param noteh Gets what could not be looked at
 * @param arg   For them
 *
 * @return 0 or ENOMEM
 */
int sorter_alloc(struct sorter **sp, const struct per *per, sorter_h *h,
		 sorter_note_h *noteh, void *arg)
{
	struct sorter *s = calloc(1, sizeof(*s));

	if (!s)
		return ENOMEM;
	s->per	 = per;
	s->h	 = h;
	s->noteh = noteh;
	s->arg	 = arg;
	if (known_alloc(&s->known) ||
	    ras_alloc(&s->ras, per, s->known, h, noteh, arg) ||
	    streams_alloc(&s->streams, on_octets, s)) {
		sorter_free(s);
		return ENOMEM;
	}
	*sp = s;

	return 0;
}


void sorter_free(struct sorter *s)
{
	if (!s)
		return;

	streams_free(s->streams);
	ras_free(s->ras);
	known_free(s->known);
	free(s);
}


/** One packet; 0 or ENOMEM */
int sorter_packet(struct sorter *s, const struct packet *p)
{
	return p->tcp ? streams_packet(s->streams, p) : ras_packet(s->ras, p);
}
