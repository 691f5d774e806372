/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file latch_moves_test.c  The latch: a party that moves, or seems to
 *
 * A NAT that forgets, a re-INVITE, a neighbour who tries, and what is late.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/latch_util.h"


static const struct step late_packet_from_old_port_after_reinvite[] = {
	{0, PARTY, PHONE, 4000, .remote = PHONE, .rtcp = 4001},
	{10, RTP, PHONE, 4000, LATCHED, 0x1, 100},
	{5000, PARTY, PHONE, 5000, .remote = PHONE, .rtcp = 5001},
	/* still the old one: it is heard, and closes nothing */
	{5010, RTP, PHONE, 4000, PASS, 0x1, 350},
	{5010, DEST, PHONE, 4000},
	{5100, RTP, PHONE, 5000, LATCHED, 0x1, 352},
	{5110, RTP, PHONE, 4000, LATCH_R_SOURCE, 0x1, 351},
	{5120, RTP, PHONE, 5000, PASS, 0x1, 353},
	{5120, DEST, PHONE, 5000},
	/* nor when the new one pauses */
	{9000, RTP, PHONE, 4000, LATCH_R_SOURCE, 0x1, 351},
	{9000, RTP, PHONE, 4000, LATCH_R_SOURCE, 0x1, 354},
	{9000, RTP, PHONE, 5000, PASS, 0x1, 355},
};


/* The same from behind a NAT, new SSRC at the re-INVITE */
static const struct step late_packet_after_reinvite_new_ssrc[] = {
	{0, PARTY, PHONE},
	{10, RTP, PHONE, 61000, LATCHED, 0x1, 100},
	{5000, PARTY, PHONE, 5000, .remote = PHONE},
	{5100, RTP, PHONE, 62000, LATCHED, 0x2, 7000},
	{5110, RTP, PHONE, 61000, LATCH_R_SOURCE, 0x1, 351},
	/* another re-INVITE straight after it */
	{5200, PARTY, PHONE, 5002, .remote = PHONE},
	{5210, RTP, PHONE, 61000, LATCH_R_SOURCE, 0x1, 352},
	{5300, RTP, PHONE, 63000, LATCHED, 0x3, 1},
};


static const struct step reinvite_goes_back_to_the_first_port[] = {
	{0, PARTY, PHONE, 4000, .remote = PHONE},
	{10, RTP, PHONE, 4000, LATCHED, 0x1, 1},
	{1000, PARTY, PHONE, 5000, .remote = PHONE},
	{1010, RTP, PHONE, 5000, LATCHED, 0x2, 1},
	{1500, PARTY, PHONE, 4000, .remote = PHONE},
	{1510, RTP, PHONE, 4000, LATCHED, 0x3, 1},
};


/* The NAT rebinds: same address, same stream, another port */
static const struct step source_port_changes_mid_call[] = {
	{0, PARTY, PHONE},
	{20, RTP, PHONE, 61000, LATCHED, 0x1, 100},
	{40, RTP, PHONE, 61000, PASS, 0x1, 101},
	/* overtaking is not moving */
	{60, RTP, PHONE, 62000, LATCH_R_SOURCE, 0x1, 102},
	{239, RTP, PHONE, 62000, LATCH_R_SOURCE, 0x1, 111},
	{240, RTP, PHONE, 62000, LATCHED, 0x1, 112},
	{260, RTP, PHONE, 62000, PASS, 0x1, 113},
	{260, DEST, PHONE, 62000},
	{270, RTP, PHONE, 61000, LATCH_R_SOURCE, 0x1, 102},
	/* back again, later */
	{600, RTP, PHONE, 61000, LATCHED, 0x1, 130},
};


static const struct step source_port_changes_after_silence[] = {
	{0, PARTY, PHONE},
	{20, RTP, PHONE, 61000, LATCHED, 0x1, 100},
	/* a sequence number far away: the full silence is asked for */
	{1000, RTP, PHONE, 62000, LATCH_R_SOURCE, 0x1, 9000},
	{2020, RTP, PHONE, 62000, LATCHED, 0x1, 9050},
};


static const struct step neighbour_behind_nat_cannot_take_over[] = {
	{0, PARTY, PHONE},
	{20, RTP, PHONE, 61000, LATCHED, 0x1, 100},
	{40, RTP, PHONE, 7000, LATCH_R_SOURCE, 0xbad, 101},
	{60000, RTP, PHONE, 7000, LATCH_R_SSRC, 0xbad, 101},
	{60000, DTLS, PHONE, 7000, LATCH_R_SSRC},
	{60001, RTP, PHONE, 61000, PASS, 0x1, 200},
};


static const struct step another_allowed_address_after_the_window[] = {
	{0, PARTY, PHONE, 4000, .remote = PEER},
	{20, RTP, PHONE, 61000, LATCHED, 0x1, 100},
	{40, RTP, PEER, 4000, LATCH_R_SOURCE, 0x2, 1},
	{9000, RTP, PEER, 4000, LATCH_R_WINDOW, 0x2, 1},
};


/* A call forks to two phones at one address (a relay): the first is heard
 * although the second was named after it; then the second is */
static const struct step named_port_wins_over_one_heard_first[] = {
	{0, PARTY, PHONE, 4000, .remote = PHONE},
	{10, PARTY, PHONE, 5000, .remote = PHONE},
	{20, RTP, PHONE, 4000, LATCHED, 0x1, 100},
	{30, RTP, PHONE, 6000, LATCH_R_SOURCE, 0x3, 1},
	{40, RTP, PHONE, 5000, LATCHED, 0x2, 7000},
	{50, RTP, PHONE, 4000, LATCH_R_SOURCE, 0x1, 102},
	{60, RTP, PHONE, 5000, PASS, 0x2, 7001},
	{60, DEST, PHONE, 5000},
	{9000, RTP, PHONE, 4000, LATCH_R_SSRC, 0x1, 500},
};


/* Later only when the one heard first has ended */
static const struct step named_port_waits_for_silence[] = {
	{0, PARTY, PHONE, 5000, .remote = PHONE},
	{20, RTP, PHONE, 4000, LATCHED, 0x1, 100},
	{60000, RTP, PHONE, 4000, PASS, 0x1, 3100},
	{60010, RTP, PHONE, 5000, LATCH_R_SOURCE, 0x2, 1},
	{61999, RTP, PHONE, 5000, LATCH_R_SOURCE, 0x2, 100},
	{62000, RTP, PHONE, 6000, LATCH_R_SSRC, 0x3, 1},
	{62010, RTP, PHONE, 5000, LATCHED, 0x2, 101},
};


static const struct step reinvite_to_another_address[] = {
	{0, PARTY, PHONE, 4000, .remote = PHONE},
	{10, RTP, PHONE, 4000, LATCHED, 0x1, 1},
	{5000, PARTY, PHONE, 6000, .remote = PEER},
	{5000, DEST, PHONE, 4000},
	{5010, RTP, THIEF, 6000, LATCH_R_ADDRESS, 0xbad, 1},
	{5020, RTP, PEER, 6000, LATCHED, 0x2, 1},
	{5020, DEST, PEER, 6000},
};


/* The new party only listens (music on hold, a recorder) */
static const struct step reinvite_to_a_listener[] = {
	{0, PARTY, PHONE, 4000, .remote = PHONE},
	{4900, RTP, PHONE, 4000, LATCHED, 0x1, 1},
	{5000, PARTY, PEER, 6000, .remote = PEER},
	{6000, TICK},
	{6000, DEST, PHONE, 4000},
	{7100, TICK},
	{7100, DEST, PEER, 6000},
	/* and speaks long after */
	{99000, TICK},
	{99000, RTP, THIEF, 6000, LATCH_R_ADDRESS, 0xbad, 1},
	{99000, RTP, PEER, 6000, LATCHED, 0x2, 1},
	{99010, RTP, PHONE, 4000, LATCH_R_ADDRESS, 0x1, 5},
};


/* The signalled move never happens: after the pause it goes on as it was */
static const struct step reinvite_and_the_old_source_returns[] = {
	{0, PARTY, PHONE, 4000, .remote = PHONE},
	{10, RTP, PHONE, 61000, LATCHED, 0x1, 1},
	{5000, PARTY, PHONE, 4002, .remote = PHONE},
	{8000, TICK},
	{8000, DEST, PHONE, 4002},
	{9000, RTP, PHONE, 61000, PASS, 0x1, 2},
	{9000, DEST, PHONE, 61000},
};


static const struct step window_after_reinvite_ends[] = {
	{0, PARTY, PHONE},
	{10, RTP, PHONE, 61000, LATCHED, 0x1, 1},
	{1000, PARTY, PHONE2},
	{30000, RTP, PHONE, 61000, PASS, 0x1, 2},
	{31000, TICK},
	{31001, RTP, PHONE2, 61000, LATCH_R_SOURCE, 0x2, 1},
	{33000, RTP, PHONE2, 61000, LATCH_R_WINDOW, 0x2, 1},
};


static const struct step same_party_again_opens_nothing[] = {
	{0, PARTY, PHONE, 4000, .remote = PHONE, .rtcp = 4001},
	{10, RTP, PHONE, 61000, LATCHED, 0x1, 1},
	{1000, PARTY, PHONE, 4000, .remote = PHONE, .rtcp = 4001},
	{1010, RTP, PHONE, 7000, LATCH_R_SOURCE, 0xbad, 1},
};


static const struct step party_taken_away_closes[] = {
	{0, PARTY, PHONE},
	{10, RTP, PHONE, 61000, LATCHED, 0x1, 1},
	{1000, PARTY, NULL},
	{1010, RTP, PHONE, 61000, LATCH_R_CLOSED, 0x1, 2},
	{1010, STATE, .want = LATCH_CLOSED},
};


static const struct step new_ssrc_from_the_source_is_its_own_affair[] = {
	{0, PARTY, PHONE},
	{10, RTP, PHONE, 61000, LATCHED, 0x1, 1},
	{20, RTP, PHONE, 61000, PASS, 0x2, 9000},
	{2100, RTP, PHONE, 62000, LATCH_R_SSRC, 0x1, 2},
	{2100, RTP, PHONE, 62000, LATCHED, 0x2, 9001},
};


/* While somebody else took the source's packets it was not silent */
static void heard_elsewhere(void **state)
{
	const struct latch_conf conf = {.rtp = true, .silence_ms = 2000,
					.handover_ms = 200};
	const uint32_t ssrc = 7, stranger = 8;
	const uint16_t seq = 900;
	enum latch_reason reason;
	struct latch_packet p;
	struct addr phone, thief;
	struct latch l;
	(void)state;

	assert_int_equal(0, addr_parse(&phone, "192.0.2.1", 4000));
	assert_int_equal(0, addr_parse(&thief, "192.0.2.1", 5000));
	p = (struct latch_packet){.src = &phone, .kind = LATCH_PKT_RTP,
				  .ssrc = ssrc, .seq = 1};
	latch_init(&l, &conf, 0);
	latch_party_set(&l, &phone, NULL, NULL, 0);
	assert_int_equal(LATCH_PASS_LATCHED, latch_recv(&l, &p, 10, NULL));

	/* the same again, from a socket that hears nobody else */
	p.seq = 2;
	assert_int_equal(LATCH_PASS,
			 latch_recv_source(&l, &p, 20, &reason));
	p.kind = LATCH_PKT_OTHER;
	assert_int_equal(LATCH_REFUSE,
			 latch_recv_source(&l, &p, 20, &reason));
	assert_int_equal(LATCH_R_KIND, reason);

	latch_heard(&l, LATCH_RTP, 10000, &ssrc, &seq);
	/* what is older changes nothing */
	latch_heard(&l, LATCH_RTP, 9000, &stranger, NULL);

	p = (struct latch_packet){.src = &thief, .kind = LATCH_PKT_RTP,
				  .ssrc = ssrc, .seq = 901};
	assert_int_equal(LATCH_REFUSE, latch_recv(&l, &p, 10100, &reason));
	assert_int_equal(LATCH_R_SOURCE, reason);
	p.ssrc = stranger;
	assert_int_equal(LATCH_REFUSE, latch_recv(&l, &p, 12500, &reason));
	assert_int_equal(LATCH_R_SSRC, reason);
	/* it goes on where the last one heard stopped: a NAT has forgotten */
	p.ssrc = ssrc;
	assert_int_equal(LATCH_PASS_LATCHED,
			 latch_recv(&l, &p, 10300, &reason));
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(late_packet_from_old_port_after_reinvite),
		CASE(late_packet_after_reinvite_new_ssrc),
		CASE(reinvite_goes_back_to_the_first_port),
		CASE(source_port_changes_mid_call),
		CASE(source_port_changes_after_silence),
		CASE(neighbour_behind_nat_cannot_take_over),
		CASE(another_allowed_address_after_the_window),
		CASE(named_port_wins_over_one_heard_first),
		CASE(named_port_waits_for_silence),
		CASE(reinvite_to_another_address),
		CASE(reinvite_to_a_listener),
		CASE(reinvite_and_the_old_source_returns),
		CASE(window_after_reinvite_ends),
		CASE(same_party_again_opens_nothing),
		CASE(party_taken_away_closes),
		CASE(new_ssrc_from_the_source_is_its_own_affair),
		cmocka_unit_test(heard_elsewhere),
	};

	return cmocka_run_group_tests_name("latch moves", tests, NULL, NULL);
}
