/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file control.h  JSON-RPC 2.0 on a tunnel's control channel
 *
 * One object a message, requests and notifications both ways. A request is
 * answered at once, by either end.
 */
#ifndef POSTERN_TUNNEL_CONTROL_H
#define POSTERN_TUNNEL_CONTROL_H

#include "rpc/rpc.h"
#include "tunnel/tunnel.h"

enum {
	CONTROL_ASKS_MAX = 256, /**< requests without an answer */
};

struct control;
struct control_ask;

/** Gives *result (new reference), or a code in *err. Notifications have their
 *  result thrown away */
typedef void(control_request_h)(const char *method, const json_t *params,
				json_t **result, struct rpc_error *err,
				void *arg);

/** The answer to a request: result, or an error: the other end's, or
 *  RPC_BUSY where none came (in time) */
typedef void(control_answer_h)(const json_t *result,
			       const struct rpc_error *err, void *arg);

int control_alloc(struct control **cp, struct tunnel *t,
		  control_request_h *requesth, void *arg);
uint64_t control_refused(const struct control *c);
int control_notify(struct control *c, const char *method, json_t *params);
int control_ask(struct control_ask **ap, struct control *c, const char *method,
		json_t *params, uint64_t timeout, control_answer_h *answerh,
		void *arg);

#endif
