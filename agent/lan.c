/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file lan.c  The networks this machine is in, as they change
 *
 * The kernel says when something has changed (rtnetlink(7)); what there is now
 * is asked anew then. Owns the socket it says so on.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <ifaddrs.h>
#include <string.h>
#include <unistd.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include "lan.h"


enum {
	SETTLE_MS = 200, /* one change is many messages */
};

struct lan {
	int fd;
	lan_h *h;
	void *arg;
	struct tmr tmr;
};


static void destructor(void *arg)
{
	struct lan *l = arg;

	tmr_cancel(&l->tmr);
	if (l->fd >= 0) {
		fd_close(l->fd);
		(void)close(l->fd);
	}
}


static void on_settled(void *arg)
{
	struct lan *l = arg;

	l->h(l->arg);
}


/* What it says does not matter, nor that some of it may be lost */
static void on_readable(int flags, void *arg)
{
	struct lan *l = arg;
	char buf[8192];
	ssize_t n;
	(void)flags;

	do {
		n = recv(l->fd, buf, sizeof(buf), MSG_DONTWAIT);
	} while (n > 0 || (n < 0 && (errno == ENOBUFS || errno == EINTR)));
	if (!tmr_isrunning(&l->tmr))
		tmr_start(&l->tmr, SETTLE_MS, on_settled, l);
}


/**
 * Watch for changes
 *
 * @param lp  Result; mem_deref() it
 * @param h   Is told
 * @param arg Its argument
 *
 * @return 0 or an errno
 */
int lan_alloc(struct lan **lp, lan_h *h, void *arg)
{
	const struct sockaddr_nl nl = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
			     RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE |
			     RTMGRP_LINK,
	};
	struct lan *l = mem_zalloc(sizeof(*l), destructor);
	int err	      = 0;

	if (!l)
		return ENOMEM;

	l->h   = h;
	l->arg = arg;
	l->fd  = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
			NETLINK_ROUTE);
	if (l->fd < 0 ||
	    bind(l->fd, (const struct sockaddr *)&nl, sizeof(nl)) < 0)
		err = errno;
	if (!err)
		err = fd_listen(l->fd, FD_READ, on_readable, l);
	if (err)
		mem_deref(l);
	else
		*lp = l;

	return err;
}


/* ---- what there is ---- */

static unsigned bits(const uint8_t *p, size_t len)
{
	unsigned n = 0;

	for (size_t i = 0; i < len; i++)
		n += (unsigned)__builtin_popcount(p[i]);

	return n;
}


static unsigned prefix_of(const struct sockaddr *mask)
{
	struct addr m;

	if (!mask)
		return 0;
	memcpy(&m.u, mask,
	       mask->sa_family == AF_INET6 ? sizeof(m.u.in6) : sizeof(m.u.in));

	return mask->sa_family == AF_INET6
		       ? bits((const uint8_t *)&m.u.in6.sin6_addr, 16)
		       : bits((const uint8_t *)&m.u.in.sin_addr, 4);
}


static bool address_of(struct addr *a, const struct ifaddrs *ifa)
{
	if (!ifa->ifa_addr || !(ifa->ifa_flags & IFF_UP) ||
	    addr_from_sockaddr(a, ifa->ifa_addr))
		return false;
	addr_set_port(a, 0);

	return true;
}


/* the loopback interface is many addresses, of which it names one */
static bool has(const struct ifaddrs *ifa, const struct addr *local)
{
	struct addr_net net;

	if (!address_of(&net.base, ifa))
		return false;
	net.prefixlen = prefix_of(ifa->ifa_netmask);

	return addr_ip_eq(&net.base, local) ||
	       (addr_is_loopback(local) && addr_net_contains(&net, local));
}


static const char *interface_of(const struct ifaddrs *all,
				const struct addr *local)
{
	for (const struct ifaddrs *ifa = all; ifa; ifa = ifa->ifa_next)
		if (has(ifa, local))
			return ifa->ifa_name;

	return NULL;
}


/**
 * The networks one of our addresses is in: those of its interface
 *
 * @param netv  Result
 * @param max   Its room
 * @param local One of our addresses
 *
 * @return How many; 0: it is none of ours now
 */
size_t lan_nets(struct addr_net *netv, size_t max, const struct addr *local)
{
	struct ifaddrs *all = NULL;
	const char *name;
	size_t n = 0;

	if (getifaddrs(&all))
		return 0;

	name = interface_of(all, local);
	for (const struct ifaddrs *ifa = all; name && ifa && n < max;
	     ifa = ifa->ifa_next) {
		if (strcmp(ifa->ifa_name, name) ||
		    !address_of(&netv[n].base, ifa))
			continue;
		netv[n].prefixlen = prefix_of(ifa->ifa_netmask);
		/* a network of everybody is none */
		if (netv[n].prefixlen)
			++n;
	}
	freeifaddrs(all);

	return n;
}


/** Is it one of our addresses now? */
bool lan_has(const struct addr *local)
{
	struct addr_net net;

	return lan_nets(&net, 1, local) > 0;
}


/**
 * Which of our addresses speaks to somebody
 *
 * @param local Result, without a port
 * @param to	Somebody
 *
 * @return 0; ENETUNREACH: none; or another errno
 */
int lan_route(struct addr *local, const struct addr *to)
{
	const int fd  = socket(addr_family(to), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(local->u);
	int err	      = 0;

	if (fd < 0)
		return errno;

	memset(local, 0, sizeof(*local));
	if (connect(fd, &to->u.sa, addr_socklen(to)) < 0 ||
	    getsockname(fd, &local->u.sa, &len) < 0)
		err = errno;
	(void)close(fd);
	if (!err)
		addr_set_port(local, 0);

	return err;
}


/**
 * The address of an interface: the first that others can reach
 *
 * @param a	    Result, without a port
 * @param interface Its name
 * @param family    AF_INET, AF_INET6
 *
 * @return 0; EADDRNOTAVAIL: it has none now; or another errno
 */
int lan_addr(struct addr *a, const char *interface, int family)
{
	struct ifaddrs *all = NULL;
	int err		    = EADDRNOTAVAIL;

	if (getifaddrs(&all))
		return errno;

	for (const struct ifaddrs *ifa = all; err && ifa; ifa = ifa->ifa_next) {
		struct addr found;

		if (strcmp(ifa->ifa_name, interface) ||
		    !address_of(&found, ifa) || addr_family(&found) != family ||
		    addr_is_linklocal(&found))
			continue;
		*a  = found;
		err = 0;
	}
	freeifaddrs(all);

	return err;
}
