/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ras.h  RAS (H.225.0 §7.8 ff.): a message in, what is to be done out
 *
 * Knows the zone and what calls are admitted; no sockets, no clock, no store:
 * what it wants of these it asks by handlers. Answers are never longer than
 * RAS_MESSAGE_MAX, and go to whoever sent the request, so that nobody can be
 * made to send something to others.
 */
#ifndef H323GW_RAS_RAS_H
#define H323GW_RAS_RAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"
#include "h323gw/per/per.h"
#include "h323gw/zone/route.h"
#include "h323gw/zone/zone.h"

enum {
	RAS_MESSAGE_MAX	  = 4096, /* octets of one we send */
	RAS_WAITING_MAX	  = 1024, /* requests whose answer takes longer */
	RAS_ADMITTED_MAX  = 100000, /* calls */
	RAS_ADMISSION_S	  = 60, /* from ACF to Setup */
	RAS_TTL_MIN	  = 10, /* s */
	RAS_RIP_MS	  = 5000, /* delay told in RIP */
};

/** Whence a message came, and how it is reached there */
struct ras_source {
	struct addr from;	/**< on the way to us; answers go there */
	bool multicast;		/**< it was sent to all gatekeepers */
	char agent[REACH_AGENT_LEN]; /**< "": none */
	struct addr seen;	/**< from, in the agent's network if agent */
	struct addr local_ras;	/**< agent's RAS address it speaks to */
	struct addr local;	/**< agent's call signalling address */
	uint64_t tag;		/**< the host's own */
};

/** Own addresses: IPv4, IPv6; unset: none */
struct ras_addresses {
	struct addr ras[2];
	struct addr signalling[2];
};

struct ras_conf {
	const struct per *per;
	struct zone *zone;
	const char *identifier; /**< gatekeeperIdentifier; borrowed */
	struct ras_addresses own;
	uint32_t ttl;	  /**< s, at most */
	uint32_t ttl_nat; /**< s, at most for those behind a NAT; 0: ttl */
	unsigned aliases_max; /**< of one endpoint; 0: ENDPOINT_ALIASES_MAX */
	bool replace; /**< an alias in use goes to who registers it last */
	uint32_t bandwidth_call, bandwidth_endpoint,
		bandwidth_zone; /**< 100 bit/s; 0: no limit */
	uint32_t calls_endpoint; /**< at a time; 0: no limit */
	uint32_t irr_interval;	 /**< s, told in ACF; 0: none */
	uint64_t seed[2];
};

/** What somebody wants, for policy */
enum ras_wish {
	RAS_DISCOVER,
	RAS_REGISTER,
	RAS_ENTER, /**< register a new endpoint: is there room for it? */
	RAS_CALL,
	RAS_LOCATE,
};

struct ras;
struct ras_exchange;

/** A request that the gatekeeper sent has its answer */
struct ras_response {
	int type; /**< RasMessage_PR_… */
	uint16_t seq;
	const struct ras_source *src;
	const void *message; /**< RasMessage_t */
};

struct ras_handlers {
	/* ms since 1970 */
	int64_t (*nowh)(void *arg);
	bool (*allowh)(enum ras_wish wish, const struct ras_source *src,
		       void *arg);
	/* Is the request authentic? 0; EACCES: it is refused; EPERM likewise,
	 * without an answer. ep: whose it claims to be, NULL: nobody's. May be
	 * NULL. Runs before anything is acted upon. */
	int (*checkh)(struct ras_exchange *x, const struct endpoint *ep,
		      void *arg);
	/* an answer is to be signed, before it is encoded. May be NULL */
	int (*signh)(struct ras_exchange *x, const struct endpoint *ep,
		     void *arg);
	/* the octets of the answer that signh saw last. May be NULL */
	void (*sealh)(uint8_t *p, size_t len, void *arg);
	/* an endpoint is new, has changed (whole), or was heard again */
	void (*registeredh)(struct endpoint *ep, bool whole, void *arg);
	/* the aliases and prefixes of it that are not marked are about to go */
	void (*droppedh)(struct endpoint *ep, void *arg);
	/* it is about to go, with all it has. why: "unregistered", "expired",
	 * "replaced", "operator" */
	void (*unregisteredh)(struct endpoint *ep, const char *why, void *arg);
	/* as gk_route() and gk_route_cancel() */
	int (*routeh)(const struct route_query *q, gk_route_h *h, void *harg,
		      void *arg);
	void (*route_cancelh)(const void *harg, void *arg);
	/* an answer that took longer: octets as they are to go out, and who
	 * had asked */
	void (*sendh)(const struct ras_source *src, const struct addr *to,
		      const uint8_t *p, size_t len, void *arg);
	/* see struct gk_call_handlers */
	bool (*disengageh)(const uint8_t call_id[GUID_LEN], const char *id,
			   int reason, void *arg);
	void (*bandwidthh)(const uint8_t call_id[GUID_LEN], const char *id,
			   uint32_t bandwidth, void *arg);
	void (*goneh)(const char *id, void *arg);
	/* an answer to a request of ours */
	void (*responseh)(const struct ras_response *r, void *arg);
};

/** What became of a message */
enum ras_result {
	RAS_ANSWERED,
	RAS_SILENT,	/**< nothing is to be said to it */
	RAS_LATER,	/**< the answer comes by sendh; p holds a RIP */
	RAS_RESPONSE,	/**< it was an answer itself */
	RAS_MALFORMED,	/**< it can't be read; maybe answered by XRS */
};

struct ras_answer {
	enum ras_result result;
	int request, reply;    /**< RasMessage_PR_…; 0: none */
	struct addr to;
	size_t len;	       /**< 0: none */
	uint8_t p[RAS_MESSAGE_MAX];
};

int ras_alloc(struct ras **rp, const struct ras_conf *conf,
	      const struct ras_handlers *h, void *arg);
void ras_free(struct ras *r);
/* configuration that may change while it runs: all but per, zone, seed */
int ras_conf_set(struct ras *r, const struct ras_conf *conf);

/* Answers a message. */
void ras_request(struct ras *r, struct ras_answer *ans,
		 const struct ras_source *src, const uint8_t *p, size_t len);
/* the requestSeqNum of a message, and its type; false: it can't be told */
const char *ras_message_name(int type);


/* ---- requests of ours ---- */

/* octets of IRQ, URQ, DRQ into ans (to: the endpoint's). reason: an …_PR_ */
int ras_irq(struct ras *r, struct ras_answer *ans, const struct endpoint *ep,
	    uint16_t seq);
/* LRQ to another gatekeeper */
struct ras_location_query {
	const struct alias *called;
	size_t calledc;
	const uint8_t *call_id; /**< NULL: none */
	unsigned hops;		/**< 1 to 255 */
};
int ras_lrq(struct ras *r, struct ras_answer *ans, const struct addr *to,
	    uint16_t seq, const struct ras_location_query *q);
/* LCF: where the call is to go, and under which name (ALIAS_NONE: the one that
 * was asked for). false: it is none */
bool ras_located(struct addr *signalling, struct alias *called,
		 const struct ras_response *resp);
int ras_urq(struct ras *r, struct ras_answer *ans, const struct endpoint *ep,
	    uint16_t seq, int reason);
int ras_drq(struct ras *r, struct ras_answer *ans, const struct endpoint *ep,
	    uint16_t seq, const uint8_t call_id[GUID_LEN]);


/* ---- endpoints ---- */

/* an endpoint leaves: by timeout, an operator */
void ras_unregister(struct ras *r, struct endpoint *ep, const char *why);


/* ---- calls ---- */

/* see gk_call_started() and the like */
int ras_call_started(struct ras *r, const struct gk_call *c);
void ras_call_ended(struct ras *r, const uint8_t call_id[GUID_LEN]);
uint32_t ras_call_bandwidth(const struct ras *r,
			    const uint8_t call_id[GUID_LEN]);
/* the endpoint that asked for admission of that call; NULL: none */
struct endpoint *ras_call_caller(const struct ras *r,
				 const uint8_t call_id[GUID_LEN]);
/* an endpoint of a call: side 0 or 1; NULL: none, or gone */
struct endpoint *ras_call_endpoint(const struct ras *r,
				   const uint8_t call_id[GUID_LEN],
				   unsigned side);
/* forget admissions that no call followed; call it once in a while */
void ras_call_expire(struct ras *r, int64_t now);
size_t ras_call_count(const struct ras *r);

#endif
