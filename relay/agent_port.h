/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agent_port.h  A port of an agent's that waits for one connection
 */
#ifndef POSTERN_RELAY_AGENT_PORT_H
#define POSTERN_RELAY_AGENT_PORT_H

#include "agents.h"
#include "bytes/what.h"
#include "client.h"
#include "tunnel/tunnel.h"

enum {
	AGENT_PORTS_MAX		= 4096, /**< a client's */
	AGENT_PORT_EXPIRES	= 60,	/**< s, where nobody says */
	AGENT_PORT_EXPIRES_MAX	= 604800,
};

struct agent_port;

/** The agent listens (err NULL), or why it does not: then the port is gone */
typedef void(agent_port_h)(struct agent_port *p, const struct rpc_error *err,
			   void *arg);

int agent_port_open(struct client *c, struct agent *ag,
		    const struct addr *terminal, uint32_t expires,
		    agent_port_h *answerh, void *arg);
struct agent_port *agent_port_find(const struct client *c, uint32_t id);
json_t *agent_port_json(const struct agent_port *p);
void agent_port_take(struct agent *ag, struct channel *ch,
		     const struct what_h225 *w);
void agent_ports_gone(struct agent *ag);

#endif
