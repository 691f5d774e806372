/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file upstream/priv.h  What the files of the room share
 */
#ifndef H323GW_UPSTREAM_PRIV_H
#define H323GW_UPSTREAM_PRIV_H

#include <RasMessage.h>
#include "h323gw/per/per.h"
#include "h323gw/upstream/upstream.h"

struct upstream {
	struct upstream_conf conf;
	struct upstream_handlers h;
	void *arg;
	const struct per_type *type; /* RasMessage */
	uint8_t buf[RAS_MESSAGE_MAX];
};

enum {
	UPSTREAM_TRIES_MAX = 16, /* that are counted */
};

/** What is asked */
enum asking {
	ASK_NONE,
	ASK_GRQ,
	ASK_RRQ,  /* full */
	ASK_KEEP, /* lightweight */
	ASK_ADD,  /* additive */
	ASK_DROP, /* URQ with names */
	ASK_URQ,
};

enum name_state {
	NAME_NEW,     /* to be told */
	NAME_ASKED,   /* in the request under way */
	NAME_TOLD,
	NAME_REFUSED, /* until the next full registration */
	NAME_LEAVING, /* to be taken back; nobody's */
	NAME_LEFT,    /* in the URQ under way */
};

struct name {
	struct le le, le_owner, le_todo, he;
	struct upstream_reg *reg;
	enum name_state state;
	bool prefix;
	bool old; /* not put yet, in the list that is being made */
	uint8_t type, ton;
	char text[];
};

struct upstream_reg {
	struct upstream *up;
	void *arg;
	struct addr own;
	struct addr gatekeeper; /* that is spoken to */
	struct addr alternates[UPSTREAM_ALTERNATES];
	unsigned alternatec, alternate; /* the next to be tried */
	bool additive;
	enum endpoint_type type;
	enum upstream_state state;
	enum asking asking;
	struct upstream_ask ask;
	bool discovered, leaving, stale; /* stale: to be told in full again */
	bool alone; /* one name in a message: to find who is refused */
	unsigned tries;
	int reason;
	uint32_t ttl;
	int64_t since, heard;
	char id[REACH_ENDPOINT_LEN], gatekeeper_id[REACH_ENDPOINT_LEN];
	struct list names, todo, batch; /* batch: in the request under way */
	struct hash *by_text;
	size_t namec, toldc;
	struct list calls;
};

struct upstream_call {
	struct le le;
	struct upstream_reg *reg;
	void *arg;
	struct upstream_ask ask;
	uint8_t call_id[GUID_LEN], conference_id[GUID_LEN];
	uint16_t ref;
	bool answer, admitted, over;
	uint32_t bandwidth;
};

/* ---- message.c: one that is being made ---- */

struct making {
	struct upstream_reg *reg;
	struct per_msg *msg;
	RasMessage_t *ras;
	uint16_t seq;
	int err;
};

/* its value (the message's, not RasMessage); NULL: m->err */
void *making_begin(struct making *m, struct upstream_reg *reg,
		   RasMessage_PR type);
/* the same of a request of ours, with a number of its own */
void *making_request(struct making *m, struct upstream_reg *reg,
		     RasMessage_PR type);
/* proved, encoded into up->buf; the message is released */
int making_end(struct making *m, size_t *lenp);
/* a request: to its gatekeeper, with ask->h for the answer */
int making_ask(struct making *m, struct upstream_ask *ask);
/* an answer */
void making_say(struct making *m, const struct addr *to);
/* parts of several; errors stick in m->err */
void *making_zalloc(struct making *m, size_t size);
void making_id(struct making *m, BMPString_t *id);
GatekeeperIdentifier_t *making_gatekeeper_id(struct making *m);
void making_own(struct making *m, TransportAddress_t *ta);
void making_own_append(struct making *m, void *list);
void making_type(struct making *m, EndpointType_t *et, bool batch);
void making_guid(struct making *m, OCTET_STRING_t *os,
		 const uint8_t guid[GUID_LEN]);
struct CallIdentifier *making_call_id(struct making *m,
				      const uint8_t guid[GUID_LEN]);

/* ---- prove.c ---- */

struct proving {
	bool seal;
	uint8_t mark[16];
	struct upstream_proof proof;
};

int prove(struct making *m, struct proving *p);
void prove_seal(struct proving *p, uint8_t *buf, size_t len);

/* ---- names.c ---- */

/* marks those of a message: NAME_NEW become NAME_ASKED (leaving: NAME_LEAVING
 * NAME_LEFT); returns how many */
size_t names_batch(struct upstream_reg *reg, bool leaving);
/* those of the batch: prefixes, or the others; into a SEQUENCE OF */
int names_put(struct making *m, enum name_state state, bool prefixes,
	      void *list);
bool names_have(const struct upstream_reg *reg, enum name_state state,
		bool prefixes);
/* the batch is registered; is not; is taken back */
void names_told(struct upstream_reg *reg);
void names_refused(struct upstream_reg *reg, const void *list);
void names_left(struct upstream_reg *reg);
/* all are to be told anew; again: those that were refused, too */
void names_anew(struct upstream_reg *reg, bool again);
/* those that were refused are to be told once more; false: there are none */
bool names_again(struct upstream_reg *reg);
/* is there one to be taken back, or to be told? */
bool names_leaving(const struct upstream_reg *reg);
bool names_waiting(const struct upstream_reg *reg);
void names_flush(struct upstream_reg *reg);
int names_alloc(struct upstream_reg *reg);

/* ---- request.c: requests of a registration; 0, or errno ---- */

int ask_discovery(struct upstream_reg *reg);
int ask_registration(struct upstream_reg *reg, enum asking what);
int ask_unregistration(struct upstream_reg *reg, enum asking what);

/* ---- registration.c ---- */


int64_t reg_now(const struct upstream_reg *reg);
void reg_timer(struct upstream_reg *reg, uint64_t ms);
void reg_state_set(struct upstream_reg *reg, enum upstream_state state);
/* how long until it is tried again: 5 s, 10 s, 20 s … 5 min */
uint64_t reg_again(struct upstream_reg *reg);
/* the gatekeeper knows nothing of it, nor of its calls */
void reg_forget(struct upstream_reg *reg);
void reg_ask(struct upstream_reg *reg, enum asking what,
	     enum upstream_state state);
void reg_begin(struct upstream_reg *reg);
/* what is to be done now that nothing is asked */
void reg_next(struct upstream_reg *reg);
/* the gatekeeper does not know it any more */
void reg_lost(struct upstream_reg *reg, uint64_t again);

/* ---- answers.c ---- */

/* r NULL: there was none; arg: the registration */
void reg_answered(const struct ras_response *r, void *arg);
/* gatekeepers to try when this one is silent: a SEQUENCE OF AlternateGK */
void reg_alternates(struct upstream_reg *reg, const void *list);

/* ---- asked.c: requests of the gatekeeper about calls ---- */

void asked_info(struct upstream_reg *reg, const InfoRequest_t *irq,
		const struct addr *from);
void asked_disengage(struct upstream_reg *reg, const DisengageRequest_t *drq,
		     const struct addr *from);
void asked_bandwidth(struct upstream_reg *reg, const BandwidthRequest_t *brq,
		     const struct addr *from);

#endif
