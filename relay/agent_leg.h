/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agent_leg.h  A leg whose ports are an agent's, in its private network
 */
#ifndef POSTERN_RELAY_AGENT_LEG_H
#define POSTERN_RELAY_AGENT_LEG_H

#include "agents.h"
#include "leg.h"
#include "media/seal.h"

enum {
	AGENT_LEG_RANGES = 2, /* IPv4, IPv6 */
};

struct token_leg;

struct agent_leg {
	struct le he;	     /**< by id, in the worker */
	struct le le;	     /**< among all of the worker's */
	struct leg *leg;
	struct agent *agent; /**< NULL: its tunnel is gone for good */
	struct token_leg *token; /**< NULL: sealed */
	struct sealer *down;
	struct opener *up;
	struct addr source;  /**< where sealed datagrams last came from */
	int fd;		     /**< and on which of our sockets */
	uint32_t id;
	uint64_t newest;     /**< counter of what moved it last */
	bool in_tunnel;	     /**< fd is a lane: lanes.h */
	uint64_t reserved;   /**< of its agent's bandwidth, bit/s */
	uint64_t moved;	     /**< times the source changed */
};

int agent_leg_open(struct leg *leg, struct agent *ag);
void agent_leg_update(struct leg *leg);
void agent_leg_close(struct leg *leg);
bool agent_leg_too_much(const struct agent *ag, uint64_t bandwidth);
void agent_leg_reserve(struct leg *leg);
bool agent_leg_ready(const struct agent_leg *al, enum latch_component c);
int agent_leg_send(struct agent_leg *al, enum latch_component component,
		   const uint8_t *p, size_t len);

/* the agent's side of it */
int agent_leg_range(struct agent *ag, const json_t *params);
void agent_leg_gone(struct agent *ag);
void agent_leg_alive(struct agent *ag, const json_t *params);
void agent_leg_failed(struct agent *ag, const json_t *params);

struct agent *agent_leg_agent(const struct relay *r, uint32_t id);
void agent_leg_token(struct agent *ag, const json_t *params);

struct agent_leg *agent_leg_find(const struct worker *w, uint32_t id);
void agent_leg_tell(struct agent_leg *al, const char *method, json_t *params);

/* between agent_leg.c and agent_leg_told.c */
int agent_leg_begin(struct agent_leg *al);
void agent_leg_take(struct agent_leg *al, uint64_t bandwidth);

#endif
