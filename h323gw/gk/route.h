/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file route.h  What calls ask the gatekeeper, and it asks of them
 *
 * The gatekeeper knows endpoints, numbers, neighbours and bandwidth; calls know
 * connections and media. Neither includes more of the other than this.
 */
#ifndef H323GW_GK_ROUTE_H
#define H323GW_GK_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "h323gw/security/signalling.h"
#include "h323gw/zone/route.h"

struct gk;

/* Where a call goes. The handler may run before this returns (own zone) or
 * later (neighbours, upstream); once, except after gk_route_cancel(). 0, or
 * errno: the handler never runs. */
int gk_route(struct gk *gk, const struct route_query *q, gk_route_h *h,
	     void *arg);
/* The handler with this arg is no more to be called; if it was asked for a
 * call, that is over: the gatekeeper that admitted it hears of that */
void gk_route_cancel(struct gk *gk, const void *arg);

/* Who a signalling connection belongs to, from what its first message says.
 * agent "": none; from: address of the connection (behind an agent: in its
 * network); endpointIdentifier and call_id may be NULL.
 * true: a registered endpoint, neighbour or upstream. false: nobody known; *r
 * has what is known from the connection, and gk_unregistered_calls() says
 * whether it may call. */
bool gk_caller(struct gk *gk, struct reach *r, const char *agent,
	       const struct addr *from, const char *endpointIdentifier,
	       const uint8_t *call_id);
/* how many are registered from where this one is: its IP address, its agent */
uint32_t gk_registered_at(const struct gk *gk, const struct reach *r);
bool gk_unregistered_calls(const struct gk *gk);
/* the same where it came to an address that is an endpoint of another
 * gatekeeper's: it is for that to say who may call. true: it is itself */
bool gk_upstream_caller(const struct gk *gk, struct reach *r,
			const struct addr *from, const struct addr *via);
/* our call signalling address as somebody reached thus knows it: reach.local,
 * or ours in the family of its address */
struct addr gk_signalling_address(const struct gk *gk, const struct reach *r);

/* A message of call signalling from there: is it who says so (H.235.1)? And one
 * for there: our token; true: once it is encoded, what is sent of it, from
 * H323-UserInformation on, is to be sealed, before another one is signed */
bool gk_signal_proved(struct gk *gk, const struct reach *r,
		      const struct security_message *m);
bool gk_signal_sign(struct gk *gk, const struct reach *r, struct per_msg *msg,
		    void **cryptoTokens);
void gk_signal_seal(struct gk *gk, uint8_t *p, size_t len);


/* EBUSY: a limit of calls or bandwidth is reached, the call is to be refused
 * (adminReject/Q.850 47); EALREADY: it is known. For each that began:
 * gk_call_ended(), which forgets it. */
int gk_call_started(struct gk *gk, const struct gk_call *c);
void gk_call_ended(struct gk *gk, const uint8_t call_id[GUID_LEN]);
/* DRQ to both endpoints: their signalling is lost, or an operator ends it.
 * Before gk_call_ended() */
void gk_disengage(struct gk *gk, const uint8_t call_id[GUID_LEN]);
/* bit rate the call may use, 100 bit/s, for the limits of its legs; 0: any */
uint32_t gk_call_bandwidth(const struct gk *gk,
			   const uint8_t call_id[GUID_LEN]);


/** What the gatekeeper asks of calls. Set once, before anything is received;
 *  calls.c has a function for each of these. */
struct gk_call_handlers {
	/* DRQ of an endpoint (NULL: of a gatekeeper): end the call; false: it
	 * has no such call */
	bool (*disengageh)(const uint8_t call_id[GUID_LEN],
			   const char *endpointIdentifier, int reason,
			   void *arg);
	/* an endpoint is gone: unregistered, expired, thrown out */
	void (*goneh)(const char *endpointIdentifier, void *arg);
	/* BRQ: the call's bandwidth is another now, 100 bit/s; NULL: whoever's
	 * it is */
	void (*bandwidthh)(const uint8_t call_id[GUID_LEN],
			   const char *endpointIdentifier, uint32_t bandwidth,
			   void *arg);
	/* take calls at another address, too, until mem_deref(*doorp): that is
	 * their route_query.via */
	int (*listenh)(void **doorp, const struct addr *at, void *arg);
};

void gk_calls_set(struct gk *gk, const struct gk_call_handlers *h, void *arg);

#endif
