/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file streams_util.c  Streams of a call under test
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <MultimediaSystemControlMessage.h>
#include "tests/unit/streams_util.h"

enum { ROOM = 65536 };

struct per *per;


struct addr at(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_hostport(&a, text), 0);
	return a;
}


int streams_setup(void **state)
{
	const struct media_party a = {.signalling = at("10.0.0.1:1720"),
				      .own = at("198.51.100.3:1720")};
	const struct media_party b = {.agent = "office",
				      .signalling = at("192.168.1.20:1720"),
				      .own = at("198.51.100.4:1720")};
	struct world *w = calloc(1, sizeof(*w));

	assert_int_equal(per_alloc(&per, NULL), 0);
	assert_int_equal(streams_alloc(&w->s, "h1", "call"), 0);
	assert_int_equal(streams_party_set(w->s, SIDE_A, &a), 0);
	assert_int_equal(streams_party_set(w->s, SIDE_B, &b), 0);
	*state = w;
	return 0;
}


static void fast_free(struct world *w)
{
	for (size_t i = 0; i < 8; i++) {
		per_msg_free(w->fast[i]);
		w->fast[i] = NULL;
	}
}


int streams_teardown(void **state)
{
	struct world *w = *state;

	fast_free(w);
	per_msg_free(w->out);
	streams_free(w->s);
	free(w);
	per_free(per);
	return 0;
}


void relay(struct world *w)
{
	char text[32];

	streams_settled(w->s, w->s->se);
	for (unsigned i = 0; i < w->s->se->streams_count; i++) {
		for (int x = 0; w->s->v[i].open && x < SIDES; x++) {
			struct session_leg *leg =
				&w->s->se->streams[i].leg[x];

			if (!addr_is_set(&leg->local)) {
				(void)snprintf(text, sizeof(text),
					       "198.51.100.%d:%u", 1 + x,
					       30000 + w->ports);
				leg->local = at(text);
				w->ports += 2;
			}
			leg->local_rtcp =
				leg->rtcp == SESSION_RTCP_SEPARATE
					? addr_port(&leg->local) + 1
					: 0;
		}
	}
}


bool rewrite(const struct per_addr *pa, struct per_ipport *to,
		    void *arg)
{
	const struct rewriting *r = arg;

	return streams_rewrite(r->w->s, r->from, pa, to);
}


/* Nothing of the sender's is in what the other gets */
static void no_leak(enum side from, const struct per_msg *msg)
{
	const struct per_addr *v;
	const size_t n = per_msg_addrs(msg, &v);

	for (size_t i = 0; i < n; i++) {
		if (from == SIDE_A)
			assert_int_not_equal(v[i].ip[0], 10);
		else
			assert_int_not_equal(v[i].ip[0], 192);
	}
}


static struct per_msg *passed(struct world *w, enum side from,
			      const struct per_type *type, const uint8_t *buf,
			      size_t n)
{
	static uint8_t out[ROOM];
	struct rewriting r = {w, from};
	struct per_msg *msg;

	assert_int_equal(per_rewrite(per, type, buf, n, rewrite, &r, out,
				     sizeof(out), &n, NULL), 0);
	assert_int_equal(per_decode(&msg, per, type, out, n, NULL), 0);
	no_leak(from, msg);
	return msg;
}


/* A message as its sender made it: encoded, and decoded by us */
static struct per_msg *wire(struct per_msg *made, uint8_t *buf, size_t *n)
{
	const struct per_type *type = per_msg_type(made);
	struct per_msg *msg;

	assert_int_equal(per_msg_encode(made, buf, ROOM, n, NULL), 0);
	per_msg_free(made);
	assert_int_equal(per_decode(&msg, per, type, buf, *n, NULL), 0);
	return msg;
}


int try(struct world *w, enum side from, struct per_msg *made)
{
	static uint8_t buf[ROOM];
	struct per_msg *msg;
	size_t n;
	int err;

	msg = wire(made, buf, &n);
	err = streams_h245(w->s, from, per_msg_value(msg));
	if (!err) {
		relay(w);
		per_msg_free(w->out);
		w->out = passed(w, from, per_msg_type(msg), buf, n);
	}
	per_msg_free(msg);
	return err;
}


void pass(struct world *w, enum side from, struct per_msg *made)
{
	assert_int_equal(try(w, from, made), 0);
}


void fast(struct world *w, enum side from, const struct make_olc *v,
		 size_t n, bool answer)
{
	static uint8_t buf[8][ROOM];
	const struct OpenLogicalChannel *olcv[8];
	struct media_olcs olcs = {olcv, n};
	struct per_msg *msg[8];
	size_t len[8];

	for (size_t i = 0; i < n; i++) {
		msg[i] = wire(make_fast(per, &v[i]), buf[i], &len[i]);
		olcv[i] = per_msg_value(msg[i]);
	}
	assert_int_equal(streams_fast(w->s, from, &olcs, answer), 0);
	relay(w);
	fast_free(w);
	for (size_t i = 0; i < n; i++) {
		w->fast[i] = passed(w, from, per_msg_type(msg[i]), buf[i],
				    len[i]);
		per_msg_free(msg[i]);
	}
}


void shows(const struct per_msg *msg, const char *field,
		  const char *text)
{
	const struct per_addr *v;
	const size_t n = per_msg_addrs(msg, &v);
	char ip[ADDR_STRLEN];

	for (size_t i = 0; i < n; i++) {
		if (!per_addr_within(&v[i], field))
			continue;
		(void)snprintf(ip, sizeof(ip), "%u.%u.%u.%u:%u", v[i].ip[0],
			       v[i].ip[1], v[i].ip[2], v[i].ip[3], v[i].port);
		assert_string_equal(ip, text);
		return;
	}
	fail_msg("no %s", field);
}


void remote(const struct world *w, unsigned i, enum side x,
		   const char *text, unsigned rtcp)
{
	const struct session_remote *r = &w->s->se->streams[i].leg[x].cur;
	char buf[ADDR_STRLEN];

	if (!text) {
		assert_false(addr_is_set(&r->addr));
		return;
	}
	assert_string_equal(addr_str(&r->addr, buf), text);
	assert_int_equal(r->rtcp_port, rtcp);
}


unsigned streams(const struct world *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->s->se->streams_count; i++)
		n += w->s->v[i].open;
	return n;
}


struct per_msg *audio_olc(unsigned lcn, const char *control)
{
	return make_olc(per, &(struct make_olc){.lcn = lcn,
						.session = 1,
						.fwd = MAKE_AUDIO,
						.control = control});
}


void open_audio(struct world *w)
{
	pass(w, SIDE_A, audio_olc(101, "10.0.0.1:5001"));
	pass(w, SIDE_B, make_ack(per, 101, 1, "192.168.1.20:6000",
				 "192.168.1.20:6001", NULL));
	pass(w, SIDE_B, audio_olc(7, "192.168.1.20:6001"));
	pass(w, SIDE_A, make_ack(per, 7, 1, "10.0.0.1:5000",
				 "10.0.0.1:5001", NULL));
}
