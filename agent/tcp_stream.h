/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tcp_stream.h  A port for media over TCP, and its connection
 */
#ifndef POSTERN_AGENT_TCP_STREAM_H
#define POSTERN_AGENT_TCP_STREAM_H

#include <jansson.h>
#include "audit.h"
#include "crossing.h"
#include "policy.h"

/** What all streams have in common */
struct tcp_gate {
	struct policy *policy;
	struct audit *audit;
	struct tunnel *tunnel; /**< NULL: there is none */
};

struct tcp_stream {
	struct le he;		  /**< by id, in the table of them */
	const struct tcp_gate *gate;
	uint32_t id;
	int fd;			  /**< of the port */
	bool listening;		  /**< to who comes; else they wait */
	struct addr at;
	struct addr terminal;	  /**< signals from there, no port */
	struct addr remote;	  /**< where it listens; unset: not known */
	struct crossings connection; /**< one, or none */
};

int tcp_stream_open(struct tcp_stream **sp, const struct tcp_gate *gate,
		    uint32_t id, const struct addr *at, const json_t *params,
		    const char **why);
int tcp_stream_change(struct tcp_stream *st, const json_t *params);
void tcp_stream_connect(struct tcp_stream *st, struct channel *ch,
			const struct addr *to);

#endif
