/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file control.h  The methods of the control protocol
 */
#ifndef POSTERN_RELAY_CONTROL_H
#define POSTERN_RELAY_CONTROL_H

#include "relay.h"
#include "session.h"

/**
 * One method: gives a result, or an errno with *err. It is answered by
 * control_request().
 */
typedef int(control_method_h)(struct relay *r, struct rpc_conn *rc,
			      const json_t *params, json_t **result,
			      struct rpc_error *err);

/* control_session.c */
control_method_h control_session_open, control_session_update,
	control_session_close, control_session_get, control_session_list;

/* control_agent.c */
control_method_h control_agent_add, control_agent_set, control_agent_revoke,
	control_agent_get, control_agent_list;

/**
 * One whose answer comes later, if it says 0; else an errno with *err, which
 * control_request() answers
 */
typedef int(control_later_h)(struct client *c, const json_t *id,
			     const json_t *params, struct rpc_error *err);

/* control_channel.c */
control_method_h control_channel_get, control_channel_attach,
	control_channel_close;
control_later_h control_channel_open, control_channel_listen;

/* control_service.c */
control_method_h control_service_open, control_service_get,
	control_service_close, control_service_list;

/* control.c */
void control_request(struct rpc_conn *rc, const json_t *id,
		     const char *method, const json_t *params, int *fds,
		     size_t nfds, void *arg);
void control_dispatch(struct relay *r, struct rpc_conn *rc,
		      const char *method, const json_t *params,
		      json_t **result, struct rpc_error *err);
int control_close(struct session *se, const char *reason, json_t **result);
void control_expire(struct session *se, const char *reason);

#endif
