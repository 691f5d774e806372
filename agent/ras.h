/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ras.h  Where H.323 terminals speak RAS, as to their gatekeeper
 */
#ifndef POSTERN_AGENT_RAS_H
#define POSTERN_AGENT_RAS_H

#include "addr/addr.h"
#include "audit.h"
#include "policy.h"
#include "tunnel/tunnel.h"

struct ras;

int ras_alloc(struct ras **rp, const struct addr *local,
	      const struct addr *signalling, struct policy *policy,
	      struct audit *audit);
void ras_follow(struct ras *r);
bool ras_open(struct ras *r, struct channel *ch, const char *what, size_t len);
void ras_tunnel(struct ras *r, struct tunnel *t);

#endif
