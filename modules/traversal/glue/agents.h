/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agents.h  Terminals behind agents: who an address stands for
 *
 * A relay gives each of them a socket on an address of this host; what comes
 * from there, and goes there, is rewritten at the edge (edge/edge.h). Owns, in
 * each process, what it has asked the relays lately.
 */
#ifndef TRAVERSAL_GLUE_AGENTS_H
#define TRAVERSAL_GLUE_AGENTS_H

#include <stdbool.h>
#include "addr/addr.h"
#include "edge/edge.h"
#include "call/session.h"

struct agent_peer {
	unsigned relay;				  /**< where its agent is */
	char name[SESSION_AGENT_SIZE]; /**< of the agent */
	struct addr channel;		  /**< the address it is known by here */
	struct addr terminal;		  /**< in the private network */
	struct addr door;			  /**< the agent, there */
	enum edge_transport transport; /**< between the two */
	bool hides;					  /**< its private addresses, */
	uint8_t hide[EDGE_HIDE_KEY];  /**< under this key */
};

/* modparam agents; 0, or -1 with the reason logged */
int agents_mod_init(bool on);

/* NULL: no agent's terminal; else lent until the next call. May ask a relay */
const struct agent_peer *agents_peer(const struct addr *a);
/* the same from memory, where nobody may wait */
const struct agent_peer *agents_known(const struct addr *a);

#endif
