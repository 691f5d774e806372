/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ras.c  Which datagrams are RAS
 *
 * What goes from or to an address known for RAS. Elsewhere it takes proof:
 * a message that reads and encodes to the same octets, and either names
 * H.225.0 as its protocol, or is a request and its answer. A request waits for
 * that. From then on both ends are known.
 *
 * Owns the requests that wait.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "ras.h"


enum {
	WAITING_MAX	   = 64,   /* requests; the oldest goes */
	WAITING_OCTETS_MAX = 2048, /* of one */
	CHOICE_EXTENSION   = 0x80, /* of RasMessage's first octet */
	CHOICE_SHIFT	   = 2,
	CHOICE_ROOT	   = 25,   /* alternatives */
};

/* of protocolIdentifier: 0.0.8.2250.0, before the version */
static const uint8_t h2250[] = {0, 8, 0x91, 0x4a, 0};

struct waiting {
	unsigned long frame; /* 0: none */
	struct addr src, dst;
	size_t len;
	uint8_t *p;
};

struct ras {
	const struct per *per;
	struct known *known;
	sorter_h *h;
	sorter_note_h *noteh;
	void *arg;
	struct waiting waiting[WAITING_MAX];
	size_t n; /* all there ever were */
};

/** What tells that an answer is that to a request */
struct exchange {
	const char *name;
	int64_t seq; /* -1: none */
};


int ras_alloc(struct ras **rp, const struct per *per, struct known *known,
	      sorter_h *h, sorter_note_h *noteh, void *arg)
{
	struct ras *r = calloc(1, sizeof(*r));

	if (!r)
		return ENOMEM;
	r->per	 = per;
	r->known = known;
	r->h	 = h;
	r->noteh = noteh;
	r->arg	 = arg;
	*rp	 = r;

	return 0;
}


void ras_free(struct ras *r)
{
	if (!r)
		return;

	for (size_t i = 0; i < WAITING_MAX; i++)
		free(r->waiting[i].p);
	free(r);
}


static void show(struct ras *r, const struct message *m)
{
	known_learn(r->known, m);
	r->h(m, r->arg);
}


/* RAS it is: and what else these two say to each other */
static void show_proven(struct ras *r, const struct message *m)
{
	known_add(r->known, &m->src, MESSAGE_RAS);
	if (!addr_is_multicast(&m->dst))
		known_add(r->known, &m->dst, MESSAGE_RAS);
	show(r, m);
}


/* ---- a message that says what it is ---- */

/* do its octets stand anywhere? */
static bool names_h225(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i + sizeof(h2250) < len; i++) {
		if (!memcmp(p + i, h2250, sizeof(h2250)))
			return true;
	}

	return false;
}


static int on_protocol(const struct per_field *f, bool leave, void *arg)
{
	(void)arg;

	/* RasMessage, its alternative, and there */
	return !leave && f->kind == PER_OID && f->depth == 2 && f->name &&
	       !strcmp(f->name, "protocolIdentifier") &&
	       f->len > sizeof(h2250) && !memcmp(f->data, h2250, sizeof(h2250));
}


/* ---- a request and its answer ---- */

static int on_seq(const struct per_field *f, bool leave, void *arg)
{
	struct exchange *x = arg;

	if (leave || f->depth != 2 || !f->name ||
	    strcmp(f->name, "requestSeqNum"))
		return 0;
	x->seq = f->i;

	return 1;
}


static struct exchange exchange_of(const struct message *m)
{
	struct exchange x = {.name = message_name(m), .seq = -1};

	(void)per_msg_walk(m->msg, on_seq, &x);

	return x;
}


/* length of what a request's name and its answers' have in common; 0: it is
 * no request */
static size_t stem(const char *name)
{
	static const char *const ends[] = {"Request", "Indication"};
	const size_t len = strlen(name);

	for (size_t i = 0; i < 2; i++) {
		const size_t n = strlen(ends[i]);

		if (len > n && !strcmp(name + len - n, ends[i]))
			return len - n;
	}

	return 0;
}


static bool answers(const struct exchange *request,
		    const struct exchange *answer)
{
	const size_t n = stem(request->name);

	if (!n || request->seq < 0 || request->seq != answer->seq)
		return false;

	return !strcmp(answer->name, "requestInProgress") ||
	       (!strncmp(request->name, answer->name, n) &&
		strcmp(request->name, answer->name) != 0);
}


static int wait_for(struct ras *r, const struct message *m)
{
	struct waiting *w = &r->waiting[r->n % WAITING_MAX];

	if (m->len > WAITING_OCTETS_MAX)
		return 0;
	free(w->p);
	*w = (struct waiting){.p = malloc(m->len)};
	if (!w->p)
		return ENOMEM;
	memcpy(w->p, m->p, m->len);
	w->len	 = m->len;
	w->frame = m->frame;
	w->src	 = m->src;
	w->dst	 = m->dst;
	++r->n;

	return 0;
}


/* the next request, after at, that goes the other way */
static struct waiting *opposite(struct ras *r, struct waiting *at,
				const struct packet *p)
{
	struct waiting *w = at ? at + 1 : r->waiting;

	for (; w < r->waiting + WAITING_MAX; w++) {
		if (w->frame && addr_eq(&w->src, &p->dst) &&
		    addr_eq(&w->dst, &p->src))
			return w;
	}

	return NULL;
}


/* the request that waits for it, if any, is shown before it */
static bool show_answer(struct ras *r, const struct message *m,
			const struct packet *p)
{
	const struct exchange answer = exchange_of(m);
	struct waiting *w	     = NULL;

	while ((w = opposite(r, w, p))) {
		struct message request = {.frame = w->frame, .src = w->src,
					  .dst = w->dst};
		struct exchange x;
		bool found = false;

		if (!message_read(&request, r->per, MESSAGE_RAS, w->p,
				  w->len)) {
			x     = exchange_of(&request);
			found = answers(&x, &answer);
		}
		if (found) {
			show_proven(r, &request);
			show_proven(r, m);
			w->frame = 0;
		}
		message_reset(&request);
		if (found)
			return true;
	}

	return false;
}


/* ---- all of it ---- */

/* may it be one by its first octet, and is it worth a try? */
static bool promising(struct ras *r, const struct packet *p, bool names)
{
	if (p->len < 3)
		return false;
	if (names || opposite(r, NULL, p))
		return true;

	return !(p->p[0] & CHOICE_EXTENSION) &&
	       p->p[0] >> CHOICE_SHIFT < CHOICE_ROOT;
}


/* a datagram between addresses nobody has named */
static int try(struct ras *r, const struct packet *p)
{
	const bool names = names_h225(p->p, p->len);
	struct message m = {.frame = p->frame, .src = p->src, .dst = p->dst};
	int err		 = 0;

	if (p->cut || !promising(r, p, names))
		return 0;
	if (!message_read(&m, r->per, MESSAGE_RAS, p->p, p->len) &&
	    !message_roundtrip(&m, r->per)) {
		if (names && per_msg_walk(m.msg, on_protocol, NULL))
			show_proven(r, &m);
		else if (message_known(&m) && !show_answer(r, &m, p) &&
			 stem(message_name(&m)))
			err = wait_for(r, &m);
	}
	message_reset(&m);

	return err;
}


/** A datagram; 0 or ENOMEM */
int ras_packet(struct ras *r, const struct packet *p)
{
	struct message m = {.frame = p->frame, .src = p->src, .dst = p->dst};

	if (!p->len)
		return 0;
	if (!known_is(r->known, &p->src, MESSAGE_RAS) &&
	    !known_is(r->known, &p->dst, MESSAGE_RAS))
		return try(r, p);
	if (p->cut) {
		r->noteh(p->frame, "the capture has not all of it", r->arg);
		return 0;
	}

	(void)message_read(&m, r->per, MESSAGE_RAS, p->p, p->len);
	show(r, &m);
	message_reset(&m);

	return 0;
}
