/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_device.c  The network devices the relay's addresses are on
 *
 * Asks the system; owns no state.
 */
#include "config.h"
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <string.h>
#include <unistd.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "kpath_device.h"


static bool holds(const struct ifaddrs *ia, const struct addr *a)
{
	struct addr b;

	return ia->ifa_addr && !addr_from_sockaddr(&b, ia->ifa_addr) &&
	       addr_ip_eq(&b, a);
}


static size_t add(unsigned *v, size_t n, size_t max, unsigned ifindex)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (v[i] == ifindex)
			return n;
	}
	if (n < max && ifindex)
		v[n++] = ifindex;

	return n;
}


static size_t add_all(unsigned *v, size_t max, const struct ifaddrs *list,
		      const struct addr *a)
{
	const struct ifaddrs *ia;
	size_t n = 0;

	for (ia = list; ia; ia = ia->ifa_next) {
		const unsigned i = if_nametoindex(ia->ifa_name);

		if ((a ? holds(ia, a) : !(ia->ifa_flags & IFF_LOOPBACK)) &&
		    device_is_ethernet(i))
			n = add(v, n, max, i);
	}

	return n;
}


static bool on_loopback(const struct ifaddrs *list, const struct addr *a)
{
	for (; list; list = list->ifa_next) {
		if (list->ifa_flags & IFF_LOOPBACK && holds(list, a))
			return true;
	}

	return false;
}


/**
 * Devices packets to an address come in on: the one that has it; all of them
 * where it is the host's, on its loopback
 *
 * @param v   Result: indices of Ethernet devices
 * @param max Room
 * @param a   Address
 *
 * @return How many; 0: it never leaves the host, or the device is of another
 *         kind
 */
size_t devices_of(unsigned *v, size_t max, const struct addr *a)
{
	struct ifaddrs *list = NULL;
	size_t n;

	if (addr_is_loopback(a) || getifaddrs(&list))
		return 0;

	n = add_all(v, max, list, on_loopback(list, a) ? NULL : a);
	freeifaddrs(list);

	return n;
}


/** @return Whether a device has Ethernet headers */
bool device_is_ethernet(unsigned ifindex)
{
	const int fd	 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {0};
	bool yes;

	yes = fd >= 0 && if_indextoname(ifindex, ifr.ifr_name) &&
	      !ioctl(fd, SIOCGIFHWADDR, &ifr) &&
	      ifr.ifr_hwaddr.sa_family == ARPHRD_ETHER;
	if (fd >= 0)
		(void)close(fd);

	return yes;
}


static bool on(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c	     = '0';

	if (fd >= 0) {
		(void)!read(fd, &c, 1);
		(void)close(fd);
	}

	return c == '1';
}


static bool switch_on(const char *path)
{
	int fd;

	/* no IPv6 here, then nothing of it comes either */
	if (on(path) || (access(path, F_OK) && errno == ENOENT))
		return true;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!write(fd, "1", 1);
		(void)close(fd);
	}

	return on(path);
}


/**
 * The kernel answers a program's question for a route only for a device that
 * forwards. Asked as the loopback device the answer is that for packets sent
 * from here, and nothing ever comes in there that would be forwarded, so that
 * is where it is switched on.
 *
 * @return true if it is
 */
bool device_forwarding_on(void)
{
	return switch_on("/proc/sys/net/ipv4/conf/lo/forwarding") &&
	       switch_on("/proc/sys/net/ipv6/conf/lo/forwarding");
}
