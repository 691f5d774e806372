/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media.h  Ports in the private network, joined to the relay
 */
#ifndef POSTERN_AGENT_MEDIA_H
#define POSTERN_AGENT_MEDIA_H

#include <jansson.h>
#include "addr/addr.h"
#include "audit.h"
#include "policy.h"
#include "tunnel/control.h"
#include "tunnel/mode.h"

struct media;
struct uplink;

int media_alloc(struct media **mp, const struct addr *local, uint16_t min,
		uint16_t max, media_modes modes, struct policy *policy,
		struct audit *audit);
void media_server(struct media *m, const struct addr *server,
		  const struct addr *rtcp);
void media_wake(struct media *m);
void media_tunnel(struct media *m, struct control *c, const struct uplink *u);
bool media_request(struct media *m, const char *method, const json_t *params,
		   struct rpc_error *err);

#endif
