/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sealed_leg.h  Sealed datagrams of a leg, to where the agent is and back
 */
#ifndef POSTERN_RELAY_SEALED_LEG_H
#define POSTERN_RELAY_SEALED_LEG_H

#include "agent_leg.h"

int sealed_leg_send(struct agent_leg *al, enum latch_component component,
		    const uint8_t *p, size_t len);
void sealed_leg_recv(struct worker *w, int fd, const struct addr *src,
		     const uint8_t *p, size_t len);

#endif
