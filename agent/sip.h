/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip.h  Where terminals speak SIP to the agent, as to their proxy
 */
#ifndef POSTERN_AGENT_SIP_H
#define POSTERN_AGENT_SIP_H

#include "addr/addr.h"
#include "audit.h"
#include "policy.h"
#include "tunnel/tunnel.h"

struct sip;

int sip_alloc(struct sip **sp, const struct addr *local, struct policy *policy,
	      struct audit *audit);
void sip_open(struct sip *s, struct channel *ch, const char *what,
	      size_t len);
void sip_tunnel(struct sip *s, struct tunnel *t);

#endif
