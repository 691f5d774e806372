/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agent/doors.h  All that terminals come to, at an address of ours
 */
#ifndef POSTERN_AGENT_DOORS_H
#define POSTERN_AGENT_DOORS_H

#include "audit.h"
#include "policy.h"
#include "settings.h"
#include "tunnel/control.h"

struct aware;
struct doors;
struct uplink;

int doors_open(struct doors **dp, const struct settings *conf,
	       struct policy *policy, struct audit *audit,
	       struct aware *aware);
void doors_follow(struct doors *d);
void doors_wake(struct doors *d);

void doors_up(struct doors *d, struct tunnel *t, struct control *c,
	      struct uplink *inside);
void doors_down(struct doors *d);
void doors_media(struct doors *d, const struct addr *server,
		 const struct addr *rtcp);
bool doors_request(struct doors *d, const char *method, const json_t *params,
		   struct rpc_error *err);
bool doors_channel(struct doors *d, struct channel *ch, const char *what,
		   size_t len);

#endif
