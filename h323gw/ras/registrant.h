/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file registrant.h  What a full RRQ says about an endpoint; within the room
 */
#ifndef H323GW_RAS_REGISTRANT_H
#define H323GW_RAS_REGISTRANT_H

#include "h323gw/ras/exchange.h"

/** The aliases and prefixes are in struct ras */
struct registrant {
	struct endpoint_address at;
	enum endpoint_type type;
	size_t aliasc, prefixc;
	unsigned version;
	char vendor[ENDPOINT_VENDOR_MAX + 1];
};

/* 0, or RegistrationRejectReason_PR_… */
RegistrationRejectReason_PR registrant_read(struct registrant *rg,
					    struct ras_exchange *x);

#endif
