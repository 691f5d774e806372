/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_channel.h  A terminal behind an agent, as the SIP proxy sees it
 */
#ifndef POSTERN_RELAY_SIP_CHANNEL_H
#define POSTERN_RELAY_SIP_CHANNEL_H

#include "agents.h"
#include "tunnel/tunnel.h"

enum {
	SIP_CHANNELS_MAX = 65536,
};

/** One terminal's socket towards the proxy */
struct sip_channel {
	struct le he;	      /**< by local port */
	struct le le;	      /**< in its agent's list */
	struct agent *agent;
	struct channel *ch;   /**< NULL: the agent has none for it now */
	struct tmr tmr;	      /**< until it is forgotten */
	struct addr local;    /**< ours: what the proxy sees */
	struct addr terminal; /**< its address in the private network */
	struct addr door;     /**< the agent's address it speaks to */
	int fd;
};

int sip_channel_open(struct relay *r, struct agent *ag, struct channel *ch,
		     const struct addr *terminal, const struct addr *door);
void sip_channels_forget(struct agent *ag);
const struct sip_channel *sip_channel_find(const struct relay *r,
					   const struct addr *local);

#endif
