/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loopback for one test program alone. Owns nothing.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "tests/unit/own_network.h"


static int loopback_up(void)
{
	const int fd	 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int err		 = 0;

	if (fd < 0)
		return errno;
	if (ioctl(fd, SIOCSIFFLAGS, &req) < 0)
		err = errno;
	(void)close(fd);

	return err;
}


int own_network(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		return errno == EPERM ? 0 : errno;

	return loopback_up();
}
