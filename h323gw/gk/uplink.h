/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file uplink.h  Our endpoints at another gatekeeper; within the room
 *
 * An uplink is a registration there with its sockets here. A client is an
 * endpoint of ours whose names it has.
 */
#ifndef H323GW_GK_UPLINK_H
#define H323GW_GK_UPLINK_H

#include "priv.h"
#include "h323gw/upstream/upstream.h"

enum {
	UPLINK_PACE_MS	 = 25,	  /* between those of the last run */
	UPLINK_BURST	 = 32,	  /* messages of one socket at a time */
	CLIMBS_MAX	 = 20000, /* calls */
	CLIMB_ALIASES	 = 4,	  /* of one that are asked for */
	CLIMB_SETUP_S	 = 60,	  /* from ACF to Setup */
};

struct uplink {
	struct le le, he; /* he: by port */
	struct gk *gk;
	struct upstream_reg *reg;
	struct client *client; /* mode = terminals: whose it is */
	struct addr own;
	int fd;
	void *door; /* for call signalling; gk_call_handlers.listenh */
	struct tmr tmr, free;
	bool registered;
};

struct client {
	struct le he; /* by endpoint */
	char id[REACH_ENDPOINT_LEN];
	struct upstream_owner owner;
	struct uplink *uplink;
};

struct uplinks {
	struct gk *gk;
	struct upstream *up;
	struct pending_table *pending;
	struct list all; /* struct uplink */
	struct hash *ports, *clients;
	struct uplink *one;	    /* mode = one */
	struct upstream_owner self; /* the one endpoint's own names */
	struct list climbs;
	struct hash *climbs_by_arg, *climbs_by_call;
	unsigned climbc;
	uint64_t delay; /* ms, until the next is registered */
	struct log_limit malformed, strange, refused;
};

/* uplink.c */
int uplink_alloc(struct uplink **ulp, struct gk *gk, const char *name,
		 bool additive);
int uplink_pending(struct uplinks *us);
/* when it may be gone: others may be using it just now */
void uplink_free_later(struct uplink *ul);
/* by our address; NULL: it is none */
struct uplink *uplink_at(const struct gk *gk, const struct addr *own);
/* of an endpoint; NULL: it has none */
struct uplink *uplink_of(const struct gk *gk, const char *id);
/* what the registrations ask: all but those of calls */
void uplink_handlers(struct upstream_handlers *h);

/* climbs.c */
int climbs_alloc(struct uplinks *us);
void climbs_free(struct uplinks *us);
void climb_ended(struct upstream_call *call, void *arg);
void climb_bandwidth(struct upstream_call *call, uint32_t bandwidth,
		     void *arg);
/* climb.c */
void climb_admitted(struct upstream_call *call,
		    const struct upstream_admission *a, void *arg);

#endif
