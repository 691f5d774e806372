/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file neighbour.h  Other gatekeepers, asked for whom nobody here knows
 */
#ifndef H323GW_GK_NEIGHBOUR_H
#define H323GW_GK_NEIGHBOUR_H

#include "h323gw/gk/route.h"

struct asking;

enum {
	NEIGHBOUR_HOPS	   = 6,	   /* gatekeepers an LRQ of ours may pass */
	NEIGHBOUR_HOPS_MAX = 255,  /* H.225.0: of hopCount */
	NEIGHBOUR_ASKINGS  = 1024, /* at a time */
	NEIGHBOUR_ALIASES  = 4,	   /* of a call that are asked for */
	NEIGHBOUR_LOCATED  = 4096, /* answers remembered, from ARQ or LRQ */
	NEIGHBOUR_LOCATED_S = 60,  /* until Setup */
};

int gk_neighbour_alloc(struct gk *gk);
/* Asks those whose prefixes fit. none: what h is told when nobody knows. 0: h
 * comes later, or has come where the call was asked for before; ENOENT: there
 * is nobody to ask; ELOOP: it is being asked for that call already; errno */
int gk_neighbour_ask(struct gk *gk, const struct route_query *q,
		     const struct route *none, gk_route_h *h, void *arg);
void gk_neighbour_cancel(struct gk *gk, const void *arg);
void gk_neighbour_flush(struct gk *gk);
/* the name of the one at this IP address; NULL: it is none */
const char *gk_neighbour_at(const struct gk *gk, const struct addr *ip);

#endif
