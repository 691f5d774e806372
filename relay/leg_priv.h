/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file leg_priv.h  What opening a leg and changing it share
 */
#ifndef POSTERN_RELAY_LEG_PRIV_H
#define POSTERN_RELAY_LEG_PRIV_H

#include "leg.h"

/* is it asked for, and not taken away? */
static inline bool given(const struct leg_req *req, uint32_t bit)
{
	return (req->set & bit) && !(req->clear & bit);
}

/* leg_check.c; EINVAL or EACCES, with *err */
int leg_reject(struct rpc_error *err, const struct leg *leg, int code,
	       const char *what, const char *why);
int leg_check_remote(const struct leg *leg, const struct iface *ifc,
		     const struct leg_req *req, struct rpc_error *err);
int leg_check_policy(const struct leg *leg, const struct leg_req *req,
		     struct rpc_error *err);

/* leg.c */
void leg_latch_conf(const struct leg *leg, enum latch_policy policy, bool rtp,
		    struct latch_conf *conf);

#endif
