/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file throttle.h  Who failed too often has to wait
 *
 * By IPv4 address, or the /64 of an IPv6 address. Bounded: where sources share
 * a place the newer takes it, so a great many of them may forget each other,
 * and nobody is refused for another's failures. Pure.
 */
#ifndef POSTERN_RELAY_THROTTLE_H
#define POSTERN_RELAY_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>
#include "addr/addr.h"

enum {
	THROTTLE_PLACES	 = 1024,
	THROTTLE_TRIES	 = 5,	  /**< failures in hand */
	THROTTLE_EACH_MS = 12000, /**< one more each */
};

struct throttle {
	struct throttle_place {
		uint8_t source[16];
		uint64_t until; /**< ms: failures are paid off at this time */
	} placev[THROTTLE_PLACES];
};

bool throttle_same(const struct addr *a, const struct addr *b);
void throttle_fail(struct throttle *t, const struct addr *a, uint64_t now);
bool throttle_pass(const struct throttle *t, const struct addr *a,
		   uint64_t now);

#endif
