/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file latch_util.h  The latch under test: one table of steps per case
 *
 * A case is a list of steps in time: what the signalling says, and what
 * packets arrive with the verdict they must get. Addresses are of RFC 5737 and
 * RFC 3849: PHONE and PEER are parties, THIEF is nobody. cmocka.h comes first.
 */
#ifndef TESTS_UNIT_LATCH_UTIL_H
#define TESTS_UNIT_LATCH_UTIL_H

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

/* ip NULL: none */
struct addr address(const char *ip, uint16_t port);
/* the case that is the test's state */
void run(void **state);

#define CASE_CONF(name, ...)                                                   \
	{#name, run, NULL, NULL,                                               \
	 &(struct tcase){name, sizeof(name) / sizeof(name[0]), {__VA_ARGS__}}}
#define TIMES                                                                  \
	.window_ms = LATCH_WINDOW_MS, .silence_ms = LATCH_SILENCE_MS,          \
	.handover_ms = LATCH_HANDOVER_MS
#define CASE(name) CASE_CONF(name, .rtp = true, TIMES)

#endif
