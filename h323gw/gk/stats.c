/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file gk/stats.c  What the gatekeeper counts
 */
#include "stats.h"

const struct metric gk_stat_table[GK_STATS] = {
	[STAT_RECEIVED]	 = {"h323_ras_received", "RAS messages received"},
	[STAT_SENT]	 = {"h323_ras_sent", "RAS messages sent"},
	[STAT_MALFORMED] = {"h323_ras_malformed",
			    "RAS messages that could not be read"},
	[STAT_UNKNOWN]	 = {"h323_ras_unknown",
			    "RAS messages not understood (answered by XRS)"},
	[STAT_REPEATED]	 = {"h323_ras_repeated",
			    "RAS messages sent again, answered from memory"},
	[STAT_FLOOD]	 = {"h323_ras_flood",
			    "RAS messages beyond the rate of their source"},
	[STAT_HELD_DROPPED] = {"h323_ras_held_dropped",
			       "RAS messages of agents' terminals that the "
			       "relay did not tell of in time"},
	[STAT_RESTS] = {"h323_ras_rests",
			"times RAS waited for the store to keep up"},
	[STAT_LATER]	 = {"h323_ras_in_progress",
			    "RAS messages answered by RIP first"},
	[STAT_RESPONSES] = {"h323_ras_responses",
			    "RAS messages that answer ours"},
	[STAT_RRQ]	 = {"h323_rrq", "registration requests"},
	[STAT_RRJ]	 = {"h323_rrj", "registrations refused"},
	[STAT_ARQ]	 = {"h323_arq", "admission requests"},
	[STAT_ARJ]	 = {"h323_arj", "admissions refused"},
	[STAT_LRQ]	 = {"h323_lrq", "location requests"},
	[STAT_LRJ]	 = {"h323_lrj", "locations refused"},
	[STAT_REGISTERED] = {"h323_registered", "endpoints that came"},
	[STAT_UNREGISTERED] = {"h323_unregistered", "endpoints that left"},
	[STAT_EXPIRED]	 = {"h323_expired",
			    "endpoints whose time to live was over"},
	[STAT_ENDPOINTS] = {"h323_endpoints", "endpoints registered"},
	[STAT_CALLS]	 = {"h323_admitted", "calls admitted or going on"},
	[STAT_STORE_WRITTEN] = {"h323_store_written",
				"entries written to the store"},
	[STAT_STORE_FAILURES] = {"h323_store_failures",
				 "batches the store did not take"},
	[STAT_STORE_DROPPED] = {"h323_store_dropped",
				"entries that were never written"},
	[STAT_STORE_QUEUED] = {"h323_store_queued",
			       "entries that are to be written"},
	[STAT_STORE_SLOWEST] = {"h323_store_slowest_ms",
				"longest an entry has waited for it, ms"},
};
