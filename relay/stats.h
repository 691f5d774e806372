/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stats.h  What the relay counts, over all sessions since its start
 */
#ifndef POSTERN_RELAY_STATS_H
#define POSTERN_RELAY_STATS_H

#include <jansson.h>
#include "media/latch.h"
#include "metrics/metrics.h"

enum stat {
	STAT_SESSIONS_OPENED,
	STAT_SESSIONS_CLOSED,
	STAT_SESSIONS_ORPHANED,
	STAT_SESSIONS_REFUSED,
	STAT_SESSIONS_IDLE,
	STAT_LATCHED,
	STAT_RELATCHED,
	STAT_PACKETS,
	STAT_BYTES,
	STAT_RTCP_PACKETS,
	STAT_RTCP_BYTES,
	STAT_NO_DESTINATION,
	STAT_WOULD_BLOCK,
	STAT_SEND_ERRORS,
	STAT_RECEIVE_ERRORS,
	STAT_ICE_CHECKS,
	STAT_ICE_REFUSED,
	STAT_REQUESTS,
	STAT_REQUEST_ERRORS,
	STAT_REFUSED_BANDWIDTH,
	STAT_REFUSED, /**< + enum latch_reason */
	STATS	     = STAT_REFUSED + LATCH_REASONS
};

int stats_alloc(struct metrics **mp);
int stats_json(json_t **jp, const struct metrics *m);

#endif
