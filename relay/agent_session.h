/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agent_session.h  Sessions an agent asks for itself
 */
#ifndef POSTERN_RELAY_AGENT_SESSION_H
#define POSTERN_RELAY_AGENT_SESSION_H

#include "agents.h"
#include "session.h"

bool agent_session_request(struct agent *ag, const char *method,
			   const json_t *params, json_t **result,
			   struct rpc_error *err);
bool agent_session_is(const struct session *se);
void agent_session_closed(const struct session *se, const char *reason);
void agent_session_forget(struct agent *ag);

#endif
