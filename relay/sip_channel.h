/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_channel.h  A terminal behind an agent, as the SIP proxy sees it
 */
#ifndef POSTERN_RELAY_SIP_CHANNEL_H
#define POSTERN_RELAY_SIP_CHANNEL_H

#include "agents.h"
#include "tunnel/tunnel.h"

enum {
	SIP_CHANNELS_MAX = 4096, /**< terminals of an agent */
};

/** What a terminal speaks to its agent */
enum sip_transport {
	SIP_UDP,
	SIP_TCP,
	SIP_TLS,
	SIP_TRANSPORTS
};

/** A terminal, as its agent names it */
struct sip_terminal {
	enum sip_transport transport;
	struct addr addr;    /**< its address in the private network */
	struct addr contact; /**< where it takes connections; unset: unknown */
	bool aware;	     /**< its agent knows SIP: to the registrar */
	struct addr door;    /**< the agent's address it speaks to */
};

/** One terminal's socket towards the proxy */
struct sip_channel {
	struct le he;	      /**< by local port */
	struct le le;	      /**< in its agent's list */
	struct agent *agent;
	struct channel *ch;   /**< NULL: the agent has none for it now */
	struct tmr tmr;	      /**< until it is forgotten */
	struct addr local;    /**< ours: what the proxy sees */
	struct sip_terminal terminal;
	int fd;
};

int sip_transport_decode(enum sip_transport *t, const char *name);
const char *sip_transport_name(enum sip_transport t);
int sip_channel_open(struct relay *r, struct agent *ag, struct channel *ch,
		     const struct sip_terminal *terminal);
void sip_channels_forget(struct agent *ag);
const struct sip_channel *sip_channel_find(const struct relay *r,
					   const struct addr *local);

#endif
