/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file upstream_util.h  A gatekeeper above that is a test: what it is asked
 */
#ifndef TESTS_UNIT_UPSTREAM_UTIL_H
#define TESTS_UNIT_UPSTREAM_UTIL_H

#include <RasMessage.h>
#include "h323gw/per/per.h"
#include "h323gw/upstream/upstream.h"

/** What a registration asked of the world last */
struct world {
	struct per *per;
	struct upstream *up;
	struct upstream_conf conf;
	struct upstream_reg *reg;
	struct upstream_owner owner;
	struct addr own, above;
	int64_t now;
	uint16_t seq;
	bool full; /* nothing more can wait */
	/* the request that waits, and the one before it was let go */
	struct upstream_ask *ask;
	struct addr to;
	struct per_msg *msg;
	const RasMessage_t *m; /* NULL: none since world_forget() */
	unsigned asked, said, forgotten, responses, refusals;
	struct per_msg *answer;
	const RasMessage_t *a; /* what was answered */
	uint64_t timer; /* ms; 0: none */
	char refused[64];
	struct upstream_proof proof; /* name "": none */
	struct upstream_call *call;
	struct upstream_admission admission;
	unsigned admissions, ended;
	uint32_t bandwidth;
};

void world_open(struct world *w, bool additive);
void world_close(struct world *w);
struct upstream_info world_info(const struct world *w);
/* the owner's names: "1001", "anna", a gateway's "*49" */
void world_names(struct world *w, const char *const *names);
void world_name(struct world *w, const char *name);

/** An answer, or a request of the gatekeeper's, being made */
struct reply {
	struct world *w;
	struct per_msg *msg;
	RasMessage_t *m;
};

/* its value; requestSeqNum is that of what waits */
void *reply_make(struct reply *r, struct world *w, RasMessage_PR type);
/* an answer to what waits */
void reply_send(struct reply *r);
/* octets to its socket; what upstream_receive() says */
int reply_receive(struct reply *r, const struct addr *from);

/* RCF with that endpointIdentifier and time to live (0: none) */
void world_confirm(struct world *w, const char *id, unsigned ttl);
void world_reject(struct world *w, RegistrationRejectReason_PR reason,
		  const char *duplicate);
void world_silence(struct world *w);
/* aliases of the RRQ that waits, as "1001 anna" */
const char *world_asked_names(const struct world *w);

#endif
