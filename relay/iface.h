/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file iface.h  The interfaces media comes and goes on
 *
 * A name stands for one IPv4 address, one IPv6 address, or both; each has its
 * own ports. The advertised address is what parties are told, where the relay
 * itself is behind a 1:1 NAT.
 */
#ifndef POSTERN_RELAY_IFACE_H
#define POSTERN_RELAY_IFACE_H

#include "rpc/libre.h"
#include "addr/addr.h"
#include "port.h"
#include "stock.h"
#include "request.h"

struct iface {
	struct le le;
	char name[IFACE_NAME_MAX + 1];
	struct addr address;
	char advertised[ADDR_STRLEN];
	uint16_t port_min, port_max;
	uint8_t dscp;
	struct ports *ports;
	struct stock *stock; /**< NULL: none */
};

int iface_add(struct list *ifaces, const char *name,
	      const struct addr *address, const struct addr *advertised,
	      uint16_t port_min, uint16_t port_max, uint8_t dscp);
struct iface *iface_find(const struct list *ifaces, const char *name, int af);
int ifaces_stock(struct list *ifaces);
uint32_t iface_free(const struct iface *ifc);
uint32_t iface_ports_free(const struct list *ifaces);
int iface_remote_check(const struct iface *ifc, const struct addr *remote,
		       const char **why);

#endif
