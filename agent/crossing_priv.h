/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file crossing_priv.h  What crossing.c and crossings.c share
 */
#ifndef POSTERN_AGENT_CROSSING_PRIV_H
#define POSTERN_AGENT_CROSSING_PRIV_H

#include "rpc/libre.h"
#include "bytes/ends.h"
#include "crossing.h"

/** From its beginning to its end */
struct crossing {
	struct le le;
	struct crossings *cs;
	struct channel *asked;	  /* not accepted yet, by whomever */
	struct joint_end *socket; /* not joined yet */
	struct joint *joint;
	struct joint_end *channel; /* of the joint, if it lasts; else NULL */
	struct tunnel *tunnel;	   /* to go on in */
	struct tmr tmr;
	struct addr peer;
	char key[WHAT_KEY_LEN]; /* empty: it does not last */
	json_t *record;
};

/* it ends before it was joined */
void crossing_give_up(struct crossing *c, enum tunnel_reason reason,
		      const char *why);
/* for the audit log; why NULL: both have said all */
void crossing_closed(const struct crossing *c, const char *why);

#endif
