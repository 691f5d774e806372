/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_way_ask.c  Does a stream's own socket reach the relay?
 *
 * While there are media the relay is asked over UDP, with a nonce that only who
 * is on the way can know. Where it does not answer, a NAT may have forgotten us
 * (a new token shows where we are), or UDP does not get through: then the
 * stream goes in-tunnel until it does (way.h). A silent stream asks as often as
 * the NAT needs (alive.h).
 *
 * Owns the way's questions, their answers and timers.
 */
#include <string.h>
#include <openssl/rand.h>
#include "carry.h"
#include "media_way_priv.h"


enum {
	TICK_MS	  = 100,
	ACTIVE_MS = 2000, /* since the last packet: there are media */
	DOUBT	  = 3,	  /* questions without an answer: forgotten? */
	WAIT_MS	  = 1000, /* for the answer to a sign of life */
	TELL_MS	  = 500,  /* between saying the same again */
};


static void ask(struct media_way *w)
{
	uint8_t p[ALIVE_LEN];

	/* the same while it is open: whichever is answered, it is answered */
	if (w->way.open <= 1 && RAND_bytes(w->question.nonce, ALIVE_NONCE) != 1)
		return;
	w->question.id = w->conf.id;
	sign_encode(p, PROBE_ALIVE, &w->question);
	media_way_put(w, p, sizeof(p));
}


/* ---- which way ---- */

static void move(struct media_way *w, bool inside)
{
	w->alive.asked = false;
	w->told	       = tmr_jiffies();
	w->h.movedh(w->conf.component, inside, w->arg);
}


static void question(struct media_way *w)
{
	if (w->confirmed)
		ask(w);
	if (!w->confirmed || w->way.open >= DOUBT)
		media_way_renew(w);
}


static void tick(void *arg)
{
	struct media_way *w = arg;
	const uint64_t now  = tmr_jiffies();

	if (now - w->used >= ACTIVE_MS) {
		way_rest(&w->way);
		return;
	}
	tmr_start(&w->tick, TICK_MS, tick, w);
	w->way.tunnel = carry_may_link(w->conf.carry);
	switch (way_tick(&w->way, now)) {

	case WAY_ASK:
		question(w);
		break;
	case WAY_MOVE:
		move(w, true);
		break;
	case WAY_NOTHING:
		break;
	}
	if (w->way.inside)
		(void)carry_link(w->conf.carry);
}


/** There are media, or there will be soon */
void media_way_used(struct media_way *w)
{
	w->used = tmr_jiffies();
	if (!tmr_isrunning(&w->tick))
		tmr_start(&w->tick, TICK_MS, tick, w);
}


static void answered(struct media_way *w)
{
	const uint64_t now = tmr_jiffies();
	const uint32_t was = w->conf.nat->interval;

	tmr_cancel(&w->wait);
	/* that it came to this socket says that we are where we were */
	(void)alive_answer(&w->alive, &w->seen, now);
	if (w->conf.nat->interval != was)
		w->h.learnth(w->arg);
	if (way_answered(&w->way, now))
		move(w, false);
}


/** A datagram came from the relay's address; true: it was no packet, but an
 *  answer, or one that nobody asked for */
bool media_way_answer(struct media_way *w, const uint8_t *p, size_t len)
{
	struct sign s;

	alive_heard(&w->alive, tmr_jiffies());
	if (!len || p[0] != PROBE_ANSWER)
		return false;
	if (!sign_decode(&s, PROBE_ANSWER, p, len) && s.id == w->question.id &&
	    !memcmp(s.nonce, w->question.nonce, ALIVE_NONCE))
		answered(w);

	return true;
}


/** A token was shown from here, says the relay */
void media_way_seen(struct media_way *w, const struct addr *seen)
{
	const bool first = !addr_is_set(&w->seen);
	const bool moved = !first && !addr_eq(&w->seen, seen);

	w->seen = *seen;
	if (alive_answer(&w->alive, seen, tmr_jiffies()) || first)
		w->h.learnth(w->arg);
	/* what was not answered before could not be */
	if ((first || moved) && !w->way.inside)
		way_rest(&w->way);
}


/* ---- in-tunnel ---- */

/** Send a packet in-tunnel; false: it goes over UDP */
bool media_way_send_inside(struct media_way *w, const uint8_t *p, size_t len)
{
	const struct bare_head h = {.id	  = w->conf.id,
				    .rtcp = w->conf.component == LATCH_RTCP};
	uint8_t head[BARE_HEADER];

	if (!w->way.inside || !carry_link(w->conf.carry))
		return false;
	bare_head_encode(head, &h);
	carry_link_send(w->conf.carry, head, sizeof(head), p, len);

	return true;
}


/** A packet came in-tunnel. If they go over UDP by now, the relay may have been
 *  told too early to believe it */
void media_way_inside(struct media_way *w)
{
	media_way_used(w);
	if (!w->way.inside && tmr_jiffies() - w->told >= TELL_MS)
		move(w, false);
}


/* ---- signs of life ---- */

static void on_silence(void *arg)
{
	struct media_way *w = arg;

	if (w->alive.asked)
		media_way_renew(w);
}


static void beat(void *arg)
{
	struct media_way *w	= arg;
	const uint64_t now	= tmr_jiffies();
	const uint64_t quiet	= now - w->sent;
	const uint32_t interval = w->conf.nat->interval;
	uint64_t next		= interval;

	if (quiet < interval) {
		next = interval - quiet;
	} else if (w->confirmed && !w->way.inside) {
		/* before it goes out: this is what was survived */
		alive_ask(&w->alive, now);
		ask(w);
		tmr_start(&w->wait, WAIT_MS, on_silence, w);
	}
	tmr_start(&w->beat, next, beat, w);
}


/** The socket is another, or there is none */
void media_way_ask_new(struct media_way *w)
{
	const bool inside = w->way.inside;

	tmr_cancel(&w->wait);
	memset(&w->seen, 0, sizeof(w->seen));
	alive_init(&w->alive, w->conf.nat, tmr_jiffies());
	way_init(&w->way, w->fd >= 0);
	if (inside)
		move(w, false);
}


/** The way is there: signs of life begin */
void media_way_ask_begin(struct media_way *w)
{
	tmr_start(&w->beat, w->conf.nat->interval, beat, w);
}


/** It is not there any more */
void media_way_ask_end(struct media_way *w)
{
	tmr_cancel(&w->tick);
	tmr_cancel(&w->beat);
	tmr_cancel(&w->wait);
}
