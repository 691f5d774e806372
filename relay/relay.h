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
#include "worker.h"
#include "kpath.h"

struct client;

enum {
	RELAY_TICK_MS	   = 1000,
	RELAY_DATAGRAM_MAX = 65536, /* of signalling */
};

struct relay {
	struct settings conf;
	struct list ifaces;	    /**< struct iface */
	struct hash *sessions;	    /**< by id */
	struct list session_list;   /**< the same, oldest first */
	uint32_t sessionc, streamc;
	struct rpc_server *server;
	struct tunnels *tunnels;    /**< NULL: no agents here */
	struct list tcp_agent_legs; /**< struct tcp_leg */
	struct list services;	    /**< struct service */
	struct hash *terminals;	    /**< struct terminal, by local port */
	struct client *attached;    /**< takes terminals' calls; or NULL */
	struct lanes *lanes;	    /**< NULL: media go over UDP alone */
	struct token_claims *claims; /**< agents' sockets in token mode */
	struct metrics *stats;	    /**< the control thread's part of them */
	struct worker *workerv[WORKERS_MAX];
	unsigned workerc;
	bool threads;		    /**< each worker has one */
	struct kpath *kpath;	    /**< NULL: media goes through sockets */
	struct mqueue *notes;	    /**< from workers to the control thread */
	struct tmr tick;
	char instance[17];	    /**< new at each start */
	uint64_t started;	    /**< Unix time, ms */
	uint32_t fds; /**< descriptors we may have; 0: who knows */
	bool draining;
	uint64_t (*now)(void);	    /**< ms, never goes back */
	uint64_t (*wall)(void);	    /**< Unix time, ms */
	uint8_t rx[RELAY_DATAGRAM_MAX];
};

int relay_alloc(struct relay **rp, const struct settings *conf);
int relay_listen(struct relay *r);
void relay_tick(struct relay *r, uint64_t now);

#endif
