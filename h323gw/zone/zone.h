/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file zone.h  The zone: all endpoints registered here
 *
 * Finds them by identifier, alias, call signalling address and prefix, and
 * those whose time is over. Knows no messages, no sockets, no clock: times are
 * the caller's, in milliseconds. Every operation is O(1) or O(log n).
 */
#ifndef H323GW_ZONE_ZONE_H
#define H323GW_ZONE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"
#include "h323gw/h225/alias.h"
#include "h323gw/zone/endpoint.h"
#include "h323gw/zone/index.h"

enum {
	ENDPOINT_ALIASES_MAX  = 64, /* of one, and as many prefixes */
	ENDPOINT_PREFIX_MAX   = 32, /* octets of one */
	ENDPOINT_VENDOR_MAX   = 95, /* octets of product and version */
};

enum endpoint_type {
	ENDPOINT_TERMINAL,
	ENDPOINT_GATEWAY,
	ENDPOINT_MCU,
	ENDPOINT_OTHER, /**< undefinedNode, set */
};

struct endpoint;

/** An alias, or a prefix of a gateway */
struct zone_alias {
	struct index_node node;
	struct zone_alias *next; /**< of its endpoint */
	struct endpoint *ep;
	uint8_t type; /**< enum alias_type */
	uint8_t ton;
	bool marked;  /**< named in the registration that is being put */
	uint32_t slot; /**< its number among all its endpoint ever had */
	char text[];
};

/** Where messages of an endpoint come from, and what it says of itself.
 *  Identity: agent, signalling and seen. */
struct endpoint_address {
	char agent[REACH_AGENT_LEN]; /**< "": none */
	struct addr ras;	/**< where its messages come from on the way to
				     us: answers and requests go there */
	struct addr seen;	/**< it, in the agent's network if agent */
	struct addr signalling; /**< callSignalAddress it claims */
	struct addr local;	/**< the agent's address for it; unset: ours */
	struct addr local_ras;	/**< likewise for RAS */
	bool nat;		/**< struct reach */
};

/** A registration. Read it, change it through zone_…() */
struct endpoint {
	struct index_node by_id, by_address;
	struct zone *zone;
	char id[24];
	enum endpoint_type type;
	struct endpoint_address at;
	struct zone_alias *aliases, *prefixes; /**< in the order registered */
	uint16_t aliasc, prefixc;
	uint32_t slots;		/**< the next alias's */
	char *vendor;		/**< "PolyCom HDX 3.1"; NULL: not known */
	unsigned version;	/**< of H.225.0 */
	int64_t first_seen, last_seen, expires; /**< ms since 1970 */
	uint32_t ttl;		/**< s */
	int64_t due;		/**< where it stands in the order of expiry */
	size_t heap;		/**< there */
	uint32_t bandwidth;	/**< of its calls, 100 bit/s */
	uint32_t calls;
	bool busy;		/**< almostOutOfResources */
	unsigned asked;		/**< so often by IRQ whether it is there */
	int64_t stored;		/**< expiry that the store has; 0: nothing */
	void *place;		/**< the gatekeeper's */
	bool nameless;		/**< in the store it stands without alias */
};

struct zone_conf {
	uint32_t endpoints_max; /**< 0: 100,000 */
	uint64_t seed[2];	/**< of the hash: random */
};

/** An endpoint is gone, or about to be: still whole, but in no index */
typedef void(zone_gone_h)(struct endpoint *ep, void *arg);

struct zone;

int zone_alloc(struct zone **zp, const struct zone_conf *conf);
void zone_free(struct zone *z);
size_t zone_count(const struct zone *z);

/* A new endpoint. EEXIST: there is one with that identifier or identity;
 * ENFILE: endpoints_max. */
int zone_add(struct endpoint **epp, struct zone *z, const char *id,
	     const struct endpoint_address *at, int64_t due);
void zone_remove(struct endpoint *ep);
/* a new address. EEXIST: another's identity (nothing has changed) */
int zone_move(struct endpoint *ep, const struct endpoint_address *at);
/* heard again: its place in the order of expiry */
void zone_due(struct endpoint *ep, int64_t due);
int zone_vendor(struct endpoint *ep, const char *vendor);

/* EEXIST: another endpoint's; EALREADY: it has it; ENOBUFS: it has
 * ENDPOINT_ALIASES_MAX; ENOMEM. Aliases it has are marked. */
int zone_alias_add(struct endpoint *ep, const struct alias *a);
bool zone_alias_remove(struct endpoint *ep, const struct alias *a);
int zone_prefix_add(struct endpoint *ep, const struct alias *a);
bool zone_prefix_remove(struct endpoint *ep, const struct alias *a);
/* A whole list anew: unmark, add each, then drop those not marked; returns
 * how many were dropped */
void zone_unmark(struct endpoint *ep);
unsigned zone_drop_unmarked(struct endpoint *ep);

struct endpoint *zone_by_id(const struct zone *z, const char *id);
struct endpoint *zone_by_alias(const struct zone *z, const struct alias *a);
/* by its identity */
struct endpoint *zone_by_address(const struct zone *z, const char *agent,
				 const struct addr *signalling,
				 const struct addr *seen);
/* the gateway with the longest prefix of the number; of several those that are
 * not busy, in turn. NULL: none */
struct endpoint *zone_by_prefix(struct zone *z, const struct alias *number);

/* The one whose time is over first, if that is at or before now; it stays
 * until zone_due() or zone_remove() */
struct endpoint *zone_overdue(const struct zone *z, int64_t now);
/* when the next one is due; INT64_MAX: never */
int64_t zone_next_due(const struct zone *z);

/* all, in no order; removing the one at hand is allowed */
typedef int(zone_each_h)(struct endpoint *ep, void *arg);
int zone_each(struct zone *z, zone_each_h *h, void *arg);

void endpoint_reach(struct reach *r, const struct endpoint *ep);
const char *endpoint_type_name(enum endpoint_type type);
enum endpoint_type endpoint_type_find(const char *name);

#endif
