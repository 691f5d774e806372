/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agent/service.h  TCP services in the private network, for the server
 */
#ifndef POSTERN_AGENT_SERVICE_H
#define POSTERN_AGENT_SERVICE_H

#include "audit.h"
#include "policy.h"
#include "tunnel/tunnel.h"

struct services;

int services_alloc(struct services **sp, struct policy *policy,
		   struct audit *audit);
bool services_open(struct services *s, struct channel *ch, const char *what,
		   size_t len);

#endif
