/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relay.h  The program's one context, and the clocks
 */
#ifndef POSTERN_RELAY_RELAY_H
#define POSTERN_RELAY_RELAY_H

#include "rpc/libre.h"
#include "log/log.h"
#include "rpc/rpc.h"
#include "settings.h"
#include "stats.h"

enum {
	RELAY_TICK_MS	  = 1000,
	RELAY_DATAGRAM_MAX = 65536,
};

struct relay {
	struct settings conf;
	struct list ifaces;	    /**< struct iface */
	struct hash *sessions;	    /**< by id */
	struct list session_list;   /**< the same, oldest first */
	uint32_t sessionc, streamc;
	struct rpc_server *server;
	struct tunnels *tunnels;    /**< NULL: no agents here */
	struct hash *agent_legs;    /**< struct agent_leg, by id */
	struct hash *sip_channels;  /**< struct sip_channel, by local port */
	struct metrics *stats;	    /**< enum relay_stat */
	struct tmr tick;
	struct log_limit refused_log;
	char instance[17];	    /**< new at each start */
	uint64_t started;	    /**< Unix time, ms */
	bool draining;
	uint64_t (*now)(void);	    /**< ms, never goes back */
	uint64_t (*wall)(void);	    /**< Unix time, ms */
	uint8_t rx[RELAY_DATAGRAM_MAX];
};

int relay_alloc(struct relay **rp, const struct settings *conf);
int relay_listen(struct relay *r);
void relay_tick(struct relay *r, uint64_t now);

#endif
