/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file gk/stats.h  What the gatekeeper counts
 */
#ifndef H323GW_GK_STATS_H
#define H323GW_GK_STATS_H

#include "metrics/metrics.h"

enum gk_stat {
	STAT_RECEIVED,
	STAT_SENT,
	STAT_MALFORMED,
	STAT_UNKNOWN,
	STAT_REPEATED,
	STAT_FLOOD,
	STAT_HELD_DROPPED,
	STAT_LATER,
	STAT_RESPONSES,
	STAT_RRQ,
	STAT_RRJ,
	STAT_ARQ,
	STAT_ARJ,
	STAT_LRQ,
	STAT_LRJ,
	STAT_REGISTERED,
	STAT_UNREGISTERED,
	STAT_EXPIRED,
	STAT_ENDPOINTS,
	STAT_CALLS,
	STAT_STORE_WRITTEN,
	STAT_STORE_FAILURES,
	STAT_STORE_DROPPED,
	GK_STATS
};

extern const struct metric gk_stat_table[GK_STATS];

#endif
