/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file latch_util.c  The latch under test: one table of steps per case
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/latch_util.h"


struct addr address(const char *ip, uint16_t port)
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


void run(void **state)
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
