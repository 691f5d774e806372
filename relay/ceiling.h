/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ceiling.h  So much per second for many threads together
 *
 * What struct bucket is for one thread. All it knows is one number, when what
 * was let through would be done at the rate (the generic cell rate algorithm,
 * ITU-T I.371): a packet is one atomic exchange, and nobody waits. Octets of a
 * connection can: they ask for room, and leave packets most of what is in hand.
 */
#ifndef POSTERN_RELAY_CEILING_H
#define POSTERN_RELAY_CEILING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CEILING_BURST_MS = 250,	  /**< of the rate, in hand */
	CEILING_LEAST	 = 16000, /**< octets in hand at least */
	CEILING_PACE_MS	 = 50,	  /**< as much of what can wait */
};

struct ceiling {
	_Atomic uint64_t rate;	  /**< bit/s, 0: no limit */
	_Atomic uint64_t busy;	  /**< until then, ns */
	_Atomic uint64_t dropped; /**< packets that were too much */
};

void ceiling_set(struct ceiling *c, uint64_t rate);
bool ceiling_take(struct ceiling *c, size_t len, uint64_t now);
size_t ceiling_room(struct ceiling *c, size_t len, uint64_t now,
		    uint32_t *wait);
void ceiling_went(struct ceiling *c, size_t len, uint64_t now);
uint64_t ceiling_dropped(struct ceiling *c);

#endif
