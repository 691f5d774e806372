/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file route.c  The address this host has towards the world
 *
 * Owns no state.
 */
#include <string.h>
#include <unistd.h>
#include "addr.h"


/**
 * The address packets to the world at large leave from; nothing is sent
 *
 * @param a  Result, port 0; unset without one
 * @param af AF_INET or AF_INET6
 *
 * @return true if there is a default route
 */
bool addr_default_route(struct addr *a, int af)
{
	socklen_t len = sizeof(a->u);
	struct addr world;
	int fd;
	bool ok;

	memset(a, 0, sizeof(*a));

	/* RFC 5737, RFC 3849 */
	(void)addr_parse(&world, af == AF_INET6 ? "2001:db8::1" : "192.0.2.1",
			 9);

	fd = socket(af, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;

	ok = !connect(fd, &world.u.sa, addr_socklen(&world)) &&
	     !getsockname(fd, &a->u.sa, &len) && !addr_is_linklocal(a);
	(void)close(fd);

	if (ok)
		addr_set_port(a, 0);
	else
		memset(a, 0, sizeof(*a));

	return ok;
}
