/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_streams_test.c  h323gw/media: what messages mean for streams, and
 * which addresses they leave with
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


static struct per_msg *h239(unsigned lcn, unsigned session,
			    const char *control)
{
	return make_olc(per, &(struct make_olc){.lcn = lcn,
						.session = session,
						.fwd = MAKE_H239,
						.control = control});
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
	};

	return cmocka_run_group_tests_name("media_streams", tests, NULL, NULL);
}
