/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/media: what messages mean for streams, and which addresses they leave
 * with. Every message is encoded, decoded, looked at and rewritten as a call
 * does it; the relay is an array of ports.
 *
 * The caller is at 10.0.0.0/8 and the called at 192.168.0.0/16, the relay's
 * legs at 198.51.100.1 (a) and .2 (b), our own addresses .3 and .4.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <MultimediaSystemControlMessage.h>
#include "h323gw/media/streams.h"
#include "tests/unit/h245_make.h"
#include "tests/unit/per_util.h"

enum { ROOM = 65536 };

static struct per *per;

struct world {
	struct streams *s;
	struct per_msg *out;	/* the message as the other side gets it */
	struct per_msg *fast[8]; /* the same of a fastStart */
	unsigned ports;
};


static struct addr at(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_hostport(&a, text), 0);
	return a;
}


static int setup(void **state)
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


static int teardown(void **state)
{
	struct world *w = *state;

	fast_free(w);
	per_msg_free(w->out);
	streams_free(w->s);
	free(w);
	per_free(per);
	return 0;
}


/* What the relay would do: ports for what is new */
static void relay(struct world *w)
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


struct rewriting {
	struct world *w;
	enum side from;
};


static bool rewrite(const struct per_addr *pa, struct per_ipport *to,
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


static int try(struct world *w, enum side from, struct per_msg *made)
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


static void pass(struct world *w, enum side from, struct per_msg *made)
{
	assert_int_equal(try(w, from, made), 0);
}


static void fast(struct world *w, enum side from, const struct make_olc *v,
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


/* The address in a field of what was passed */
static void shows(const struct per_msg *msg, const char *field,
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


static void remote(const struct world *w, unsigned i, enum side x,
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


static unsigned streams(const struct world *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->s->se->streams_count; i++)
		n += w->s->v[i].open;
	return n;
}


static struct per_msg *audio_olc(unsigned lcn, const char *control)
{
	return make_olc(per, &(struct make_olc){.lcn = lcn,
						.session = 1,
						.fwd = MAKE_AUDIO,
						.control = control});
}


static struct per_msg *h239(unsigned lcn, unsigned session,
			    const char *control)
{
	return make_olc(per, &(struct make_olc){.lcn = lcn,
						.session = session,
						.fwd = MAKE_H239,
						.control = control});
}


/* Both channels of a session between 10.0.0.1:5000 and 192.168.1.20:6000 */
static void open_audio(struct world *w)
{
	pass(w, SIDE_A, audio_olc(101, "10.0.0.1:5001"));
	pass(w, SIDE_B, make_ack(per, 101, 1, "192.168.1.20:6000",
				 "192.168.1.20:6001", NULL));
	pass(w, SIDE_B, audio_olc(7, "192.168.1.20:6001"));
	pass(w, SIDE_A, make_ack(per, 7, 1, "10.0.0.1:5000",
				 "10.0.0.1:5001", NULL));
}


static void one_stream_both_ways(void **state)
{
	struct world *w = *state;

	pass(w, SIDE_A, audio_olc(101, "10.0.0.1:5001"));
	shows(w->out, "mediaControlChannel", "198.51.100.2:30003");
	/* where RTP is, is likely */
	remote(w, 0, SIDE_A, "10.0.0.1:5000", 5001);
	remote(w, 0, SIDE_B, NULL, 0);

	pass(w, SIDE_B, make_ack(per, 101, 1, "192.168.1.20:6000",
				 "192.168.1.20:6001", NULL));
	shows(w->out, "mediaChannel", "198.51.100.1:30000");
	shows(w->out, "mediaControlChannel", "198.51.100.1:30001");
	remote(w, 0, SIDE_B, "192.168.1.20:6000", 6001);

	pass(w, SIDE_B, audio_olc(7, "192.168.1.20:6001"));
	shows(w->out, "mediaControlChannel", "198.51.100.1:30001");
	pass(w, SIDE_A, make_ack(per, 7, 1, "10.0.0.1:5004",
				 "10.0.0.1:5001", NULL));
	shows(w->out, "mediaChannel", "198.51.100.2:30002");
	remote(w, 0, SIDE_A, "10.0.0.1:5004", 5001);
	assert_int_equal(streams(w), 1);
	assert_string_equal(w->s->se->streams[0].media, "audio");
	assert_false(w->s->se->hold);
}


static void encrypted_audio_is_audio(void **state)
{
	struct world *w = *state;

	pass(w, SIDE_A, make_olc(per, &(struct make_olc){
		.lcn = 1, .session = 1, .fwd = MAKE_H235,
		.control = "10.0.0.1:5001"}));
	assert_string_equal(w->s->se->streams[0].media, "audio");
	assert_int_equal(w->s->channel[0].rate[0], 64000);
}


static void closed_when_no_channel_is_left(void **state)
{
	struct world *w = *state;

	open_audio(w);
	pass(w, SIDE_A, make_close(per, 101));
	assert_int_equal(streams(w), 1);
	/* not its own channel */
	pass(w, SIDE_A, make_close(per, 7));
	assert_int_equal(streams(w), 1);
	assert_int_equal(w->s->v[0].number, 0);

	pass(w, SIDE_B, make_close(per, 7));
	assert_int_equal(streams(w), 0);
	assert_true(w->s->se->hold);

	/* opened again: another stream to the relay and in the books */
	pass(w, SIDE_A, audio_olc(101, "10.0.0.1:5011"));
	assert_int_equal(streams(w), 1);
	assert_int_equal(w->s->v[0].number, 1);
	shows(w->out, "mediaControlChannel", "198.51.100.2:30007");
}


static void a_slot_waits_for_the_relay(void **state)
{
	struct world *w = *state;
	struct per_msg *m;

	open_audio(w);
	pass(w, SIDE_A, make_close(per, 101));
	m = make_close(per, 7);
	assert_int_equal(streams_h245(w->s, SIDE_B, per_msg_value(m)), 0);
	per_msg_free(m);
	assert_true(w->s->v[0].lingers);
	m = audio_olc(1, NULL);
	assert_int_equal(streams_h245(w->s, SIDE_A, per_msg_value(m)), 0);
	per_msg_free(m);
	assert_false(w->s->v[0].open);
	assert_true(w->s->v[1].open);
}


static void the_same_number_again(void **state)
{
	struct world *w = *state;

	open_audio(w);
	/* without a close in between, and elsewhere */
	pass(w, SIDE_A, audio_olc(101, "10.0.0.1:5021"));
	assert_int_equal(streams(w), 1);
	assert_int_equal(w->s->channelc, 2);
	shows(w->out, "mediaControlChannel", "198.51.100.2:30003");
	pass(w, SIDE_A, make_olc(per, &(struct make_olc){
		.lcn = 101, .session = 2, .fwd = MAKE_VIDEO,
		.control = "10.0.0.1:5023"}));
	assert_int_equal(streams(w), 2);
	assert_int_equal(w->s->channelc, 2);
}


static void the_master_assigns_the_session(void **state)
{
	struct world *w = *state;

	open_audio(w);
	pass(w, SIDE_A, h239(102, 0, "10.0.0.1:5101"));
	pass(w, SIDE_A, h239(103, 0, "10.0.0.1:5201"));
	assert_int_equal(streams(w), 3);
	/* the same once more is the same */
	pass(w, SIDE_A, h239(102, 0, "10.0.0.1:5101"));
	assert_int_equal(streams(w), 3);

	pass(w, SIDE_B, make_ack(per, 102, 32, "192.168.1.20:6100",
				 "192.168.1.20:6101", NULL));
	assert_int_equal(w->s->v[1].session_id, 32);
	/* and its presentation the other way is in that session */
	pass(w, SIDE_B, h239(9, 32, "192.168.1.20:6101"));
	assert_int_equal(streams(w), 3);
	assert_int_equal(w->s->v[1].channels, 2);
	pass(w, SIDE_B, make_reject(per, 103));
	assert_int_equal(streams(w), 2);
}


/* One RTCP address for two streams: what is said of which decides */
static void an_address_of_two_streams(void **state)
{
	struct world *w = *state;

	pass(w, SIDE_A, h239(1, 0, "10.0.0.1:5001"));
	pass(w, SIDE_A, h239(2, 0, "10.0.0.1:5001"));
	shows(w->out, "mediaControlChannel", "198.51.100.2:30007");
	pass(w, SIDE_A, h239(1, 0, "10.0.0.1:5001"));
	shows(w->out, "mediaControlChannel", "198.51.100.2:30003");
}


static void fast_start(void **state)
{
	struct world *w = *state;
	const struct make_olc offer[] = {
		{.lcn = 1, .session = 1, .fwd = MAKE_AUDIO,
		 .control = "10.0.0.1:5001"},
		{.lcn = 2, .session = 1, .rev = MAKE_AUDIO,
		 .media = "10.0.0.1:5000", .control = "10.0.0.1:5001"},
		{.lcn = 3, .session = 2, .fwd = MAKE_VIDEO,
		 .control = "10.0.0.1:5003"},
		{.lcn = 4, .session = 2, .rev = MAKE_VIDEO,
		 .media = "10.0.0.1:5002", .control = "10.0.0.1:5003"},
	};
	/* the other's address is repeated, as some do */
	const struct make_olc answer[] = {
		{.lcn = 1, .session = 1, .fwd = MAKE_AUDIO,
		 .media = "192.168.1.20:6000",
		 .control = "192.168.1.20:6001"},
		{.lcn = 55, .session = 1, .rev = MAKE_AUDIO,
		 .media = "198.51.100.2:30002",
		 .control = "192.168.1.20:6001"},
	};

	fast(w, SIDE_A, offer, 4, false);
	assert_int_equal(streams(w), 2);
	shows(w->fast[0], "mediaControlChannel", "198.51.100.2:30003");
	shows(w->fast[1], "mediaChannel", "198.51.100.2:30002");
	shows(w->fast[3], "mediaChannel", "198.51.100.2:30006");
	remote(w, 0, SIDE_A, "10.0.0.1:5000", 5001);

	fast(w, SIDE_B, answer, 2, true);
	assert_int_equal(streams(w), 1);
	shows(w->fast[0], "mediaChannel", "198.51.100.1:30000");
	shows(w->fast[0], "mediaControlChannel", "198.51.100.1:30001");
	shows(w->fast[1], "mediaChannel", "10.0.0.1:5000");
	shows(w->fast[1], "mediaControlChannel", "198.51.100.1:30001");
	remote(w, 0, SIDE_B, "192.168.1.20:6000", 6001);
	assert_int_equal(w->s->channelc, 2);

	/* Connect repeats it */
	fast(w, SIDE_B, answer, 2, true);
	assert_int_equal(w->s->channelc, 2);
	/* closed by H.245 under these numbers */
	pass(w, SIDE_A, make_close(per, 1));
	assert_int_equal(streams(w), 1);
	pass(w, SIDE_B, make_close(per, 55));
	assert_int_equal(streams(w), 0);
}


static void fast_start_refused(void **state)
{
	struct world *w = *state;
	const struct make_olc offer[] = {
		{.lcn = 1, .session = 1, .fwd = MAKE_AUDIO,
		 .control = "10.0.0.1:5001"},
		{.lcn = 3, .session = 2, .fwd = MAKE_VIDEO,
		 .control = "10.0.0.1:5003"},
	};

	fast(w, SIDE_A, offer, 2, false);
	/* H.245 begins instead, with one of them */
	pass(w, SIDE_B, audio_olc(7, "192.168.1.20:6001"));
	assert_int_equal(streams(w), 2);
	streams_fast_refused(w->s);
	assert_int_equal(streams(w), 1);
	assert_string_equal(w->s->se->streams[0].media, "audio");
}


static void fax_over_udp(void **state)
{
	struct world *w = *state;

	/* on the ports of the audio it replaces */
	open_audio(w);
	pass(w, SIDE_A, make_olc(per, &(struct make_olc){
		.lcn = 105, .session = 1, .fwd = MAKE_T38_UDP,
		.rev = MAKE_T38_UDP, .rmedia = "10.0.0.1:5000"}));
	assert_int_equal(streams(w), 2);
	assert_string_equal(w->s->se->streams[1].media, "image");
	assert_int_equal(w->s->se->streams[1].leg[0].rtcp,
			 SESSION_RTCP_NONE);
	shows(w->out, "mediaChannel", "198.51.100.2:30006");
	pass(w, SIDE_B, make_ack(per, 105, 1, "192.168.1.20:6000", NULL,
				 NULL));
	shows(w->out, "mediaChannel", "198.51.100.1:30004");
	remote(w, 1, SIDE_A, "10.0.0.1:5000", 0);
	remote(w, 1, SIDE_B, "192.168.1.20:6000", 0);

	/* the audio goes, the fax stays */
	pass(w, SIDE_A, make_close(per, 101));
	pass(w, SIDE_B, make_close(per, 7));
	assert_int_equal(streams(w), 1);
	assert_true(w->s->v[1].open);
}


static void fax_with_an_rtcp_address(void **state)
{
	struct world *w = *state;

	pass(w, SIDE_A, make_olc(per, &(struct make_olc){
		.lcn = 105, .session = 3, .fwd = MAKE_T38_UDP,
		.control = "10.0.0.1:5001"}));
	shows(w->out, "mediaControlChannel", "198.51.100.2:30003");
	assert_int_equal(w->s->se->streams[0].leg[1].rtcp,
			 SESSION_RTCP_SEPARATE);
}


static void far_end_camera_is_rtp(void **state)
{
	struct world *w = *state;

	pass(w, SIDE_A, make_olc(per, &(struct make_olc){
		.lcn = 5, .session = 3, .fwd = MAKE_H224,
		.control = "10.0.0.1:5031"}));
	assert_int_equal(w->s->v[0].carrier, CARRIER_RTP);
	assert_string_equal(w->s->se->streams[0].media, "application");
	/* T.38 in the same session is something else */
	pass(w, SIDE_B, make_olc(per, &(struct make_olc){
		.lcn = 5, .session = 3, .fwd = MAKE_T38_UDP}));
	assert_int_equal(streams(w), 2);
}


static struct per_msg *t120(unsigned lcn, const char *stack, bool originate)
{
	return make_olc(per, &(struct make_olc){.lcn = lcn,
						.session = 3,
						.fwd = MAKE_T120,
						.rev = MAKE_T120,
						.stack = stack,
						.originate = originate});
}


static void tcp_is(const struct world *w, unsigned i, int a, int b)
{
	assert_true(w->s->se->streams[i].tcp);
	assert_int_equal(w->s->se->streams[i].leg[SIDE_A].cur.setup, a);
	assert_int_equal(w->s->se->streams[i].leg[SIDE_B].cur.setup, b);
}


static void t120_who_connects(void **state)
{
	struct world *w = *state;

	/* the answer says where to connect to */
	pass(w, SIDE_A, t120(1, NULL, false));
	tcp_is(w, 0, SESSION_SETUP_PASSIVE, SESSION_SETUP_PASSIVE);
	pass(w, SIDE_B, make_ack(per, 1, 3, NULL, NULL,
				 "192.168.1.20:1503"));
	shows(w->out, "separateStack", "198.51.100.1:30000");
	tcp_is(w, 0, SESSION_SETUP_PASSIVE, SESSION_SETUP_ACTIVE);
	remote(w, 0, SIDE_B, "192.168.1.20:1503", 0);
	pass(w, SIDE_A, make_close(per, 1));

	/* who opens it listens */
	pass(w, SIDE_B, t120(1, "192.168.1.20:1503", false));
	shows(w->out, "separateStack", "198.51.100.1:30004");
	/* not before the other agrees */
	tcp_is(w, 0, SESSION_SETUP_PASSIVE, SESSION_SETUP_PASSIVE);
	pass(w, SIDE_A, make_ack(per, 1, 3, NULL, NULL, NULL));
	tcp_is(w, 0, SESSION_SETUP_PASSIVE, SESSION_SETUP_ACTIVE);
	pass(w, SIDE_B, make_close(per, 1));

	/* who opens it gives an address, and connects nevertheless */
	pass(w, SIDE_A, t120(2, "10.0.0.1:1503", true));
	shows(w->out, "separateStack", "198.51.100.2:30010");
	pass(w, SIDE_B, make_ack(per, 2, 3, NULL, NULL, NULL));
	tcp_is(w, 0, SESSION_SETUP_PASSIVE, SESSION_SETUP_PASSIVE);
}


static void a_conflict_and_who_lost_it(void **state)
{
	struct world *w = *state;

	/* both open T.120; the master, B, refuses A's (H.245 C.4.1.3) */
	pass(w, SIDE_A, t120(1, "10.0.0.1:1503", false));
	pass(w, SIDE_B, t120(1, "192.168.1.20:1503", false));
	assert_int_equal(streams(w), 1);
	tcp_is(w, 0, SESSION_SETUP_PASSIVE, SESSION_SETUP_PASSIVE);
	/* nobody connects to A: it is A that connects */
	pass(w, SIDE_A, make_ack(per, 1, 3, NULL, NULL, NULL));
	tcp_is(w, 0, SESSION_SETUP_PASSIVE, SESSION_SETUP_ACTIVE);
	pass(w, SIDE_B, make_reject(per, 1));
	tcp_is(w, 0, SESSION_SETUP_PASSIVE, SESSION_SETUP_ACTIVE);
	remote(w, 0, SIDE_A, NULL, 0);
	assert_int_equal(streams(w), 1);
}


static void fax_over_tcp(void **state)
{
	struct world *w = *state;

	pass(w, SIDE_A, make_olc(per, &(struct make_olc){
		.lcn = 1, .session = 3, .fwd = MAKE_T38_TCP,
		.rev = MAKE_T38_TCP}));
	pass(w, SIDE_B, make_ack(per, 1, 3, "192.168.1.20:7000", NULL, NULL));
	shows(w->out, "mediaChannel", "198.51.100.1:30000");
	tcp_is(w, 0, SESSION_SETUP_PASSIVE, SESSION_SETUP_ACTIVE);
	assert_string_equal(w->s->se->streams[0].media, "image");
}


static void connections_of_one_session(void **state)
{
	struct world *w = *state;
	const struct make_olc fax = {.lcn = 1, .session = 3,
				     .fwd = MAKE_T38_TCP};

	/* one way each: two connections */
	pass(w, SIDE_A, make_olc(per, &fax));
	pass(w, SIDE_B, make_olc(per, &fax));
	pass(w, SIDE_A, make_olc(per, &fax));
	assert_int_equal(streams(w), 2);
	pass(w, SIDE_B, make_ack(per, 1, 3, "192.168.1.20:7000", NULL, NULL));
	shows(w->out, "mediaChannel", "198.51.100.1:30000");
	pass(w, SIDE_A, make_ack(per, 1, 3, "10.0.0.1:7000", NULL, NULL));
	shows(w->out, "mediaChannel", "198.51.100.2:30006");
	tcp_is(w, 0, SESSION_SETUP_PASSIVE, SESSION_SETUP_ACTIVE);
	tcp_is(w, 1, SESSION_SETUP_ACTIVE, SESSION_SETUP_PASSIVE);
	/* T.120 says the same session */
	pass(w, SIDE_A, t120(2, "10.0.0.1:1503", false));
	pass(w, SIDE_B, t120(2, "192.168.1.20:1503", false));
	assert_int_equal(streams(w), 3);
	pass(w, SIDE_A, make_olc(per, &(struct make_olc){
		.lcn = 4, .session = 3, .fwd = MAKE_T38_TCP,
		.rev = MAKE_T38_TCP}));
	assert_int_equal(streams(w), 4);
}


static void third_party_pause(void **state)
{
	struct world *w = *state;

	open_audio(w);
	pass(w, SIDE_A, make_tcs(per, true));
	assert_true(w->s->se->hold);
	assert_int_equal(streams(w), 1);
	pass(w, SIDE_A, make_tcs(per, false));
	assert_false(w->s->se->hold);
}


static void behind_a_nat(void **state)
{
	struct world *w = *state;
	const struct media_party a = {.signalling = at("203.0.113.9:40000"),
				      .nat = true};

	assert_int_equal(streams_party_set(w->s, SIDE_A, &a), 0);
	open_audio(w);
	remote(w, 0, SIDE_A, NULL, 0);
	assert_int_equal(w->s->se->streams[0].leg[SIDE_A].cur.hint, 5000);
	assert_int_equal(w->s->se->streams[0].leg[SIDE_A].cur.hint_rtcp, 5001);
	/* an address it can be met at */
	pass(w, SIDE_A, make_ack(per, 7, 1, "203.0.113.9:5000",
				 "203.0.113.9:5001", NULL));
	remote(w, 0, SIDE_A, "203.0.113.9:5000", 5001);
}


static void what_leads_nowhere(void **state)
{
	struct world *w = *state;

	pass(w, SIDE_A, audio_olc(1, "127.0.0.1:5001"));
	remote(w, 0, SIDE_A, NULL, 0);
	pass(w, SIDE_A, audio_olc(2, "169.254.1.1:5001"));
	remote(w, 0, SIDE_A, NULL, 0);
	/* multicast is nobody's address */
	pass(w, SIDE_A, make_olc(per, &(struct make_olc){
		.lcn = 3, .session = 2, .fwd = MAKE_VIDEO,
		.media = "224.2.2.2:5000", .control = "10.0.0.1:5001"}));
	shows(w->out, "mediaChannel", "224.2.2.2:5000");
	remote(w, 1, SIDE_A, "10.0.0.1:5000", 5001);
}


static void addresses_of_nothing(void **state)
{
	struct world *w = *state;

	pass(w, SIDE_A, make_mc_location(per, "10.0.0.1:1720"));
	shows(w->out, "signalAddress", "198.51.100.4:1720");
	pass(w, SIDE_B, make_mode_command(per, 1, "192.168.1.20:6000",
					  "192.168.1.20:6001"));
	shows(w->out, "mediaChannel", "198.51.100.3:1720");

	/* known by now */
	open_audio(w);
	pass(w, SIDE_B, make_mode_command(per, 1, "192.168.1.20:6000",
					  "192.168.1.20:6001"));
	shows(w->out, "mediaChannel", "198.51.100.1:30000");
	shows(w->out, "mediaControlChannel", "198.51.100.1:30001");
	/* an answer to what was never opened */
	assert_int_equal(try(w, SIDE_B, make_ack(per, 99, 1,
						 "192.168.1.20:9000", NULL,
						 NULL)), ENOENT);
	assert_int_equal(try(w, SIDE_B, make_reject(per, 99)), ENOENT);
}


static void to_the_other_family(void **state)
{
	struct world *w = *state;
	const struct media_party b = {.signalling = at("[2001:db8::5]:1720")};
	const struct per_addr *v;

	assert_int_equal(streams_party_set(w->s, SIDE_B, &b), 0);
	assert_int_equal(w->s->se->family[SIDE_B], 6);
	pass(w, SIDE_A, audio_olc(101, "10.0.0.1:5001"));
	w->s->se->streams[0].leg[SIDE_B].local = at("[2001:db8::1]:40000");
	pass(w, SIDE_A, audio_olc(101, "10.0.0.1:5001"));
	assert_int_equal(per_msg_addrs(w->out, &v), 1);
	assert_int_equal(v[0].ip_len, 16);
	assert_int_equal(v[0].port, 40001);
}


static void bandwidth_of_the_channels(void **state)
{
	struct world *w = *state;
	struct session_stream *ss;

	open_audio(w);
	pass(w, SIDE_A, make_olc(per, &(struct make_olc){
		.lcn = 2, .session = 2, .fwd = MAKE_VIDEO,
		.control = "10.0.0.1:5003"}));
	ss = w->s->se->streams;
	assert_int_equal(ss[0].leg[SIDE_A].bandwidth, 112000);
	assert_int_equal(ss[0].leg[SIDE_B].bandwidth, 112000);
	assert_int_equal(ss[1].leg[SIDE_A].bandwidth, 992000);
	assert_int_equal(ss[1].leg[SIDE_B].bandwidth, 0);

	/* 512 kbit/s in all: 128 for audio, the rest for what is left */
	w->s->limit = 5120;
	streams_refresh(w->s);
	assert_int_equal(ss[0].leg[SIDE_A].bandwidth, 112000);
	assert_int_equal(ss[1].leg[SIDE_A].bandwidth, 512000);
	assert_int_equal(ss[1].leg[SIDE_B].bandwidth, 672000);
	/* a presentation beside it, then one from the other, too: three times
	 * 768 kbit/s where twice 640 may be */
	w->s->limit = 7680;
	pass(w, SIDE_A, h239(3, 32, "10.0.0.1:5005"));
	ss = w->s->se->streams;
	assert_int_equal(ss[1].leg[SIDE_A].bandwidth, 832000);
	pass(w, SIDE_B, h239(3, 32, "192.168.1.20:6005"));
	assert_int_equal(ss[1].leg[SIDE_A].bandwidth, 565332);
	assert_int_equal(ss[0].leg[SIDE_A].bandwidth, 112000);
	w->s->limit = 0;
	streams_refresh(w->s);
	assert_int_equal(ss[1].leg[SIDE_A].bandwidth, 992000);
}


static void no_more_than_there_is_room_for(void **state)
{
	struct world *w = *state;
	unsigned i;

	for (i = 0; i < SESSION_STREAMS_MAX; i++)
		pass(w, SIDE_A, h239(i + 1, 0, NULL));
	assert_int_equal(try(w, SIDE_A, h239(100, 0, NULL)), E2BIG);
	assert_int_equal(streams(w), SESSION_STREAMS_MAX);
}


static void channels_have_a_limit(void **state)
{
	struct world *w = *state;
	unsigned i;

	for (i = 0; i < MEDIA_CHANNELS_MAX; i++)
		pass(w, SIDE_A, audio_olc(i + 1, "10.0.0.1:5001"));
	assert_int_equal(try(w, SIDE_A, audio_olc(i + 1, NULL)), E2BIG);
	assert_int_equal(streams(w), 1);
}


static void a_clone_knows_nothing_of_what_follows(void **state)
{
	struct world *w = *state;
	struct streams *c;

	open_audio(w);
	c = streams_clone(w->s);
	assert_non_null(c);
	for (unsigned i = 0; i < 8; i++)
		pass(w, SIDE_A, h239(i + 20, 0, NULL));
	assert_int_equal(c->se->streams_count, 1);
	streams_free(w->s);
	w->s = c;
	pass(w, SIDE_A, make_close(per, 101));
	pass(w, SIDE_B, make_close(per, 7));
	assert_int_equal(streams(w), 0);
}


static void another_party(void **state)
{
	struct world *w = *state;
	const struct media_party moved = {
		.agent = "office", .signalling = at("192.168.1.21:1720")};
	const struct media_party other = {
		.agent = "home", .signalling = at("192.168.1.20:1720")};
	const struct make_olc offer = {.lcn = 1, .session = 1,
				       .fwd = MAKE_AUDIO,
				       .control = "10.0.0.1:5001"};

	fast(w, SIDE_A, &offer, 1, false);
	assert_int_equal(streams_party_set(w->s, SIDE_B, &moved), 0);
	assert_int_equal(streams(w), 1);
	/* another agent: its legs are others, the offer must be made anew */
	assert_int_equal(streams_party_set(w->s, SIDE_B, &other), 0);
	assert_int_equal(streams(w), 0);
	relay(w);
	open_audio(w);
	assert_int_equal(streams_party_set(w->s, SIDE_B, &moved), EBUSY);
}


/* ---- messages of real programs ---- */

struct vectors {
	struct world *w;
	size_t h245, olcs, addrs;
};


static void look_at(struct vectors *v, enum side from,
		    const struct per_type *type, const void *value)
{
	const struct OpenLogicalChannel *olc = value;
	const struct media_olcs olcs = {&olc, 1};

	if (!strcmp(per_type_name(type), "OpenLogicalChannel")) {
		++v->olcs;
		(void)streams_fast(v->w->s, from, &olcs, v->olcs % 2);
	}
	else if (!strcmp(per_type_name(type),
			 "MultimediaSystemControlMessage")) {
		++v->h245;
		(void)streams_h245(v->w->s, from, value);
	}
}


static bool ours(const struct per_addr *a)
{
	return a->multicast || (a->ip[0] >= 224 && a->ip[0] < 240) ||
	       (a->ip[0] == 198 && a->ip[1] == 51) ||
	       !memcmp(a->ip, (const uint8_t[16]){0}, a->ip_len);
}


static void vector(const struct per_type *type, const uint8_t *buf, size_t len,
		   void *arg)
{
	static uint8_t out[PER_UTIL_LEN];
	struct vectors *v = arg;
	const struct per_nested *nested;
	const struct per_addr *addr;
	struct per_msg *msg;
	size_t n, k;

	if (!strcmp(per_type_name(type), "RasMessage") ||
	    per_decode(&msg, per, type, buf, len, NULL))
		return;
	for (int x = 0; x < SIDES; x++) {
		struct rewriting r = {v->w, (enum side)x};
		struct per_msg *back;

		look_at(v, (enum side)x, type, per_msg_value(msg));
		n = per_msg_nested(msg, &nested);
		for (k = 0; k < n; k++) {
			if (nested[k].value)
				look_at(v, (enum side)x, nested[k].type,
					nested[k].value);
		}
		relay(v->w);
		if (per_rewrite(per, type, buf, len, rewrite, &r, out,
				sizeof(out), &n, NULL))
			continue;
		assert_int_equal(per_decode(&back, per, type, out, n, NULL),
				 0);
		n = per_msg_addrs(back, &addr);
		for (k = 0; k < n; k++, v->addrs++)
			assert_true(ours(&addr[k]));
		per_msg_free(back);
	}
	per_msg_free(msg);
}


static void messages_of_real_programs(void **state)
{
	struct vectors v = {.w = *state};

	/* nobody in them is at our addresses */
	(void)per_util_each(per, "h323.txt", vector, &v);
	assert_true(v.h245 > 50);
	assert_true(v.olcs > 20);
	assert_true(v.addrs > 100);
	(void)per_util_each(per, "h323-values.txt", vector, &v);
}


#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_stream_both_ways),
		TEST(encrypted_audio_is_audio),
		TEST(closed_when_no_channel_is_left),
		TEST(a_slot_waits_for_the_relay),
		TEST(the_same_number_again),
		TEST(the_master_assigns_the_session),
		TEST(an_address_of_two_streams),
		TEST(fast_start),
		TEST(fast_start_refused),
		TEST(fax_over_udp),
		TEST(fax_with_an_rtcp_address),
		TEST(far_end_camera_is_rtp),
		TEST(t120_who_connects),
		TEST(a_conflict_and_who_lost_it),
		TEST(fax_over_tcp),
		TEST(connections_of_one_session),
		TEST(third_party_pause),
		TEST(behind_a_nat),
		TEST(what_leads_nowhere),
		TEST(addresses_of_nothing),
		TEST(to_the_other_family),
		TEST(bandwidth_of_the_channels),
		TEST(no_more_than_there_is_room_for),
		TEST(channels_have_a_limit),
		TEST(a_clone_knows_nothing_of_what_follows),
		TEST(another_party),
		TEST(messages_of_real_programs),
	};

	return cmocka_run_group_tests_name("media_streams", tests, NULL, NULL);
}
