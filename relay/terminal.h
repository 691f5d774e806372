/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file terminal.h  A terminal behind an agent, as the server's programs see it
 */
#ifndef POSTERN_RELAY_TERMINAL_H
#define POSTERN_RELAY_TERMINAL_H

#include "agents.h"
#include "tunnel/tunnel.h"

enum {
	TERMINALS_MAX = 4096, /**< terminals of an agent */
};

/** What a terminal speaks to its agent */
enum terminal_transport {
	TERMINAL_UDP,
	TERMINAL_TCP,
	TERMINAL_TLS,
	TERMINAL_RAS, /**< not SIP: H.225.0 RAS, over UDP */
	TERMINAL_TRANSPORTS
};

/** A terminal, as its agent names it */
struct terminal_name {
	enum terminal_transport transport;
	struct addr addr;    /**< its address in the private network */
	struct addr contact; /**< where it takes connections; unset: unknown */
	bool aware;	     /**< its agent knows SIP: to the registrar */
	struct addr door;    /**< the agent's address it speaks to */
	struct addr signalling; /**< RAS: the agent's for its calls */
};

/** One terminal's socket towards the proxy or gatekeeper */
struct terminal {
	struct le he;	      /**< by local port */
	struct le le;	      /**< in its agent's list */
	struct agent *agent;
	struct channel *ch;   /**< NULL: the agent has none for it now */
	struct tmr tmr;	      /**< until it is forgotten */
	struct addr local;    /**< ours: what they see */
	struct terminal_name who;
	int fd;
};

int terminal_transport_decode(enum terminal_transport *t, const char *name);
const char *terminal_transport_name(enum terminal_transport t);
int terminal_open(struct relay *r, struct agent *ag, struct channel *ch,
		     const struct terminal_name *terminal);
void terminals_forget(struct agent *ag);
const struct terminal *terminal_at(const struct relay *r,
				   const struct addr *local);

#endif
