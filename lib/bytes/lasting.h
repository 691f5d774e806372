/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bytes/lasting.h  What an end of a channel knows when it is to go on
 *
 * How much it has received, what it has sent, and what the far end says it has
 * received when another channel takes the place of one whose tunnel is gone.
 */
#ifndef POSTERN_BYTES_LASTING_H
#define POSTERN_BYTES_LASTING_H

#include "rpc/libre.h"
#include "bytes/tail.h"

struct lasting {
	uint32_t ms;	   /**< so long without a channel */
	struct tail *tail; /**< what was sent */
	uint64_t received; /**< octets, in all channels */
	size_t owed;	   /**< of these, the joint has not passed on */
	size_t stale;	   /**< of the owed, of channels that are no more */
	bool away;	   /**< it has no channel, or not the count yet */
	size_t counted;	   /**< octets of the count that are here */
	uint64_t count;	   /**< as it comes over the wire */
	struct tmr tmr;
};

int lasting_alloc(struct lasting **lp, uint32_t ms);
void lasting_away(struct lasting *l);
size_t lasting_count(struct lasting *l, const uint8_t *p, size_t len,
		     bool *all);
uint64_t lasting_counted(const struct lasting *l);
size_t lasting_fresh(struct lasting *l, size_t len);

#endif
