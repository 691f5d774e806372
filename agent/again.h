/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file again.h  How long to wait before the next try at a server
 *
 * A server keeps a tunnel whose connection broke for 30 s, with its calls: for
 * so long it is tried each second at least, so that one that was started anew
 * is found soon after. Then ever more rarely. Half of each wait is by chance:
 * those who lost a server together do not come back together. Pure: times are
 * given, in ms.
 */
#ifndef POSTERN_AGENT_AGAIN_H
#define POSTERN_AGENT_AGAIN_H

#include <stdbool.h>
#include <stdint.h>

enum {
	AGAIN_AT_ONCE_MS = 100,	  /**< after a connection that was good */
	AGAIN_FIRST_MS	 = 250,	  /**< after the first failure, doubling */
	AGAIN_HURRY_MS	 = 1000,  /**< no more than that, */
	AGAIN_KEPT_MS	 = 30000, /**< so long after a good one was lost */
	AGAIN_MAX_MS	 = 60000,
	AGAIN_GOOD_MS	 = 10000, /**< so long up: it was good */
};

struct again {
	unsigned failures; /**< in a row, and connections that were not good */
	uint64_t until;	   /**< it is tried often before that time */
};

void again_up(struct again *a);
void again_lost(struct again *a, uint64_t up, uint64_t now);
void again_failed(struct again *a);
uint32_t again_wait(const struct again *a, uint32_t least, uint64_t now,
		    uint32_t chance);

#endif
