/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file way.h  UDP or in-tunnel: when media move there and back
 *
 * While there are media the relay is asked over UDP whether it hears us, and
 * answers over UDP. No answer for a second: media go in-tunnel, where that can
 * be. The questions go on, ever more rarely; where some are answered in a row
 * media move back. A way that was not good for long has to be better the next
 * time. Pure: times are given, in ms.
 */
#ifndef POSTERN_AGENT_WAY_H
#define POSTERN_AGENT_WAY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	WAY_ASK_MS	= 500,	 /**< between questions that are answered */
	WAY_AGAIN_MS	= 200,	 /**< after one that is not, yet */
	WAY_LOST_MS	= 1000,	 /**< so long without an answer is too long */
	WAY_LOST	= 4,	 /**< and so many questions */
	WAY_PROBE_MS	= 1000,	 /**< in-tunnel: between questions, doubling */
	WAY_PROBE_MAX	= 5000,
	WAY_SURE	= 3,	 /**< answers in a row before it moves back */
	WAY_SURE_MAX	= 48,
	WAY_GOOD_MS	= 60000, /**< so long on UDP: it was good */
};

enum way_does {
	WAY_NOTHING,
	WAY_ASK,  /**< send a question over UDP */
	WAY_MOVE, /**< in-tunnel now */
};

struct way {
	bool udp;	/**< there is an address for it */
	bool tunnel;	/**< the server takes media in-tunnel */
	bool inside;	/**< media go in-tunnel */
	uint64_t asked; /**< the last question */
	uint64_t first; /**< the first since the last answer */
	unsigned open;	/**< questions since the last answer */
	unsigned row;	/**< answers in a row */
	unsigned sure;	/**< as many are wanted */
	uint32_t probe; /**< ms between questions, in-tunnel */
	uint64_t back;	/**< when it moved back; 0: never */
};

void way_init(struct way *w, bool udp);
enum way_does way_tick(struct way *w, uint64_t now);
bool way_answered(struct way *w, uint64_t now);
void way_rest(struct way *w);

#endif
