/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relay/service.h  TCP services behind agents, on ports of ours
 */
#ifndef POSTERN_RELAY_SERVICE_H
#define POSTERN_RELAY_SERVICE_H

#include "agents.h"

enum {
	SERVICES_MAX		= 256, /* of all agents */
	SERVICE_CONNECTIONS_MAX = 256, /* at a time, each */
};

struct service;

int service_open(struct service **sp, struct agent *ag,
		 const struct addr *at, const struct addr *to);
struct service *service_find(const struct relay *r, const struct addr *at);
json_t *service_json(const struct service *se);
void service_close(struct service *se);
void services_forget(struct agent *ag);

#endif
