/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file iface.c  The interfaces media comes and goes on
 *
 * Owns the list's entries and their port pools.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include "iface.h"


/* Numbers nobody can foresee; a little bias does no harm here */
static uint32_t random_below(uint32_t below)
{
	uint32_t v = 0;

	if (getrandom(&v, sizeof(v), GRND_NONBLOCK) != (ssize_t)sizeof(v))
		v = rand_u32();

	return v % below;
}


static void destructor(void *arg)
{
	struct iface *ifc = arg;

	list_unlink(&ifc->le);
	mem_deref(ifc->stock);
	mem_deref(ifc->ports);
}


/**
 * Add one address
 *
 * @param ifaces     List; list_flush() it
 * @param name       Name of the interface
 * @param address    Local address; no port
 * @param advertised What parties are told, NULL: the same
 * @param port_min   First port
 * @param port_max   Last port
 * @param dscp       0..63
 *
 * @return 0, EEXIST if the name has an address of this family, EINVAL for a
 *         range without a pair, ENOMEM
 */
int iface_add(struct list *ifaces, const char *name,
	      const struct addr *address, const struct addr *advertised,
	      uint16_t port_min, uint16_t port_max, uint8_t dscp)
{
	struct iface *ifc;
	int err;

	if (!ifaces || !name || !addr_is_set(address) ||
	    strlen(name) > IFACE_NAME_MAX)
		return EINVAL;

	if (iface_find(ifaces, name, addr_family(address)))
		return EEXIST;

	ifc = mem_zalloc(sizeof(*ifc), destructor);
	if (!ifc)
		return ENOMEM;

	(void)snprintf(ifc->name, sizeof(ifc->name), "%s", name);
	ifc->address  = *address;
	ifc->port_min = port_min;
	ifc->port_max = port_max;
	ifc->dscp     = dscp;
	(void)addr_ip_str(advertised ? advertised : address, ifc->advertised);

	err = ports_alloc(&ifc->ports, port_min, port_max, random_below);
	if (err) {
		mem_deref(ifc);
		return err;
	}

	list_append(ifaces, &ifc->le, ifc);

	return 0;
}


struct iface *iface_find(const struct list *ifaces, const char *name, int af)
{
	struct le *le;

	for (le = list_head(ifaces); le; le = le->next) {
		struct iface *ifc = le->data;

		if (addr_family(&ifc->address) == af &&
		    !strcmp(ifc->name, name))
			return ifc;
	}

	return NULL;
}


/** Open sockets ahead, on each of them; 0 or an errno */
int ifaces_stock(struct list *ifaces)
{
	struct le *le;
	int err = 0;

	for (le = list_head(ifaces); le && !err; le = le->next) {
		struct iface *ifc = le->data;

		err = stock_alloc(&ifc->stock, ifc);
	}

	return err;
}


/** @return Free ports of an interface, two for a pair */
uint32_t iface_free(const struct iface *ifc)
{
	return 2 * (ports_free(ifc->ports) + stock_count(ifc->stock));
}


/** @return Free ports of all interfaces, two for a pair */
uint32_t iface_ports_free(const struct list *ifaces)
{
	struct le *le;
	uint32_t n = 0;

	for (le = list_head(ifaces); le; le = le->next) {
		n += iface_free(le->data);
	}

	return n;
}


static bool is_broadcast(const struct addr *a)
{
	return addr_family(a) == AF_INET &&
	       a->u.in.sin_addr.s_addr == htonl(INADDR_BROADCAST);
}


/**
 * May media be sent to this address from here? Loopback and link-local
 * addresses in somebody's signalling would make the relay talk to its own
 * host or its neighbours.
 *
 * @param ifc    Interface
 * @param remote Address a party signalled
 * @param why    What is wrong with it
 *
 * @return 0; EINVAL: it can't be an address; EACCES: it may not be one
 */
int iface_remote_check(const struct iface *ifc, const struct addr *remote,
		       const char **why)
{
	if (addr_family(remote) != addr_family(&ifc->address)) {
		*why = "is not of the leg's family";
		return EINVAL;
	}

	if (addr_is_any(remote) || addr_is_multicast(remote) ||
	    is_broadcast(remote)) {
		*why = "is not the address of one host";
		return EINVAL;
	}

	if (addr_is_loopback(remote) && !addr_is_loopback(&ifc->address)) {
		*why = "is a loopback address";
		return EACCES;
	}

	if (addr_is_linklocal(remote) && !addr_is_linklocal(&ifc->address) &&
	    !addr_is_loopback(&ifc->address)) {
		*why = "is a link-local address";
		return EACCES;
	}

	return 0;
}
