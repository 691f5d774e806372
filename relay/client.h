/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file client.h  What the relay knows of a connection to its control socket
 */
#ifndef POSTERN_RELAY_CLIENT_H
#define POSTERN_RELAY_CLIENT_H

#include "relay.h"

/** Hung on each connection that has said something of the kind */
struct client {
	struct relay *relay;
	struct rpc_conn *rc; /**< whose this is */
	char *owner; /**< events of this owner only; NULL: of all */
	bool subscribed;
	struct list asks;  /**< struct call_ask: it waits for an answer */
	struct list ports; /**< struct agent_port: it is told who connects */
};

struct client *client_of(struct relay *r, struct rpc_conn *rc);

#endif
