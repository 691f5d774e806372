/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tcp_leg.h  A leg whose party speaks TCP: MSRP, BFCP, T.38, T.120
 */
#ifndef POSTERN_RELAY_TCP_LEG_H
#define POSTERN_RELAY_TCP_LEG_H

#include "bytes/ends.h"
#include "ceiling.h"
#include "leg.h"

struct tcp_leg {
	struct leg *leg;
	enum leg_setup setup;
	bool listening;	       /**< to who comes; else they wait */
	int fd;		       /**< listening; -1: not */
	struct joint_end *end; /**< NULL: neither connected nor connecting */
	bool connected;
	bool met;	       /**< there was a connection with this party */
	struct addr source;    /**< whom it is, or was, with */
	struct tmr tmr;
	unsigned tries;
	char *path;	       /**< host and port of its MSRP URI; or NULL */
	uint64_t octets;       /**< that came by past connections */
	struct ceiling pace;   /**< of the leg's bandwidth */
	uint64_t held;	       /**< times octets had to wait for it, or for the
				*   agent's */

	/* tcp_agent.c */
	struct le le;
	struct agent *agent;   /**< NULL: its tunnel is gone, or none's */
	bool agents;	       /**< the port is an agent's, there or not */
	uint32_t id;
	uint64_t reserved;     /**< of its bandwidth, bit/s */
	struct channel *asked; /**< the agent is connecting; NULL: not */
};

int tcp_leg_alloc(struct leg *leg);
int tcp_leg_open(struct leg *leg);
void tcp_leg_apply(struct leg *leg, const struct leg_req *req);
void tcp_leg_follow(struct leg *leg);
void tcp_leg_refresh(struct leg *leg, uint64_t now);
void tcp_leg_close(struct leg *leg);

/* what becomes of a connection; for tcp_agent.c */
bool tcp_leg_admit(struct tcp_leg *tl, const struct addr *peer);
void tcp_leg_connected(struct tcp_leg *tl, const struct addr *peer);
void tcp_leg_failed(struct tcp_leg *tl, int err);

/* tcp_pace.c */
void tcp_pace_begin(struct joint *j, struct leg leg[2]);

const char *tcp_leg_setup_name(enum leg_setup setup);
const char *tcp_leg_state_name(const struct tcp_leg *tl);

#endif
