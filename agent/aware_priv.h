/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file aware_priv.h  What the rooms of aware mode share
 *
 * aware.c owns the context, aware_line.c the lines and what waits in them,
 * aware_call.c the calls. A job is a message in a line: aware_job.c says what
 * it does, aware_relay.c what the relay is asked for it, aware_send.c where it
 * goes.
 */
#ifndef POSTERN_AGENT_AWARE_PRIV_H
#define POSTERN_AGENT_AWARE_PRIV_H

#include "rpc/libre.h"
#include "aware.h"
#include "aware_call.h"
#include "log/log.h"
#include "metrics/metrics.h"
#include "tunnel/auth.h"
#include "tunnel/control.h"

enum {
	AWARE_COUNT_CALLS,
	AWARE_COUNT_NO_RELAY,
	AWARE_COUNT_UNREADABLE,
	AWARE_COUNT_LATE,
	AWARE_COUNTS
};

struct aware {
	char agent[AUTH_NAME_MAX + 1];
	struct aware_calls *calls;
	struct control *control; /**< NULL: there is no tunnel */
	struct metrics *counts;
	struct log_limit log;
	struct tmr tmr;
};

struct aware_line {
	struct aware *aw;
	struct aware_line_handlers h;
	void *arg;
	struct edge edge;
	bool placed; /**< edge is known */
	bool asking; /**< the first job waits for the relay */
	bool busy;
	struct list jobs;
};

/** A message on its way through */
struct aware_job {
	struct le le;
	struct aware_line *line;
	bool up;
	struct aware_msg msg;
	struct aware_from who;
	enum session_side from;
	struct aware_call *call; /**< NULL: it is of none */
	bool fresh;		 /**< the call begins with it */
	struct session *after;	 /**< the call's session, changed */
	struct aware_offer offer;
	struct control_ask *ask;
	bool reopening;
	size_t len;
	uint8_t p[];
};

void aware_complain(struct aware *aw, const char *callid, const char *why);

void aware_line_answered(struct aware_job *j, const json_t *result,
			 const struct rpc_error *err);

int aware_job_alloc(struct aware_job **jp, struct aware_line *l, bool up,
		    const uint8_t *p, size_t len);
bool aware_job_run(struct aware_job *j);
void aware_job_pass(struct aware_job *j);
bool aware_job_answered(struct aware_job *j, const json_t *result,
			const struct rpc_error *err);

int aware_relay_ask(struct aware_job *j);
void aware_relay_open(struct aware *aw, const struct aware_call *c);
void aware_relay_close(struct aware *aw, const char *id);
void aware_relay_end(struct aware *aw, struct aware_call *c);
void aware_relay_end_unknown(struct aware *aw, const struct aware_job *j);

void aware_send_on(struct aware_job *j, bool edited);
void aware_send_back(struct aware_job *j, const char *status);
void aware_send_drop(struct aware_job *j);

#endif
