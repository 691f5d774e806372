/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file latch_test.c  The latch: who is listened to, and where to send
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/latch_util.h"

static const struct latch_conf defaults = {
	.policy = LATCH_CONSTRAINED, .rtp = true,
	.window_ms = LATCH_WINDOW_MS, .silence_ms = LATCH_SILENCE_MS,
	.handover_ms = LATCH_HANDOVER_MS,
};


/* A third party sprays RTP before the callee answers; CVE-2025-53399 */
static const struct step rtp_bleed_before_answer[] = {
	{0, STATE, .want = LATCH_CLOSED},
	{10, RTP, THIEF, 9000, LATCH_R_CLOSED, 0xbad, 1},
	{20, RTP, PHONE, 4000, LATCH_R_CLOSED, 0x1, 1},
	{30, DEST, NULL},
	{1000, PARTY, PHONE},
	{1001, STATE, .want = LATCH_LEARNING},
	{1010, RTP, THIEF, 9000, LATCH_R_ADDRESS, 0xbad, 2},
	{1020, RTCP, THIEF, 9001, LATCH_R_ADDRESS, 0xbad},
	{1030, DEST, NULL},
	{1040, RTP, PHONE, 4000, LATCHED, 0x1, 2},
	{1050, RTP, THIEF, 9000, LATCH_R_ADDRESS, 0xbad, 3},
	{1060, RTP, PHONE, 4000, PASS, 0x1, 3},
	{1060, DEST, PHONE, 4000},
	{1060, STATE, .want = LATCH_LATCHED},
};

static const struct step rtp_and_rtcp_from_different_ports[] = {
	{0, PARTY, PHONE},
	{10, RTP, PHONE, 61000, LATCHED, 0x1, 1},
	{10, DEST_RTCP, NULL},
	{20, RTCP, PHONE, 48123, LATCHED, 0x1},
	{30, RTP, PHONE, 61000, PASS, 0x1, 2},
	{30, DEST, PHONE, 61000},
	{30, DEST_RTCP, PHONE, 48123},
	{40, RTCP, PHONE, 61000, LATCH_R_SOURCE, 0x7},
	{50, RTCP, THIEF, 48123, LATCH_R_ADDRESS, 0x1},
	/* and the right kind on each socket */
	{60, RTCP_ON_RTP, PHONE, 61000, LATCH_R_KIND, 0x1},
	{60, RTP_ON_RTCP, PHONE, 48123, LATCH_R_KIND, 0x1, 3},
};

static const struct step silent_phone_learns_from_rtcp[] = {
	{0, PARTY, PHONE},
	{0, HINT, .port = 4000, .rtcp = 4001},
	{0, DEST, NULL},
	{100, RTCP, PHONE, 61001, LATCHED, 0x1},
	{100, DEST, PHONE, 61000},
	{100, DEST_RTCP, PHONE, 61001},
	{100, SOURCE, NULL},
	{100, STATE, .want = LATCH_LEARNING},
	{200, RTP, THIEF, 61000, LATCH_R_ADDRESS, 0xbad, 1},
	/* it speaks at last, from a port nobody guessed */
	{90000, RTP, PHONE, 52000, LATCHED, 0x1, 1},
	{90000, DEST, PHONE, 52000},
};

/* The NAT keeps ports, a=rtcp names one that is not port + 1 */
static const struct step silent_phone_with_odd_rtcp_port[] = {
	{0, PARTY, PHONE},
	{0, HINT, .port = 4000, .rtcp = 5555},
	{100, RTCP, PHONE, 5555, LATCHED, 0x1},
	{100, DEST, PHONE, 4000},
};

static const struct step silent_phone_guess_outside_ports[] = {
	{0, PARTY, PHONE},
	{0, HINT, .port = 65000, .rtcp = 2},
	{100, RTCP, PHONE, 61001, LATCHED, 0x1},
	{100, DEST, NULL},
};

static const struct step silent_phone_without_hint_gets_nothing[] = {
	{0, PARTY, PHONE},
	{100, RTCP, PHONE, 61001, LATCHED, 0x1},
	{100, DEST, NULL},
};

static const struct step rtcp_port_guessed_from_rtp[] = {
	{0, PARTY, PHONE},
	{0, HINT, .port = 4000, .rtcp = 4001},
	{100, RTP, PHONE, 61000, LATCHED, 0x1, 1},
	{100, DEST_RTCP, PHONE, 61001},
};

/* One public address for two phones: each leg hears its own only */
static const struct step both_parties_behind_same_nat[] = {
	{0, PARTY, PHONE},
	{10, RTP, PHONE, 40000, LATCHED, 0xa, 1},
	/* the other phone's packets, strayed to this leg */
	{20, RTP, PHONE, 40002, LATCH_R_SOURCE, 0xb, 500},
	{30, RTP, PHONE, 40000, PASS, 0xa, 2},
	{5000, RTP, PHONE, 40002, LATCH_R_SSRC, 0xb, 700},
	{5010, RTP, PHONE, 40000, PASS, 0xa, 3},
	{5010, DEST, PHONE, 40000},
};

static const struct step rtcp_mux[] = {
	{0, PARTY, PHONE},
	{10, RTCP_ON_RTP, PHONE, 61000, LATCHED, 0x1},
	{10, DEST, PHONE, 61000},
	{10, DEST_RTCP, PHONE, 61000},
	{20, RTP, PHONE, 61000, PASS, 0x1, 1},
	{30, RTCP_ON_RTP, PHONE, 61000, PASS, 0x1},
	{40, RTP, PHONE, 62000, LATCH_R_SOURCE, 0x1, 2},
	{240, RTP, PHONE, 62000, LATCHED, 0x1, 12},
	{250, DEST_RTCP, PHONE, 62000},
};

static const struct step mux_agreed_in_the_answer[] = {
	{0, PARTY, PHONE},
	{10, RTP, PHONE, 61000, LATCHED, 0x1, 1},
	{20, RTCP, PHONE, 61001, LATCHED, 0x1},
	{1000, CONF, .mux = true},
	{1010, RTCP_ON_RTP, PHONE, 61000, PASS, 0x1},
	{1010, DEST_RTCP, PHONE, 61000},
	{1020, RTP, PHONE, 61000, PASS, 0x1, 2},
};

static const struct step remote_known_sent_to_before_learning[] = {
	{0, PARTY, PHONE, 4000, .remote = PEER, .rtcp = 4001},
	{0, DEST, PEER, 4000},
	{0, DEST_RTCP, PEER, 4001},
	{10, RTP, PEER, 4000, LATCHED, 0x1, 1},
	{20, RTCP, PEER, 4001, LATCHED, 0x1},
};

static const struct step signalled_port_is_not_believed[] = {
	{0, PARTY, PHONE, 4000, .remote = PHONE},
	{0, DEST, PHONE, 4000},
	{10, RTP, PHONE, 61000, LATCHED, 0x1, 1},
	{10, DEST, PHONE, 61000},
};

/* conf.first_ms set */
static const struct step first_window_ends[] = {
	{0, PARTY, PHONE, 4000, .remote = PEER},
	{10000, RTP, PHONE, 61000, LATCH_R_WINDOW, 0x1, 1},
	{10000, STATE, .want = LATCH_LEARNING},
	/* the answer gives it its time again */
	{20000, REOPEN},
	{29999, RTP, PHONE, 61000, LATCHED, 0x1, 1},
};

static const struct step first_window_never_ends_for_the_signalled[] = {
	{0, PARTY, PHONE, 4000, .remote = PEER},
	{60000, RTP, PEER, 4002, LATCH_R_WINDOW, 0x1, 1},
	{60000, RTP, PEER, 4000, LATCHED, 0x1, 1},
};

static const struct step first_window_and_rtcp_has_proved_the_address[] = {
	{0, PARTY, PHONE},
	{5000, RTCP, PHONE, 61001, LATCHED, 0x1},
	{60000, RTP, PHONE, 61000, LATCHED, 0x1, 1},
};

static const struct step noise_is_not_media[] = {
	{0, PARTY, PHONE},
	{10, NOISE, PHONE, 61000, LATCH_R_KIND},
	{10, STUN, PHONE, 61000, LATCH_R_KIND},
	{10, CHECK, PHONE, 61000, LATCH_R_KIND},
	{10, RTCP_ON_RTP, PHONE, 61000, LATCH_R_KIND, 0x1},
	{10, STATE, .want = LATCH_LEARNING},
	{20, RTP, PHONE, 61000, LATCHED, 0x1, 1},
	{30, NOISE, PHONE, 61000, LATCH_R_KIND},
	{30, STUN, PHONE, 61000, LATCH_R_KIND},
};

static const struct step dtls_opens_srtp[] = {
	{0, DTLS, PHONE, 61000, LATCH_R_CLOSED},
	{0, PARTY, PHONE},
	{5, DTLS, THIEF, 61000, LATCH_R_ADDRESS},
	{10, DTLS, PHONE, 61000, LATCHED},
	{20, RTP, PHONE, 61000, PASS, 0x1, 1},
	{30, RTP, PHONE, 62000, LATCH_R_SOURCE, 0xbad, 1},
	{9000, RTP, PHONE, 62000, LATCH_R_SSRC, 0xbad, 1},
};

static const struct step udptl_any_datagram[] = {
	{0, NOISE, PHONE, 61000, LATCH_R_CLOSED},
	{0, PARTY, PHONE},
	{10, NOISE, THIEF, 61000, LATCH_R_ADDRESS},
	{10, STUN, PHONE, 61000, LATCH_R_KIND},
	{10, NOISE, PHONE, 61000, LATCHED},
	{20, NOISE, PHONE, 62000, LATCH_R_SOURCE},
	{300, NOISE, PHONE, 62000, LATCH_R_SOURCE},
	{2010, NOISE, PHONE, 62000, LATCHED},
};

static const struct step fax_reinvite_on_the_same_port[] = {
	{0, PARTY, PHONE},
	{10, RTP, PHONE, 61000, LATCHED, 0x1, 1},
	{20, NOISE, PHONE, 61000, LATCH_R_KIND},
	{1000, CONF, .udptl = true},
	{1010, NOISE, PHONE, 61000, PASS},
	{1010, DEST, PHONE, 61000},
};

static const struct step ipv6[] = {
	{0, PARTY, PHONE6},
	{10, RTP, THIEF6, 61000, LATCH_R_ADDRESS, 0xbad, 1},
	{10, RTP, PHONE, 61000, LATCH_R_ADDRESS, 0x1, 1},
	{10, RTP, PHONE6, 61000, LATCHED, 0x1, 1},
	{10, DEST, PHONE6, 61000},
};

static const struct step fixed[] = {
	{0, RTP, PEER, 4000, LATCH_R_CLOSED, 0x1, 1},
	{0, PARTY, PHONE, 4000, .remote = PEER, .rtcp = 4001},
	{0, STATE, .want = LATCH_LATCHED},
	{10, RTP, PHONE, 4000, LATCH_R_ADDRESS, 0x1, 1},
	{10, RTP, THIEF, 4000, LATCH_R_ADDRESS, 0xbad, 1},
	{10, NOISE, PEER, 4000, LATCH_R_KIND},
	{10, RTP, PEER, 4000, PASS, 0x1, 1},
	/* asymmetric: sends from one port, listens on another */
	{20, RTP, PEER, 7777, PASS, 0x1, 2},
	{20, DEST, PEER, 4000},
	{20, DEST_RTCP, PEER, 4001},
	{30, PARTY, PHONE, 5000, .remote = PEER},
	{30, DEST, PEER, 5000},
};

static const struct step stun_latches_on_nomination[] = {
	{0, STATE, .want = LATCH_LEARNING},
	{0, PARTY, PHONE, 4000, .remote = PHONE},
	{0, DEST, NULL},
	{10, RTP, PHONE, 4000, LATCH_R_ADDRESS, 0x1, 1},
	{10, STUN, PHONE, 4000, LATCH_R_ADDRESS},
	{20, CHECK, PHONE2, 61000, PASS, .priority = 10},
	{20, DEST, NULL},
	{30, NOMINATE, PHONE2, 61000, LATCHED, .priority = 10},
	{30, DEST, PHONE2, 61000},
	{40, DTLS, PHONE2, 61000, PASS},
	{40, RTP, PHONE2, 61000, PASS, 0x1, 1},
	{40, STUN, PHONE2, 61000, LATCH_R_KIND},
	{50, RTP, PHONE2, 62000, LATCH_R_SOURCE, 0x1, 2},
	{9000, RTP, PHONE2, 62000, LATCH_R_SOURCE, 0x1, 3},
};

static const struct step stun_better_pair_wins[] = {
	{0, NOMINATE, PHONE, 1000, LATCHED, .priority = 10},
	{10, RTP, PHONE, 1000, PASS, 0x1, 1},
	{20, NOMINATE, PHONE2, 2000, LATCHED, .priority = 20},
	{30, NOMINATE, PHONE, 1000, PASS, .priority = 10},
	{30, DEST, PHONE2, 2000},
	/* the better one is dead */
	{2030, NOMINATE, PHONE, 1000, LATCHED, .priority = 10},
	{2030, DEST, PHONE, 1000},
};

static const struct step stun_restart[] = {
	{0, NOMINATE, PHONE, 1000, LATCHED, .priority = 20},
	{10, RTP, PHONE, 1000, PASS, 0x1, 1},
	{20, RESTART},
	{30, RTP, PHONE, 1000, PASS, 0x1, 2},
	{40, NOMINATE, PHONE2, 2000, LATCHED, .priority = 10},
	{40, DEST, PHONE2, 2000},
};

static const struct step policy_changes_in_the_answer[] = {
	{0, PARTY, PHONE},
	{10, RTP, PHONE, 1000, LATCHED, 0x1, 1},
	{20, CONF, .policy = LATCH_STUN},
	{30, RTP, PHONE, 1000, LATCH_R_ADDRESS, 0x1, 2},
	{30, DEST, NULL},
	{40, NOMINATE, PHONE2, 2000, LATCHED, .priority = 10},
};


static void names(void **state)
{
	(void)state;

	assert_string_equal("constrained",
			    latch_policy_name(LATCH_CONSTRAINED));
	assert_string_equal("fixed", latch_policy_name(LATCH_FIXED));
	assert_string_equal("latched", latch_state_name(LATCH_LATCHED));
	assert_string_equal("ssrc", latch_reason_name(LATCH_R_SSRC));
	assert_string_equal("?", latch_reason_name(LATCH_REASONS));
}


static void learnt_time_and_source(void **state)
{
	const struct addr phone = address(PHONE, 4000);
	const struct latch_packet p = {.src = &phone, .kind = LATCH_PKT_RTP};
	struct latch l;

	(void)state;

	latch_init(&l, &defaults, 0);
	assert_int_equal(0, latch_learnt(&l, LATCH_RTP));
	assert_null(latch_source(&l, LATCH_RTCP));

	latch_party_set(&l, &phone, NULL, NULL, 5);
	assert_int_equal(LATCH_PASS_LATCHED, latch_recv(&l, &p, 77, NULL));
	assert_int_equal(77, latch_learnt(&l, LATCH_RTP));
	assert_true(addr_eq(&phone, latch_source(&l, LATCH_RTP)));
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(rtp_bleed_before_answer),
		CASE(rtp_and_rtcp_from_different_ports),
		CASE(silent_phone_learns_from_rtcp),
		CASE(silent_phone_with_odd_rtcp_port),
		CASE(silent_phone_guess_outside_ports),
		CASE(silent_phone_without_hint_gets_nothing),
		CASE(rtcp_port_guessed_from_rtp),
		CASE(both_parties_behind_same_nat),
		CASE_CONF(rtcp_mux, .rtp = true, .mux = true, TIMES),
		CASE(mux_agreed_in_the_answer),
		CASE(remote_known_sent_to_before_learning),
		CASE(signalled_port_is_not_believed),
		CASE_CONF(first_window_ends, .rtp = true, .first_ms = 10000,
			  TIMES),
		CASE_CONF(first_window_never_ends_for_the_signalled,
			  .rtp = true, .first_ms = 10000, TIMES),
		CASE_CONF(first_window_and_rtcp_has_proved_the_address,
			  .rtp = true, .first_ms = 10000, TIMES),
		CASE(noise_is_not_media),
		CASE(dtls_opens_srtp),
		CASE_CONF(udptl_any_datagram, .rtp = false, TIMES),
		CASE(fax_reinvite_on_the_same_port),
		CASE(ipv6),
		CASE_CONF(fixed, .policy = LATCH_FIXED, .rtp = true, TIMES),
		CASE_CONF(stun_latches_on_nomination, .policy = LATCH_STUN,
			  .rtp = true, TIMES),
		CASE_CONF(stun_better_pair_wins, .policy = LATCH_STUN,
			  .rtp = true, TIMES),
		CASE_CONF(stun_restart, .policy = LATCH_STUN, .rtp = true,
			  TIMES),
		CASE(policy_changes_in_the_answer),
		cmocka_unit_test(names),
		cmocka_unit_test(learnt_time_and_source),
	};

	return cmocka_run_group_tests_name("latch", tests, NULL, NULL);
}
