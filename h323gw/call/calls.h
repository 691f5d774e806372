/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file calls.h  All calls: signalling connections, calls on them, their end
 *
 * What the rest of h323gw sees of calls. Asks gk where they go, link for
 * descriptors, media for streams; tells the host of each call what is to be
 * written down. All on libre's loop.
 */
#ifndef H323GW_CALL_CALLS_H
#define H323GW_CALL_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include "addr/addr.h"
#include "store/store.h"

struct calls;
struct gk;
struct link;
struct link_channel;
struct media_conf;
struct metrics;
struct per;

enum {
	CALLS_LISTEN_MAX = 4,	/**< addresses listened at */
	CALLS_ID_LEN	 = 37,	/**< of a call: a GUID in text, with NUL */
};

/** What is written down of calls; any may be NULL. All is borrowed */
struct calls_store {
	void (*callh)(const struct store_call *c, void *arg);
	void (*flowh)(const struct store_flow *f, void *arg);
	/* a call's state, to go on after a restart; s->state NULL: no more */
	void (*sessionh)(const struct store_session *s, void *arg);
	void *arg;
};

struct calls_conf {
	struct addr listenv[CALLS_LISTEN_MAX]; /**< [call] port at [gatekeeper]
						    address; an any-address
						    listens at all */
	size_t listenc;
	uint16_t h245_min, h245_max; /**< [call] h245_ports */

	/* ms; 0: the default in brackets */
	uint32_t t303; /**< Setup without any answer [8000] */
	uint32_t t310; /**< CallProceeding without Alerting [30000] */
	uint32_t t301; /**< Alerting without Connect [180000] */
	uint32_t connect_timeout; /**< TCP, channels through agents [6000] */
	uint32_t first_timeout;	  /**< a connection without a message [15000] */
	uint32_t keepalive;	  /**< empty TPKT, TCP keepalive [30000] */

	/* 0: the default in brackets */
	unsigned calls_max;	   /**< [20000] */
	unsigned conns_max;	   /**< connections accepted [20000] */
	unsigned conns_source_max; /**< of them from one source [500]; agents
					count as sources of their own */
	uint32_t setup_rate; /**< Setups a second of one source that nobody
				  knows; 0: any */
	uint32_t setup_burst;
	bool tunnel; /**< offer H.245 tunnelling to the called party, too, where
			  the caller does not */

	const struct media_conf *media;
	struct calls_store store;
};

/* EADDRINUSE …: can't listen. gk and link must outlive *cp. mem_deref() it:
 * connections are closed, calls' media go on (the store has their sessions) */
int calls_alloc(struct calls **cp, const struct calls_conf *conf,
		struct gk *gk, struct link *link, const struct per *per);
/* begin to listen: when gk and link are ready */
int calls_listen(struct calls *c);
/* at another address, too, which is an endpoint of another gatekeeper's, until
 * mem_deref(*dp). See route_query.via */
struct calls_door;
int calls_door_open(struct calls_door **dp, struct calls *c,
		    const struct addr *at);
/* timers, limits, media; what is listened at stays */
void calls_reload(struct calls *c, const struct calls_conf *conf);

/* the relay's link, made later, or gone (NULL): no call without */
void calls_link_set(struct calls *c, struct link *link);
/* a descriptor of an agent's, for inbound call signalling or for a connection
 * that goes on; takes fd */
void calls_accepted(struct calls *c, const struct link_channel *ch, int fd);
/* the relay says that no media came for long; id: the media session's */
void calls_idle(struct calls *c, const char *id);
/* the relay has closed it */
void calls_closed(struct calls *c, const char *id);
/* the relay is there, perhaps without the sessions it had */
void calls_relay_up(struct calls *c);
/* an agent is gone: calls of terminals behind it end */
void calls_agent_down(struct calls *c, const char *agent);

/* ---- what gk asks: struct gk_call_handlers ---- */

/* DRQ: ends the call; false: there is no such */
bool calls_disengage(struct calls *c, const uint8_t call_id[16],
		     const char *endpointIdentifier, int drq_reason);
/* URQ, expired, thrown out */
void calls_drop_endpoint(struct calls *c, const char *endpointIdentifier);
void calls_bandwidth(struct calls *c, const uint8_t call_id[16],
		     const char *endpointIdentifier, uint32_t hundred_bits);

/* ---- for operators ---- */

/* an array, one object a call; new reference, NULL: no memory */
json_t *calls_json(const struct calls *c);
/* id: as in calls_json(); ENOENT */
int calls_disconnect(struct calls *c, const char *id);
size_t calls_count(const struct calls *c);
/* counters "h323_…", borrowed */
const struct metrics *calls_metrics(struct calls *c);

/* a call of the last run, from the store: media go on, its signalling is lost;
 * it ends by DRQ, silence or an operator. EBADMSG, EEXIST */
int calls_restore(struct calls *c, const struct store_session *s);

#endif
