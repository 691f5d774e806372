/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file gk/upstream.h  The gatekeeper above us, if there is one; within gk
 */
#ifndef H323GW_GK_UPSTREAM_H
#define H323GW_GK_UPSTREAM_H

#include <jansson.h>
#include "h323gw/gk/route.h"

struct endpoint;
struct gk;

int gk_upstream_alloc(struct gk *gk);
/* silently: it finds us again, or forgets us */
void gk_upstream_free(struct gk *gk);
void gk_upstream_reload(struct gk *gk);
/* everybody who is registered here, there */
void gk_upstream_start(struct gk *gk);
/* an endpoint is new, or has changed; is gone */
void gk_upstream_enter(struct gk *gk, const struct endpoint *ep);
void gk_upstream_leave(struct gk *gk, const struct endpoint *ep);

/* counters of what there is */
void gk_upstream_count(const struct gk *gk);

/* ---- calls: climb.c, climbs.c ---- */

/* does this one go there although somebody here might have it? */
bool gk_upstream_first(const struct gk *gk, const struct route_query *q);
/* Asks neighbours, then there. ENOENT: the caller is not registered there */
int gk_upstream_ask(struct gk *gk, const struct route_query *q,
		    const struct route *none, gk_route_h *h, void *arg);
/* a call that came from there: may it be, and whose is it? */
void gk_upstream_answer(struct gk *gk, const struct route_query *q,
			gk_route_h *h, void *arg);
void gk_upstream_cancel(struct gk *gk, const void *arg);
/* BRQ of an endpoint was granted here */
void gk_upstream_bandwidth(struct gk *gk, const uint8_t call_id[GUID_LEN],
			   const char *id, uint32_t bandwidth);
/* what was granted there, if less than was asked for; 0: all */
uint32_t gk_upstream_limit(const struct gk *gk,
			   const uint8_t call_id[GUID_LEN]);

#endif
