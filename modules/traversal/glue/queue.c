/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file queue.c  Datagrams from Kamailio's processes to one of the module's
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>
#include "glue/queue.h"

int queue_open(int fd[2], int bytes)
{
	if(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fd) < 0)
		return errno;
	if(bytes
			&& setsockopt(
					   fd[1], SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		(void)setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	return 0;
}

void queue_close(int fd[2])
{
	for(int i = 0; i < 2; i++) {
		if(fd[i] >= 0)
			(void)close(fd[i]);
		fd[i] = -1;
	}
}
