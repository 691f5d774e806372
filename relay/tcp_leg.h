/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tcp_leg.h  A leg whose party speaks TCP: MSRP, BFCP, T.38, T.120
 */
#ifndef POSTERN_RELAY_TCP_LEG_H
#define POSTERN_RELAY_TCP_LEG_H

#include "bytes/ends.h"
#include "leg.h"

struct tcp_leg {
	struct leg *leg;
	enum leg_setup setup;
	int fd;		       /**< listening; -1: not */
	struct joint_end *end; /**< NULL: neither connected nor connecting */
	bool connected;
	bool met;	       /**< there was a connection with this party */
	struct addr source;    /**< whom it is, or was, with */
	struct tmr tmr;
	unsigned tries;
	uint64_t octets;       /**< that came by past connections */
};

int tcp_leg_alloc(struct leg *leg);
int tcp_leg_open(struct leg *leg);
void tcp_leg_apply(struct leg *leg, const struct leg_req *req);
void tcp_leg_follow(struct leg *leg);
void tcp_leg_refresh(struct leg *leg, uint64_t now);
void tcp_leg_close(struct leg *leg);

const char *tcp_leg_setup_name(enum leg_setup setup);
const char *tcp_leg_state_name(const struct tcp_leg *tl);

#endif
