/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call_channel.h  Connections of H.323 terminals behind agents
 */
#ifndef POSTERN_RELAY_CALL_CHANNEL_H
#define POSTERN_RELAY_CALL_CHANNEL_H

#include "client.h"
#include "agents.h"
#include "tunnel/tunnel.h"

/** The agent has connected: a descriptor, which is closed afterwards; or (err)
 *  why it has not */
typedef void(call_ask_h)(int fd, const struct rpc_error *err, void *arg);

bool call_channel_open(struct agent *ag, struct channel *ch, const char *what,
		       size_t len);
void call_channel_give(struct client *c, struct agent *ag, struct channel *ch,
		       const struct addr *peer, json_t *params);
int call_channel_ask(struct client *c, struct agent *ag, const struct addr *to,
		     const char *key, call_ask_h *answerh, void *arg);

#endif
