/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file crossing.h  A connection in the private network, joined to the server
 */
#ifndef POSTERN_AGENT_CROSSING_H
#define POSTERN_AGENT_CROSSING_H

#include <jansson.h>
#include "audit.h"
#include "bytes/what.h"
#include "policy.h"
#include "tunnel/tunnel.h"

/** Writes what a channel is for in which a connection goes on, of which so many
 *  octets were received; the length */
typedef size_t(crossing_again_h)(char what[WHAT_LEN], const struct addr *peer,
				 const char *key, uint64_t received);

/** Whose rules they follow; its owner has all of them in a list */
struct crossings {
	struct policy *policy;
	struct audit *audit;
	enum policy_protocol protocol;
	uint32_t idle; /**< ms without anything moving; 0: no limit */
	/** ms: those with a key wait so long for another tunnel */
	uint32_t lasts;
	crossing_again_h *againh;
	struct list all;
};

void crossing_connect(struct crossings *cs, struct channel *ch,
		      const struct addr *local, const struct addr *to,
		      const char *key, json_t *record);
int crossing_accept(struct crossings *cs, struct tunnel *t, int fd,
		    const struct addr *peer, const char *key,
		    const char *what, size_t len, json_t *record);
void crossings_tunnel(struct crossings *cs, struct tunnel *t);
unsigned crossings_of(const struct crossings *cs, const struct addr *peer);
void crossings_drop_dead(struct crossings *cs);
void crossings_release(struct crossings *cs);
void crossing_refuse(const struct crossings *cs, struct channel *ch,
		     enum tunnel_reason reason, json_t *record,
		     const char *why);

#endif
