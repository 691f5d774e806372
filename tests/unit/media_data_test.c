/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_data_test.c  h323gw/media: channels of fax, T.120, and far-end
 * camera control, over UDP and TCP
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


static void both_open_t120(void **state)
{
	struct world *w = *state;

	pass(w, SIDE_A, t120(1, "10.0.0.1:1503", false));
	pass(w, SIDE_B, t120(1, "192.168.1.20:1503", false));
	/* each is a connection of its own */
	assert_int_equal(streams(w), 2);
	pass(w, SIDE_A, make_ack(per, 1, 3, NULL, NULL, NULL));
	tcp_is(w, 0, SESSION_SETUP_PASSIVE, SESSION_SETUP_PASSIVE);
	tcp_is(w, 1, SESSION_SETUP_PASSIVE, SESSION_SETUP_ACTIVE);
	pass(w, SIDE_B, make_ack(per, 1, 3, NULL, NULL, NULL));
	tcp_is(w, 0, SESSION_SETUP_ACTIVE, SESSION_SETUP_PASSIVE);
	pass(w, SIDE_A, make_close(per, 1));
	assert_int_equal(streams(w), 1);
	remote(w, 1, SIDE_B, "192.168.1.20:1503", 0);
}


static void a_conflict_and_who_lost_it(void **state)
{
	struct world *w = *state;

	/* both open T.120; the master, B, refuses A's (H.245 C.5.1.3) */
	pass(w, SIDE_A, t120(1, "10.0.0.1:1503", false));
	pass(w, SIDE_B, t120(1, "192.168.1.20:1503", false));
	/* nobody connects to A: it is A that connects */
	pass(w, SIDE_A, make_ack(per, 1, 3, NULL, NULL, NULL));
	pass(w, SIDE_B, make_reject(per, 1));
	assert_int_equal(streams(w), 1);
	tcp_is(w, 1, SESSION_SETUP_PASSIVE, SESSION_SETUP_ACTIVE);
	remote(w, 1, SIDE_A, NULL, 0);
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
	assert_int_equal(streams(w), 3);
	pass(w, SIDE_A, make_olc(per, &(struct make_olc){
		.lcn = 4, .session = 3, .fwd = MAKE_T38_TCP,
		.rev = MAKE_T38_TCP}));
	assert_int_equal(streams(w), 4);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fax_over_udp),
		TEST(fax_with_an_rtcp_address),
		TEST(far_end_camera_is_rtp),
		TEST(t120_who_connects),
		TEST(both_open_t120),
		TEST(a_conflict_and_who_lost_it),
		TEST(fax_over_tcp),
		TEST(connections_of_one_session),
	};

	return cmocka_run_group_tests_name("media_data", tests, NULL, NULL);
}
