/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file notify.c  Telling systemd how we are
 *
 * One datagram to the socket named in NOTIFY_SOCKET, as sd_notify(3)
 * describes. Owns no state.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "daemon/notify.h"


/**
 * Send a state
 *
 * @param state "READY=1", "STOPPING=1"
 *
 * @return 0, also where nobody listens; or an errno
 */
int notify_systemd(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un;
	size_t len;
	int fd, err = 0;

	if (!path || !path[0])
		return 0;

	len = strlen(path);
	if ((path[0] != '/' && path[0] != '@') || len >= sizeof(un.sun_path))
		return EINVAL;

	memset(&un, 0, sizeof(un));
	un.sun_family = AF_UNIX;
	memcpy(un.sun_path, path, len);
	if (path[0] == '@')
		un.sun_path[0] = '\0'; /* abstract namespace */

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;

	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		   (struct sockaddr *)&un,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) <
	    0)
		err = errno;

	(void)close(fd);

	return err;
}
