/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file udp_door.h  Where terminals send datagrams to
 */
#ifndef POSTERN_AGENT_UDP_DOOR_H
#define POSTERN_AGENT_UDP_DOOR_H

#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

struct udp_door;

/** A datagram came. In this, the door may be closed */
typedef void(udp_door_h)(const struct addr *src, const uint8_t *p, size_t len,
			 void *arg);

int udp_door_open(struct udp_door **dp, const struct addr *local,
		  udp_door_h *h, void *arg);
int udp_door_group(struct udp_door **dp, const struct addr *group,
		   const struct addr *local, udp_door_h *h, void *arg);
int udp_door_join(struct udp_door *d);
int udp_door_send(struct udp_door *d, const struct addr *to, const uint8_t *p,
		  size_t len);

#endif
