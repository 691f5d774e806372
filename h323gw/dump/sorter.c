/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sorter.c  Which packets of a capture are H.323, and which of it
 *
 * RAS is what goes over UDP from or to port 1718 or 1719, or a port a RAS
 * message has named as one for RAS. On TCP it is told by what comes: TPKT, and
 * in it a message with Q.931's discriminator, or else one of H.245. A
 * connection that does not begin so is something else, and left alone.
 *
 * Owns the connections, and the RAS addresses that were named.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "h323gw/tpkt/tpkt.h"
#include "sorter.h"
#include "stream.h"


enum {
	RAS_DISCOVERY	 = 1718, /* H.225.0 appendix IV */
	RAS_REGISTRATION = 1719,
	NAMED_MAX	 = 256,
};

struct sorter {
	const struct per *per;
	struct streams *streams;
	sorter_h *h;
	sorter_note_h *noteh;
	void *arg;
	struct addr named[NAMED_MAX]; /* the oldest goes */
	size_t namedc;
};

/** One direction of a TCP connection */
struct flow {
	struct sorter *s;
	struct tpkt *tpkt; /* NULL: it is something else */
	struct message m;
	bool any, h225;	   /* messages came; they are of call signalling */
};


/* ---- RAS ---- */

static bool is_named(const struct sorter *s, const struct addr *a)
{
	for (size_t i = 0; i < s->namedc && i < NAMED_MAX; i++) {
		if (addr_eq(&s->named[i], a))
			return true;
	}

	return false;
}


static void name_one(struct sorter *s, const struct per_addr *pa)
{
	struct addr a = {0};

	if (pa->ip_len == 4) {
		a.u.in.sin_family = AF_INET;
		memcpy(&a.u.in.sin_addr, pa->ip, 4);
	} else {
		a.u.in6.sin6_family = AF_INET6;
		memcpy(&a.u.in6.sin6_addr, pa->ip, 16);
	}
	addr_set_port(&a, pa->port);
	if (addr_port(&a) && !is_named(s, &a))
		s->named[s->namedc++ % NAMED_MAX] = a;
}


/* addresses for RAS, that a message names */
static void learn(struct sorter *s, const struct message *m)
{
	const struct per_addr *addrs;
	size_t n = m->msg ? per_msg_addrs(m->msg, &addrs) : 0;

	for (size_t i = 0; i < n; i++) {
		if (per_addr_within(&addrs[i], "rasAddress") ||
		    per_addr_within(&addrs[i], "replyAddress"))
			name_one(s, &addrs[i]);
	}
}


static bool ras_port(uint16_t port)
{
	return port == RAS_DISCOVERY || port == RAS_REGISTRATION;
}


static void on_udp(struct sorter *s, const struct packet *p)
{
	struct message m = {.frame = p->frame, .src = p->src, .dst = p->dst};

	if (!p->len || (!ras_port(addr_port(&p->src)) &&
			!ras_port(addr_port(&p->dst)) &&
			!is_named(s, &p->src) && !is_named(s, &p->dst)))
		return;

	if (!message_read(&m, s->per, MESSAGE_RAS, p->p, p->len))
		learn(s, &m);
	s->h(&m, s->arg);
	message_reset(&m);
}


/* ---- TCP ---- */

static int on_message(const uint8_t *p, size_t len, void *arg)
{
	struct flow *f = arg;
	struct message *m = &f->m;

	if (!len)
		return 0; /* a sign of life */
	if (!f->any) {
		f->any	= true;
		f->h225 = p[0] == Q931_DISCRIMINATOR;
	}
	(void)message_read(m, f->s->per,
			   f->h225 ? MESSAGE_H225 : MESSAGE_H245, p, len);
	f->s->h(m, f->s->arg);
	message_reset(m);

	return 0;
}


static void flow_free(void *arg)
{
	struct flow *f = arg;

	if (f->any && f->tpkt && tpkt_pending(f->tpkt))
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
	f->s = s;
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

	if (!f)
		return;
	if (gap) {
		if (f->any || plausible(p, len))
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
		if (f->any)
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
	if (streams_alloc(&s->streams, on_octets, s)) {
		free(s);
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
	free(s);
}


/** One packet; 0 or ENOMEM */
int sorter_packet(struct sorter *s, const struct packet *p)
{
	if (p->cut && p->len)
		s->noteh(p->frame, "the capture has not all of it", s->arg);
	if (p->tcp)
		return streams_packet(s->streams, p);
	on_udp(s, p);

	return 0;
}
