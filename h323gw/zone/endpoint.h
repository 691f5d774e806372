/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file endpoint.h  Who somebody is, and how they are reached
 */
#ifndef H323GW_ZONE_ENDPOINT_H
#define H323GW_ZONE_ENDPOINT_H

#include <stdbool.h>
#include "addr/addr.h"

enum {
	REACH_AGENT_LEN	   = 64,
	REACH_ENDPOINT_LEN = 129,
	REACH_ALIAS_LEN	   = 257,
};

/** A terminal, gateway, neighbour, upstream, or a caller we do not know */
struct reach {
	char agent[REACH_AGENT_LEN]; /**< "": none */
	struct addr signalling; /**< where to connect: callSignalAddress; an
				     address of the agent's network if there is
				     an agent */
	struct addr seen; /**< IP its RAS or TCP comes from; behind an agent
			       its address in the agent's network: this is
			       what its media may be claimed to come from */
	struct addr local; /**< the agent's call signalling address that the
				terminal knows; unset: ours */
	bool nat; /**< no agent, and not at the address it signals */
	char as[REACH_ENDPOINT_LEN]; /**< endpointIdentifier it gave us, for
					  Setup; "": none */
	char endpoint[REACH_ENDPOINT_LEN]; /**< endpointIdentifier, UTF-8; "":
						not registered here */
	char alias[REACH_ALIAS_LEN]; /**< preferred alias, for rows of calls */
};

#endif
