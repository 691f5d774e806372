/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tunnels.h  An agent's tunnel, from its first connection to its end
 */
#ifndef POSTERN_RELAY_TUNNELS_H
#define POSTERN_RELAY_TUNNELS_H

#include "agents.h"
#include "rpc/rpc.h"

struct hello;
struct link;
struct tunnels;

int tunnels_listen(struct tunnels **tp, struct relay *r);
int tunnels_reload(struct tunnels *t);
struct agents *tunnels_agents(struct tunnels *t);
const char *tunnels_fingerprint(const struct tunnels *t);
const char *tunnels_address(const struct tunnels *t);
int tunnels_enter(struct agent *ag, struct link *l, const struct addr *peer,
		  const struct hello *h);
int tunnels_media(struct tunnels *t, struct agent *ag, struct link *l,
		  const struct addr *peer, const struct hello *h);
void tunnels_request(const char *method, const json_t *params,
		     json_t **result, struct rpc_error *err, void *agent);
void tunnels_revoke(struct agent *ag);

#endif
