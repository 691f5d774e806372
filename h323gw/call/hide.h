/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file hide.h  What one side says, as the other may see it
 */
#ifndef H323GW_CALL_HIDE_H
#define H323GW_CALL_HIDE_H

#include "h323gw/call/priv.h"

struct hiding {
	struct call *c;
	enum side from;
	struct addr own;  /**< ours, as the receiver knows it: stands for all */
	struct addr h245; /**< ours for its H.245; unset: none is told */
	struct addr dest; /**< the receiver's own, where it is the called */
	const char *as; /**< endpointIdentifier a called gatekeeper gave us;
			     "": none */
};

/** Room for an element of ours: type, plan, digits */
struct called_number {
	uint8_t p[1 + Q931_NUMBER_MAX];
};

/* a per_rewrite_h; arg is a struct hiding */
bool hide_address(const struct per_addr *a, struct per_ipport *to, void *arg);
/* take out and set what concerns one hop; *changed: to be encoded anew */
int hide_edit(struct uuie *u, const struct hiding *h, bool *changed);
/* a Setup goes elsewhere: destinationAddress, Called Party Number */
int hide_destination(struct uuie *u, const struct alias *v, size_t n);
int hide_called_number(struct q931 *q, const struct alias *a,
		       struct called_number *room);

#endif
