/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tcp_agent.h  A TCP leg whose port is an agent's
 */
#ifndef POSTERN_RELAY_TCP_AGENT_H
#define POSTERN_RELAY_TCP_AGENT_H

#include "agents.h"
#include "tcp_leg.h"

void tcp_agent_reserve(struct tcp_leg *tl, uint64_t bandwidth);
int tcp_agent_open(struct leg *leg, struct agent *ag);
void tcp_agent_update(struct leg *leg);
int tcp_agent_connect(struct tcp_leg *tl);
void tcp_agent_close(struct tcp_leg *tl);

/* the agent's side of it */
bool tcp_agent_channel(struct agent *ag, struct channel *ch, const char *what,
		       size_t len);
void tcp_agent_failed(struct agent *ag, const json_t *params);
void tcp_agent_here(struct agent *ag, struct iface *ifc);
void tcp_agent_gone(struct agent *ag);

#endif
