/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file handover.h  A byte channel of an agent's, given to a client
 */
#ifndef POSTERN_RELAY_HANDOVER_H
#define POSTERN_RELAY_HANDOVER_H

#include "agents.h"
#include "tunnel/tunnel.h"

enum {
	HANDOVERS_MAX = 2048, /**< of an agent's, at a time */
};

bool handover_may(const struct agent *ag);
int handover(int *fdp, struct agent *ag, struct channel *ch,
	     const struct addr *peer);

#endif
