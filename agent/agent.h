/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agent.h  The program's one context
 */
#ifndef POSTERN_AGENT_AGENT_H
#define POSTERN_AGENT_AGENT_H

#include "rpc/rpc.h"
#include "settings.h"

struct agent;

int agent_alloc(struct agent **ap, const struct settings *conf);
void agent_request(const char *method, const json_t *params, json_t **result,
		   struct rpc_error *err, void *agent);
void agent_reload(struct agent *a);
int agent_start(struct agent *a);

#endif
