/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tcp_media.h  Ports of ours for media over TCP, joined to the relay
 */
#ifndef POSTERN_AGENT_TCP_MEDIA_H
#define POSTERN_AGENT_TCP_MEDIA_H

#include <jansson.h>
#include "audit.h"
#include "policy.h"
#include "tunnel/control.h"

struct tcp_media;

int tcp_media_alloc(struct tcp_media **mp, const struct addr *local,
		    uint16_t min, uint16_t max, struct policy *policy,
		    struct audit *audit);
void tcp_media_tunnel(struct tcp_media *m, struct tunnel *t,
		      struct control *c);
bool tcp_media_request(struct tcp_media *m, const char *method,
		       const json_t *params, struct rpc_error *err);
bool tcp_media_open(struct tcp_media *m, struct channel *ch, const char *what,
		    size_t len);

#endif
