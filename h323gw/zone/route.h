/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file route.h  What is asked about where a call goes, and the answer
 *
 * Calls ask it of the gatekeeper (h323gw/gk/route.h), and so does RAS.
 */
#ifndef H323GW_ZONE_ROUTE_H
#define H323GW_ZONE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "h323gw/h225/alias.h"
#include "h323gw/h225/id.h"
#include "h323gw/zone/endpoint.h"

/** A call that is to be sent somewhere. All is borrowed for the call. */
struct route_query {
	uint8_t call_id[GUID_LEN];
	bool has_call_id;
	const struct alias *called; /**< Setup's destinationAddress, or the
					 Called Party Number as
					 dialledDigits */
	size_t calledc;
	const struct addr *dest; /**< Setup's destCallSignalAddress where it
				      is none of ours; NULL: none */
	const struct reach *caller; /**< as gk_caller() found it */
	uint32_t bandwidth;	    /**< 100 bit/s; 0: not known */
	uint8_t conference_id[GUID_LEN];
	const struct alias *source; /**< Setup's sourceAddress; NULL: none */
	const struct addr *via; /**< address of ours it came to, where it is
				     another gatekeeper's endpoint; NULL */
	bool setup; /**< there is a call: its end is told by
			 gk_route_cancel() */
	bool located; /**< no call: a gatekeeper asks (LRQ) */
	unsigned hops; /**< LRQ: gatekeepers it may still go through */
};

struct route {
	int reason; /**< 0: found; else ReleaseCompleteReason_PR_… to give */
	int cause;  /**< Q.850 */
	struct reach to;
	struct alias called; /**< to be put in place of the called number; type
				  ALIAS_NONE: leave what stands there */
	bool rewritten;	     /**< called is to be put */
};

typedef void(gk_route_h)(const struct route *r, void *arg);


/** A call as the gatekeeper counts it */
struct gk_call {
	uint8_t call_id[GUID_LEN];
	uint8_t conference_id[GUID_LEN];
	char endpoint[2][REACH_ENDPOINT_LEN]; /**< caller's, called's; "" */
};

#endif
