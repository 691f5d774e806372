/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file climb.h  Calls at the gatekeeper above; within the room
 */
#ifndef H323GW_GK_CLIMB_H
#define H323GW_GK_CLIMB_H

#include "uplink.h"

/** A call there; or one that is to be */
struct climb {
	struct le le, he_arg, he_call;
	struct gk *gk;
	gk_route_h *h; /* NULL: it has been told */
	void *arg;     /* the call it is for; NULL: its Setup is to come */
	bool setup;    /* there is a call */
	bool inbound;
	bool neighbours; /* they are being asked */
	uint8_t call_id[GUID_LEN], conference_id[GUID_LEN];
	char endpoint[REACH_ENDPOINT_LEN]; /* of ours */
	struct alias asked;		   /* the first called, as it stood */
	struct alias called[CLIMB_ALIASES];
	size_t calledc;
	bool rewritten;
	struct addr dest; /* unset: none */
	struct alias source;
	struct addr from; /* inbound: who connected */
	uint32_t bandwidth, limit;
	struct route route; /* the answer, and until then if there is none */
	struct upstream_call *call[2]; /* the second: the other end is ours */
	struct tmr tmr;
};

/* climbs.c */
/* of a query; what becomes of it h is told, for arg. ENFILE: too many */
int climb_alloc(struct climb **clp, struct gk *gk,
		const struct route_query *q, gk_route_h *h, void *arg);
/* whom it is for from now on */
void climb_owner_set(struct climb *cl, gk_route_h *h, void *arg, bool setup);
/* the first that fits of those for arg, of those of a call; NULL: none */
struct climb *climb_by_arg(const struct gk *gk, const void *arg,
			   list_apply_h *fits, void *fits_arg);
struct climb *climb_by_call(const struct gk *gk,
			    const uint8_t call_id[GUID_LEN],
			    list_apply_h *fits, void *fits_arg);

#endif
