/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file alive.h  How often a silent way to the relay needs a sign of life
 *
 * A NAT forgets a mapping nothing went through for a while: RFC 4787 (REQ-5)
 * asks for two minutes at least, many give 30 s, some less. The relay answers a
 * sign of life with the address it came from. As long as that stays the same
 * after silence, the interval grows; a mapping that was lost over it makes it
 * shorter, and for an hour it stays below what was too long. All sockets are
 * behind the same NATs: what one has found out stands for all.
 *
 * No sockets, no clock: times are given, in ms.
 */
#ifndef POSTERN_AGENT_ALIVE_H
#define POSTERN_AGENT_ALIVE_H

#include <stdbool.h>
#include <stdint.h>
#include "addr/addr.h"

enum {
	ALIVE_FIRST_MS = 10000, /**< no NAT is known to forget so soon */
	ALIVE_LEAST_MS = 2500,
	ALIVE_MOST_MS  = 25000, /**< RFC 5626 §4.4.2: UDP below 30 s */
	ALIVE_STEP_MS  = 2500,
	ALIVE_SURE     = 3, /**< silences survived before a longer one */
	ALIVE_FORGET_MS = 3600000,
};

/** What is known of the NATs, by all sockets behind them */
struct alive_nat {
	uint32_t interval;	/**< of signs of life */
	uint32_t ceiling;	/**< it grows no further than this */
	uint64_t lowered;	/**< when the ceiling was; 0: never */
	uint64_t counted;	/**< when a silence was survived */
	unsigned sure;		/**< silences survived, of this length */
	uint64_t lost;		/**< mappings, so far */
};

/** One socket's way to the relay */
struct alive {
	struct alive_nat *nat;
	struct addr seen;	/**< as the relay last saw us; unset: never */
	uint64_t out, in;	/**< when something last went, came */
	uint64_t silence;	/**< before the question: nothing went */
	uint64_t stillness;	/**< before the question: nothing at all */
	bool asked;		/**< no answer yet */
};

void alive_nat_init(struct alive_nat *n);
void alive_init(struct alive *a, struct alive_nat *nat, uint64_t now);
void alive_sent(struct alive *a, uint64_t now);
void alive_heard(struct alive *a, uint64_t now);
void alive_ask(struct alive *a, uint64_t now);
bool alive_answer(struct alive *a, const struct addr *seen, uint64_t now);

#endif
