/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file exchange.h  One request and its answer; within RAS and its security
 *
 * A family's handler looks at x->in, and makes an answer by ras_reply(), or
 * none. What it puts into the answer may lie in the answer's own memory, in
 * the request's, or in anything else that lives until the handler returns.
 */
#ifndef H323GW_RAS_EXCHANGE_H
#define H323GW_RAS_EXCHANGE_H

#include <RasMessage.h>
#include "h323gw/h225/alias.h"
#include "h323gw/ras/admitted.h"
#include "h323gw/ras/ras.h"

struct ras_waiting;
struct secret;

struct ras_exchange {
	struct ras *ras;
	const struct ras_source *src;
	const uint8_t *p; /**< the request as it came */
	size_t len;
	struct per_msg *msg;
	const RasMessage_t *in;
	struct per_msg *answer; /**< NULL: none so far */
	RasMessage_t *out;	/**< its value */
	struct endpoint *ep;	/**< who asks; NULL: nobody we know */
	struct addr to;		/**< where the answer goes */
	enum ras_result result; /**< when there is no answer */
	bool quiet;		/**< no answer, whatever was made */
	/* what security found */
	const struct secret *proof; /**< that proved it; NULL: none */
	bool sign;		/**< so is the answer to be */
};

struct ras {
	struct ras_conf conf;
	struct ras_handlers h;
	void *arg;
	const struct per_type *type; /* RasMessage */
	struct admitted_table *calls;
	struct ras_waiting *waiting; /* all */
	unsigned waitingc;
	uint64_t ids;			 /* endpoints named so far */
	uint8_t gk_bmp[2 * REACH_ENDPOINT_LEN]; /* identifier */
	size_t gk_bmp_len;
	char gk_id[REACH_ENDPOINT_LEN];
	struct alias aliases[ALIASES_MAX]; /* of the request at hand */
	struct alias prefixes[ALIASES_MAX];
};

typedef int(ras_family_h)(struct ras_exchange *x);

/* ---- reply.c: parts of answers ---- */

/* makes the answer; its value (the message's, not RasMessage). NULL: no
 * memory. An earlier answer is dropped. */
void *ras_reply(struct ras_exchange *x, RasMessage_PR type);
/* of the answer's memory; a BOOLEAN that is an addition, a number likewise */
BOOLEAN_t *ras_bool(struct ras_exchange *x, bool value);
unsigned long *ras_number(struct ras_exchange *x, unsigned long value);
NULL_t *ras_null(struct ras_exchange *x);
GatekeeperIdentifier_t *ras_gk_id(struct ras_exchange *x);
int ras_protocol(struct ras_exchange *x, ProtocolIdentifier_t *oid);
/* appends an address to a SEQUENCE OF TransportAddress's list */
int ras_addr_append(struct ras_exchange *x, void *list, const struct addr *a);
int ras_alias_append(struct ras_exchange *x, void *list,
		     const struct alias *a);
/* our RAS address, call signalling address, as the one who asks knows them */
struct addr ras_own(const struct ras *r, const struct ras_source *src);
struct addr ras_own_signalling(const struct ras *r,
			       const struct ras_source *src);

/* ---- who asks ---- */

/* the endpoint with that identifier, if the message comes from its place */
struct endpoint *ras_claimed(const struct ras_exchange *x,
			     const EndpointIdentifier_t *id);
/* the same place: agent and IP, whatever the port */
bool ras_same_place(const struct endpoint *ep, const struct ras_source *src);
/* is it this gatekeeper that is meant? An absent identifier means any */
bool ras_meant(const struct ras *r, const GatekeeperIdentifier_t *id);
/* Is the request authentic? If not, *refuse says whether to answer so */
bool ras_authentic(struct ras_exchange *x, const struct endpoint *ep);

/* callIdentifier, or conferenceID where there is none (version 1) */
void ras_call_id(uint8_t call_id[GUID_LEN], const struct CallIdentifier *ci,
		 const ConferenceIdentifier_t *conference);
/* bandwidth an endpoint may have for a call, 100 bit/s. a may be NULL: a new
 * call. false: none is left */
bool ras_grant(const struct ras *r, uint32_t *granted,
	       const struct endpoint *ep, const struct admitted *a,
	       unsigned side, uint32_t wanted);
/* an endpoint is that side of a call, with so much bandwidth */
void ras_side_set(struct ras *r, struct endpoint *ep, struct admitted *a,
		  unsigned side, uint32_t bandwidth);
/* ends what is known of a call */
void ras_forget(struct ras *r, struct admitted *a);

/* ---- families ---- */

ras_family_h ras_gatekeeper_request;
ras_family_h ras_registration_request;
ras_family_h ras_unregistration_request;
ras_family_h ras_admission_request;
ras_family_h ras_bandwidth_request;
ras_family_h ras_disengage_request;
ras_family_h ras_location_request;
ras_family_h ras_info_response;
ras_family_h ras_resources;
ras_family_h ras_service_control;
ras_family_h ras_unknown;

/* ---- waiting.c: answers that take longer ---- */

enum ras_waiting_kind {
	RAS_WAITING_ADMISSION,
	RAS_WAITING_LOCATION,
};

struct ras_waiting {
	struct ras_waiting *next, **prevp;
	struct ras *ras;
	enum ras_waiting_kind kind;
	struct ras_source src;
	struct addr to;
	long seq;
	char endpoint[REACH_ENDPOINT_LEN];
	uint8_t call_id[GUID_LEN], conference_id[GUID_LEN];
	uint32_t bandwidth; /* wanted, 100 bit/s */
	struct ras_exchange *now; /* until routeh returns */
	bool done;
};

int ras_waiting_alloc(struct ras_waiting **wp, struct ras_exchange *x,
		      enum ras_waiting_kind kind, long seq);
/* asks where to; the answer is made now, or a RIP and later */
int ras_waiting_route(struct ras_waiting *w, struct ras_exchange *x,
		      const struct route_query *q);
void ras_waiting_flush(struct ras *r);
/* the answer of each kind */
int ras_admission_answer(struct ras_exchange *x, const struct ras_waiting *w,
			 const struct route *r);
int ras_location_answer(struct ras_exchange *x, const struct ras_waiting *w,
			const struct route *r);

/* encodes the answer, if there is one */
void ras_finish(struct ras_exchange *x, struct ras_answer *ans);

#endif
