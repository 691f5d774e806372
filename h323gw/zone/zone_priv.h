/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file zone_priv.h  What the zone consists of; within the room
 */
#ifndef H323GW_ZONE_ZONE_PRIV_H
#define H323GW_ZONE_ZONE_PRIV_H

#include "h323gw/zone/heap.h"
#include "h323gw/zone/zone.h"

struct zone {
	struct zone_conf conf;
	struct index by_id, by_address, by_alias, by_prefix;
	struct heap due;
	size_t prefix_max;  /**< octets of the longest there ever was */
	unsigned long turn; /**< among gateways with one prefix */
};

#endif
