/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world for one call without sockets: what the call asks is written down, and
 * answered when the test says so. Everything it sends is looked through for
 * addresses that its receiver must not see.
 */
#ifndef TESTS_UNIT_CALL_UTIL_H
#define TESTS_UNIT_CALL_UTIL_H

#include <stdbool.h>
#include <stdio.h>
#include "rpc/libre.h"
#include "h323gw/call/call.h"
#include "h323gw/call/uuie.h"

enum {
	UTIL_SENT_MAX = 64,
};

/* where everybody is. A, B: the parties; O: ours */
#define UTIL_A	"10.9.0.3"
#define UTIL_B	"10.9.0.2"
#define UTIL_O	"203.0.113.1"
#define UTIL_OA "203.0.113.10"	/* as A knows us */
#define UTIL_OB "203.0.113.20"
#define UTIL_M	"203.0.113.99"	/* media */

struct util_sent {
	uint8_t *p;
	size_t len;
	bool h245;	/* on its own connection */
	struct q931 q;
	struct uuie u;	/* msg NULL: none */
};

struct util_side {
	struct util_sent sent[UTIL_SENT_MAX];
	size_t n, seen;
	bool listening, connecting, up; /* H.245 */
	bool waiting;	/* it was told where to connect */
	struct addr connect_to;
	unsigned listens, released, closes;
	bool nat;
};

struct util_world {
	struct per *per;
	struct call_env env;
	struct call *call;
	struct util_side side[SIDES];
	struct route route;	/* the next answer */
	bool routing, dialling, media_waits;
	int media_err;		/* the next answer */
	bool media_slow;	/* answers come later */
	int dial_err;
	unsigned routes, dials, ended, odd, refused, parties, answered;
	unsigned fasts, h245s;
	char called[128];
	uint32_t timer[CALL_TIMERS];
	bool unproved, signs, signing; /* H.235.1 */
	unsigned sealed;
	bool lenient;		/* fuzzing: no assertion on contents */
	void (*failh)(const char *what);
};

void util_begin(struct util_world *w, const struct per *per);
void util_end(struct util_world *w);
/* answer what is asked for, until nothing is */
void util_pump(struct util_world *w);
/* one of them; false: nothing is asked for. err: the answer, where it may be */
bool util_pump_one(struct util_world *w, int err);

/* a message of call signalling from a side; takes u */
void util_say(struct util_world *w, enum side from, uint8_t type,
	      struct uuie *u);
/* with an element */
void util_say_with(struct util_world *w, enum side from, uint8_t type,
		   struct uuie *u, uint8_t ie, const uint8_t *p, size_t n);
void util_say_plain(struct util_world *w, enum side from, uint8_t type);
void util_h245(struct util_world *w, enum side from, const char *hex);
/* a body to be said */
struct uuie util_body(struct util_world *w,
		      H323_UU_PDU__h323_message_body_PR body, int tunnel);
void util_h245_address(struct uuie *u, const char *ip, uint16_t port);
void util_control(struct uuie *u, const char *hex);
void util_fast(struct util_world *w, struct uuie *u);
/* the next message sent to a side; fails if there is none */
struct util_sent *util_next(struct util_world *w, enum side to);
bool util_silent(const struct util_world *w, enum side to);

/* H.245 in hexadecimal: TerminalCapabilitySet, MasterSlaveDetermination,
 * OpenLogicalChannel of A, its acknowledgement by B, EndSessionCommand */
#define UTIL_TCS                                                               \
	"0270010600088175000f80138000fa000100000100000100000cc0010001800580000" \
	"020401380000120c0138000028301508000038301108000048301408000058a061404" \
	"302d313600800102010000000100000202000300040005"
#define UTIL_MSD "010032807032b7"
#define UTIL_OLC                                                               \
	"038000660c201380188d0001000a090003138c00800b300080b080018001fc0040044" \
	"00a0100070008834c130001"
#define UTIL_ACK                                                               \
	"22c0006406a0135c00000a090002138d000a090002138e010100100120070008834c1" \
	"300010100160205fc"
#define UTIL_END "4a40"

#endif
