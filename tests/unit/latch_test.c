/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file latch_test.c  The latch: one table of steps per case
 *
 * A case is a list of steps in time: what the signalling says, and what
 * packets arrive with the verdict they must get. Addresses are of RFC 5737 and
 * RFC 3849: PHONE and PEER are parties, THIEF is nobody.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "media/latch.h"

/* a step names what it needs, the rest is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"


#define PHONE	"192.0.2.10"
#define PHONE2	"192.0.2.20"
#define PEER	"198.51.100.7"
#define THIEF	"203.0.113.66"
#define PHONE6	"2001:db8::10"
#define THIEF6	"2001:db8::66"


enum op {
	PARTY,	/* .ip signals; .remote:.port/.rtcp is what it signalled */
	HINT,	/* .port, .rtcp */
	REOPEN,
	RESTART,
	TICK,
	CONF,	/* .policy, .mux, .udptl */
	RTP,	/* packet of this kind from .ip:.port, to get .want */
	RTCP,
	RTCP_ON_RTP, /* arrives on the RTP socket */
	RTP_ON_RTCP,
	DTLS,
	NOISE,
	STUN,
	CHECK,	/* authenticated ICE check */
	NOMINATE, /* the same, with USE-CANDIDATE */
	DEST,	/* RTP is sent to .ip:.port; NULL: nowhere */
	DEST_RTCP,
	SOURCE, /* RTP source learnt */
	STATE,
};

enum want {
	PASS = 100,
	LATCHED,
	/* else an enum latch_reason */
};

struct step {
	unsigned at; /* ms */
	enum op op;
	const char *ip;
	uint16_t port;
	int want;
	uint32_t ssrc;
	uint16_t seq;
	const char *remote;
	uint16_t rtcp;
	enum latch_policy policy;
	bool mux, udptl;
	uint32_t priority;
};

struct tcase {
	const struct step *stepv;
	size_t stepc;
	struct latch_conf conf;
};

static const struct latch_conf defaults = {
	.policy = LATCH_CONSTRAINED, .rtp = true,
	.window_ms = LATCH_WINDOW_MS, .silence_ms = LATCH_SILENCE_MS,
	.handover_ms = LATCH_HANDOVER_MS,
};


static struct addr address(const char *ip, uint16_t port)
{
	struct addr a;

	memset(&a, 0, sizeof(a));
	if (ip)
		assert_int_equal(0, addr_parse(&a, ip, port));

	return a;
}


static void party(struct latch *l, const struct step *s)
{
	struct addr signalling = address(s->ip, 0);
	struct addr rtp	       = address(s->remote, s->port);
	struct addr rtcp       = address(s->remote, s->rtcp);

	latch_party_set(l, s->ip ? &signalling : NULL,
			s->remote ? &rtp : NULL,
			s->remote && s->rtcp ? &rtcp : NULL, s->at);
}


static void conf(struct latch *l, const struct step *s)
{
	struct latch_conf c = l->conf;

	c.policy = s->policy;
	c.mux	 = s->mux;
	c.rtp	 = !s->udptl;

	latch_conf_set(l, &c, s->at);
}


static bool packet(struct latch *l, const struct step *s)
{
	static const struct {
		enum latch_kind kind;
		enum latch_component component;
	} of[] = {
		[RTP]	      = {LATCH_PKT_RTP, LATCH_RTP},
		[RTCP]	      = {LATCH_PKT_RTCP, LATCH_RTCP},
		[RTCP_ON_RTP] = {LATCH_PKT_RTCP, LATCH_RTP},
		[RTP_ON_RTCP] = {LATCH_PKT_RTP, LATCH_RTCP},
		[DTLS]	      = {LATCH_PKT_DTLS, LATCH_RTP},
		[NOISE]	      = {LATCH_PKT_OTHER, LATCH_RTP},
		[STUN]	      = {LATCH_PKT_STUN, LATCH_RTP},
		[CHECK]	      = {LATCH_PKT_STUN_AUTH, LATCH_RTP},
		[NOMINATE]    = {LATCH_PKT_STUN_AUTH, LATCH_RTP},
	};
	const struct addr src = address(s->ip, s->port);
	const struct latch_packet p = {
		.src = &src, .component = of[s->op].component,
		.kind = of[s->op].kind, .ssrc = s->ssrc, .seq = s->seq,
		.nominated = s->op == NOMINATE, .priority = s->priority,
	};
	enum latch_reason reason = LATCH_REASONS;
	enum latch_verdict v	 = latch_recv(l, &p, s->at, &reason);
	int got			 = (int)reason;

	if (v == LATCH_PASS)
		got = PASS;
	else if (v == LATCH_PASS_LATCHED)
		got = LATCHED;

	if ((v == LATCH_REFUSE) == (reason == LATCH_OK))
		return false;

	if (got != s->want)
		print_error("verdict %d (%s), wanted %d\n", v,
			    latch_reason_name(reason), s->want);

	return got == s->want;
}


static bool same(const struct addr *got, const struct step *s)
{
	struct addr want = address(s->ip, s->port);

	if (!s->ip)
		return got == NULL;

	return got && addr_eq(got, &want);
}


static bool step_run(struct latch *l, const struct step *s)
{
	switch (s->op) {

	case PARTY:
		party(l, s);
		return true;
	case HINT:
		latch_hint_set(l, s->port, s->rtcp);
		return true;
	case REOPEN:
		latch_reopen(l, s->at);
		return true;
	case RESTART:
		latch_restart(l, s->at);
		return true;
	case TICK:
		latch_tick(l, s->at);
		return true;
	case CONF:
		conf(l, s);
		return true;
	case DEST:
		return same(latch_dest(l, LATCH_RTP), s);
	case DEST_RTCP:
		return same(latch_dest(l, LATCH_RTCP), s);
	case SOURCE:
		return same(latch_source(l, LATCH_RTP), s);
	case STATE:
		return (int)latch_state(l) == s->want;
	default:
		return packet(l, s);
	}
}


static void run(void **state)
{
	const struct tcase *tc = *state;
	struct latch l;
	size_t i;

	latch_init(&l, &tc->conf, tc->stepv[0].at);

	for (i = 0; i < tc->stepc; i++) {
		if (!step_run(&l, &tc->stepv[i]))
			fail_msg("step %zu (at %u ms) went otherwise", i,
				 tc->stepv[i].at);
	}
}


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

static const struct step new_ssrc_from_the_source_is_its_own_affair[] = {
	{0, PARTY, PHONE},
	{10, RTP, PHONE, 61000, LATCHED, 0x1, 1},
	{20, RTP, PHONE, 61000, PASS, 0x2, 9000},
	{2100, RTP, PHONE, 62000, LATCH_R_SSRC, 0x1, 2},
	{2100, RTP, PHONE, 62000, LATCHED, 0x2, 9001},
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


#define CASE_CONF(name, ...)                                                   \
	{#name, run, NULL, NULL,                                               \
	 &(struct tcase){name, sizeof(name) / sizeof(name[0]), {__VA_ARGS__}}}
#define TIMES                                                                  \
	.window_ms = LATCH_WINDOW_MS, .silence_ms = LATCH_SILENCE_MS,          \
	.handover_ms = LATCH_HANDOVER_MS
#define CASE(name) CASE_CONF(name, .rtp = true, TIMES)


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
		CASE(rtp_bleed_before_answer),
		CASE(late_packet_from_old_port_after_reinvite),
		CASE(late_packet_after_reinvite_new_ssrc),
		CASE(reinvite_goes_back_to_the_first_port),
		CASE(source_port_changes_mid_call),
		CASE(source_port_changes_after_silence),
		CASE(neighbour_behind_nat_cannot_take_over),
		CASE(another_allowed_address_after_the_window),
		CASE(named_port_wins_over_one_heard_first),
		CASE(named_port_waits_for_silence),
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
		CASE(reinvite_to_another_address),
		CASE(reinvite_to_a_listener),
		CASE(reinvite_and_the_old_source_returns),
		CASE(window_after_reinvite_ends),
		CASE(same_party_again_opens_nothing),
		CASE(party_taken_away_closes),
		CASE_CONF(first_window_ends, .rtp = true, .first_ms = 10000,
			  TIMES),
		CASE_CONF(first_window_never_ends_for_the_signalled,
			  .rtp = true, .first_ms = 10000, TIMES),
		CASE_CONF(first_window_and_rtcp_has_proved_the_address,
			  .rtp = true, .first_ms = 10000, TIMES),
		CASE(noise_is_not_media),
		CASE(dtls_opens_srtp),
		CASE(new_ssrc_from_the_source_is_its_own_affair),
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
		cmocka_unit_test(heard_elsewhere),
	};

	return cmocka_run_group_tests_name("latch", tests, NULL, NULL);
}
