/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stream.c  TCP connections of a capture, put together again
 *
 * Owns the streams, and what waits for what came before it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "stream.h"


enum {
	STREAMS_MAX	   = 4096,    /* directions; the quietest goes */
	WAITING_MAX	   = 64,      /* segments of one */
	WAITING_OCTETS_MAX = 1 << 18, /* of one */
	OCTETS_MAX	   = 1 << 23, /* waiting in all of them */
	BUCKETS		   = 256,
};

struct segment {
	struct segment *next;
	unsigned long frame;
	uint32_t seq;
	size_t len;
	uint8_t p[];
};

struct stream {
	struct stream *next; /* in its bucket */
	struct stream *before, *after; /* by their last packet */
	struct addr src, dst;
	uint32_t seq;	     /* of the next octet */
	uint32_t first;	     /* after SYN: of the first */
	bool begun, syn;
	struct segment *waiting; /* by sequence number */
	unsigned waitingc;
	size_t octets;	     /* waiting */
	void *data;
	void (*freeh)(void *);
};

struct streams {
	struct stream *buckets[BUCKETS];
	struct stream *quietest, *latest;
	unsigned n;
	size_t octets; /* waiting, in all */
	stream_h *h;
	void *arg;
};


int streams_alloc(struct streams **sp, stream_h *h, void *arg)
{
	struct streams *s = calloc(1, sizeof(*s));

	if (!s)
		return ENOMEM;
	s->h   = h;
	s->arg = arg;
	*sp    = s;

	return 0;
}


/* the first that waits, taken out */
static struct segment *unqueue(struct streams *s, struct stream *st)
{
	struct segment *sg = st->waiting;

	st->waiting = sg->next;
	--st->waitingc;
	st->octets -= sg->len;
	s->octets -= sg->len;

	return sg;
}


/* nothing waits any more: give_all() was here */
static void stream_reset(struct stream *st)
{
	st->begun = false;
	st->syn	  = false;
	if (st->freeh)
		st->freeh(st->data);
	st->data  = NULL;
	st->freeh = NULL;
}


static unsigned hash_addr(const struct addr *a)
{
	const uint8_t *p = addr_family(a) == AF_INET6
				   ? (const uint8_t *)&a->u.in6.sin6_addr
				   : (const uint8_t *)&a->u.in.sin_addr;
	unsigned h = addr_port(a);

	for (int i = 0; i < (addr_family(a) == AF_INET6 ? 16 : 4); i++)
		h = h * 31 + p[i];

	return h;
}


static unsigned bucket(const struct addr *src, const struct addr *dst)
{
	return (hash_addr(src) * 7 + hash_addr(dst)) % BUCKETS;
}


static struct stream *find(const struct streams *s, const struct addr *src,
			   const struct addr *dst)
{
	struct stream *st = s->buckets[bucket(src, dst)];

	while (st && !(addr_eq(&st->src, src) && addr_eq(&st->dst, dst)))
		st = st->next;

	return st;
}


static void give_all(struct streams *s, struct stream *st);


static void queue_leave(struct streams *s, struct stream *st)
{
	*(st->before ? &st->before->after : &s->quietest) = st->after;
	*(st->after ? &st->after->before : &s->latest)	  = st->before;
}


static void queue_join(struct streams *s, struct stream *st)
{
	st->before = s->latest;
	st->after  = NULL;
	*(s->latest ? &s->latest->after : &s->quietest) = st;
	s->latest					 = st;
}


static void drop_quietest(struct streams *s)
{
	struct stream *st = s->quietest, **at;

	give_all(s, st);
	at = &s->buckets[bucket(&st->src, &st->dst)];
	while (*at != st)
		at = &(*at)->next;
	*at = st->next;
	queue_leave(s, st);
	stream_reset(st);
	free(st);
	--s->n;
}


void streams_free(struct streams *s)
{
	if (!s)
		return;
	while (s->quietest)
		drop_quietest(s);
	free(s);
}


static struct stream *stream_for(struct streams *s, const struct packet *p)
{
	struct stream **at = &s->buckets[bucket(&p->src, &p->dst)];
	struct stream *st  = find(s, &p->src, &p->dst);

	if (st) {
		queue_leave(s, st);
		queue_join(s, st);
		return st;
	}
	if (s->n == STREAMS_MAX)
		drop_quietest(s);
	st = calloc(1, sizeof(*st));
	if (!st)
		return NULL;
	st->src	 = p->src;
	st->dst	 = p->dst;
	st->next = *at;
	*at	 = st;
	queue_join(s, st);
	++s->n;

	return st;
}


/* how far b is ahead of a; negative: behind (RFC 9293 §3.4) */
static int32_t ahead(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a);
}


static void give(struct streams *s, struct stream *st, unsigned long frame,
		 uint32_t seq, const uint8_t *p, size_t len, bool gap)
{
	const int32_t old = ahead(seq, st->seq);

	if (old > 0) {
		if ((size_t)old >= len)
			return;
		p += old;
		len -= (size_t)old;
	}
	st->seq += (uint32_t)len;
	if (len)
		s->h(st, frame, p, len, gap, s->arg);
}


static void give_waiting(struct streams *s, struct stream *st)
{
	struct segment *sg;

	while ((sg = st->waiting) && ahead(st->seq, sg->seq) <= 0) {
		unqueue(s, st);
		give(s, st, sg->frame, sg->seq, sg->p, sg->len, false);
		free(sg);
	}
}


static int wait_for(struct streams *s, struct stream *st,
		    uint32_t seq, const struct packet *p)
{
	struct segment **at = &st->waiting, *sg;

	sg = malloc(sizeof(*sg) + p->len);
	if (!sg)
		return ENOMEM;
	sg->frame = p->frame;
	sg->seq	  = seq;
	sg->len	  = p->len;
	memcpy(sg->p, p->p, p->len);
	while (*at && ahead((*at)->seq, sg->seq) >= 0)
		at = &(*at)->next;
	sg->next = *at;
	*at	 = sg;
	++st->waitingc;
	st->octets += sg->len;
	s->octets += sg->len;

	return 0;
}


/* what is missing was never captured: go on behind it */
static void leap(struct streams *s, struct stream *st)
{
	struct segment *sg = unqueue(s, st);

	st->seq = sg->seq;
	give(s, st, sg->frame, sg->seq, sg->p, sg->len, true);
	free(sg);
	give_waiting(s, st);
}


/* nothing more comes: what waits, with the gaps before it */
static void give_all(struct streams *s, struct stream *st)
{
	while (st->waiting)
		leap(s, st);
}


static bool too_much(const struct streams *s, const struct stream *st)
{
	return st->waitingc > WAITING_MAX || st->octets > WAITING_OCTETS_MAX ||
	       s->octets > OCTETS_MAX;
}


/* a connection begins; the same SYN again changes nothing */
static void begin(struct streams *s, struct stream *st, uint32_t seq)
{
	if (st->syn && st->first == seq + 1)
		return;
	give_all(s, st);
	stream_reset(st);
	st->begun = true;
	st->syn	  = true;
	st->first = seq + 1;
	st->seq	  = seq + 1;
}


/** A TCP segment; 0 or ENOMEM */
int streams_packet(struct streams *s, const struct packet *p)
{
	struct stream *st = stream_for(s, p);
	uint32_t seq	  = p->seq;
	int err		  = 0;

	if (!st)
		return ENOMEM;
	if (p->syn) {
		begin(s, st, seq);
		++seq; /* of the data it may carry (RFC 7413) */
	}
	if (!p->len)
		return 0;
	if (!st->begun) {
		st->begun = true;
		st->seq	  = seq;
	}

	if (ahead(st->seq, seq) <= 0) {
		give(s, st, p->frame, seq, p->p, p->len, false);
		give_waiting(s, st);
	} else {
		err = wait_for(s, st, seq, p);
		while (st->waiting && too_much(s, st))
			leap(s, st);
	}

	return err;
}


struct stream *streams_reverse(const struct streams *s,
			       const struct stream *st)
{
	return find(s, &st->dst, &st->src);
}


const struct addr *stream_src(const struct stream *s)
{
	return &s->src;
}


const struct addr *stream_dst(const struct stream *s)
{
	return &s->dst;
}


void stream_data_set(struct stream *s, void *data, void (*freeh)(void *))
{
	s->data	 = data;
	s->freeh = freeh;
}


void *stream_data(const struct stream *s)
{
	return s->data;
}
