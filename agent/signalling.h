/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file signalling.h  Connections of H.323 terminals: call signalling, H.245
 */
#ifndef POSTERN_AGENT_SIGNALLING_H
#define POSTERN_AGENT_SIGNALLING_H

#include <jansson.h>
#include "addr/addr.h"
#include "audit.h"
#include "policy.h"
#include "rpc/rpc.h"
#include "tunnel/tunnel.h"

struct signalling;

int signalling_alloc(struct signalling **sp, const struct addr *local,
		     uint16_t min, uint16_t max, struct policy *policy,
		     struct audit *audit);
void signalling_tunnel(struct signalling *s, struct tunnel *t);
bool signalling_open(struct signalling *s, struct channel *ch,
		     const char *what, size_t len);
bool signalling_request(struct signalling *s, const char *method,
			const json_t *params, struct rpc_error *err);

#endif
