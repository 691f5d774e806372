/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file lan.h  The networks this machine is in, as they change
 */
#ifndef POSTERN_AGENT_LAN_H
#define POSTERN_AGENT_LAN_H

#include <stddef.h>
#include "addr/addr.h"

struct lan;

/** Addresses or routes are others now; not more often than a few times a
 *  second */
typedef void(lan_h)(void *arg);

int lan_alloc(struct lan **lp, lan_h *h, void *arg);
size_t lan_nets(struct addr_net *netv, size_t max, const struct addr *local);
bool lan_has(const struct addr *local);
int lan_route(struct addr *local, const struct addr *to);
int lan_addr(struct addr *a, const char *interface, int family);

#endif
