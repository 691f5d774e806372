/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/media: a script of what happens to a leg: datagrams of any content from
 * any of eight sources, time that passes, addresses that are signalled. However
 * it goes, nobody is latched, and nothing passes, but from an address the party
 * signalled or signals from, and nothing at all before it was known.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "media/classify.h"
#include "media/latch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


enum {
	SOURCES = 8,
	OWN	= 3, /* the first of them are the party's own addresses */
};

struct input {
	const uint8_t *p;
	size_t left;
};

struct world {
	struct latch latch;
	struct addr source[SOURCES];
	bool told[SOURCES]; /* signalled at some time */
	bool known;
	uint64_t now;
};


static uint8_t octet(struct input *in)
{
	if (!in->left)
		return 0;
	--in->left;
	return *in->p++;
}


static void check(bool good)
{
	if (!good)
		abort();
}


static bool may_send(const struct world *w, const struct addr *a)
{
	for (int i = 0; i < SOURCES; i++) {
		if (w->told[i] && addr_ip_eq(&w->source[i], a))
			return true;
	}
	return false;
}


static void datagram(struct world *w, struct input *in)
{
	const uint8_t who = octet(in) % SOURCES;
	size_t len	  = octet(in);
	struct latch_packet p = {.src = &w->source[who]};
	enum latch_reason reason;
	struct media_info mi;
	enum latch_verdict v;

	p.component = octet(in) & 1 ? LATCH_RTCP : LATCH_RTP;
	len	    = len < in->left ? len : in->left;
	media_classify(&mi, in->p, len);
	in->p += len;
	in->left -= len;
	p.kind = mi.kind;
	p.ssrc = mi.ssrc;
	p.seq  = mi.seq;
	check(mi.kind != LATCH_PKT_STUN_AUTH);

	v = latch_recv(&w->latch, &p, w->now, &reason);
	if (v != LATCH_REFUSE)
		check(w->known && may_send(w, p.src));
	else
		check(reason > LATCH_OK && reason < LATCH_REASONS);
}


static void signalled(struct world *w, struct input *in)
{
	const unsigned from = octet(in) % OWN, to = octet(in) % OWN;

	w->told[from] = w->told[to] = w->known = true;
	latch_party_set(&w->latch, &w->source[from], &w->source[to], NULL,
			w->now);
}


static void step(struct world *w, struct input *in)
{
	switch (octet(in) % 8) {

	case 0:
		signalled(w, in);
		break;
	case 1:
		w->now += 50u * octet(in);
		latch_tick(&w->latch, w->now);
		break;
	case 2:
		latch_hint_set(&w->latch, (uint16_t)(4000 + octet(in)), 0);
		break;
	case 3:
		latch_restart(&w->latch, w->now);
		break;
	case 4:
		latch_reopen(&w->latch, w->now);
		break;
	default:
		datagram(w, in);
		break;
	}
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const hosts[SOURCES] = {
		"203.0.113.7", "203.0.113.7", "2001:db8::7", "198.51.100.66",
		"203.0.113.8", "2001:db8::8", "192.0.2.1",   "198.51.100.66"};
	struct input in = {data, size};
	struct world w	= {.now = 1000};
	const uint8_t how = octet(&in);
	struct latch_conf conf = {
		.policy	     = LATCH_CONSTRAINED,
		.rtp	     = how & 1,
		.mux	     = how & 2,
		.window_ms   = LATCH_WINDOW_MS,
		.first_ms    = how & 4 ? 5000 : 0,
		.silence_ms  = LATCH_SILENCE_MS,
		.handover_ms = LATCH_HANDOVER_MS,
	};

	for (int i = 0; i < SOURCES; i++)
		check(!addr_parse(&w.source[i], hosts[i],
				  (uint16_t)(4000 + i)));
	latch_init(&w.latch, &conf, w.now);

	while (in.left) {
		step(&w, &in);
		for (int c = 0; c < LATCH_COMPONENTS; c++) {
			const struct addr *a = latch_source(
				&w.latch, (enum latch_component)c);

			if (a && addr_is_set(a))
				check(may_send(&w, a));
		}
	}
	return 0;
}
