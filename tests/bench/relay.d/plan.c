/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file plan.c  Which streams there are, read from the runner's file
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include "plan.h"


static int take(struct sockaddr_in *sa, const char *ip, unsigned port)
{
	sa->sin_family = AF_INET;
	sa->sin_port   = htons((uint16_t)port);

	return inet_pton(AF_INET, ip, &sa->sin_addr) == 1 ? 0 : EINVAL;
}


static int line_take(struct plan_stream *s, FILE *f)
{
	char ip[4][16];
	unsigned port[4];
	int i, n;

	n = fscanf(f, "%15s %u %15s %u %15s %u %15s %u", ip[0], &port[0],
		   ip[1], &port[1], ip[2], &port[2], ip[3], &port[3]);
	if (n == EOF)
		return ENOENT;
	if (n != 8)
		return EINVAL;

	for (i = 0; i < 4; i++) {
		if (take(i & 1 ? &s->relay[i / 2] : &s->party[i / 2], ip[i],
			 port[i]))
			return EINVAL;
	}

	return 0;
}


/**
 * Read the plan
 *
 * @param streamsp Result, free() it
 * @param n        How many streams
 * @param path     File
 *
 * @return 0 or an errno
 */
int plan_read(struct plan_stream **streamsp, size_t *n, const char *path)
{
	FILE *f = fopen(path, "r");
	struct plan_stream *v;
	int err = 0;

	if (!f)
		return errno;

	v = calloc(PLAN_STREAMS_MAX, sizeof(*v));
	*n = 0;
	while (v && *n < PLAN_STREAMS_MAX && !err) {
		err = line_take(&v[*n], f);
		if (!err)
			++*n;
	}
	(void)fclose(f);
	if (!v || err != ENOENT || !*n) {
		free(v);
		return v ? EINVAL : ENOMEM;
	}

	*streamsp = v;

	return 0;
}


/** So many descriptors may be open; 0 or an errno */
int plan_files(size_t n)
{
	const struct rlimit rl = {.rlim_cur = n, .rlim_max = n};

	return setrlimit(RLIMIT_NOFILE, &rl) ? errno : 0;
}


/** A UDP socket, connected if remote isn't NULL; -1 with errno */
int plan_socket(const struct sockaddr_in *local,
		const struct sockaddr_in *remote)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)local, sizeof(*local)) ||
	    (remote && connect(fd, (const struct sockaddr *)remote,
			       sizeof(*remote))))
		return -1;

	return fd;
}


static int pair(const struct plan_stream *s, plan_pair_h *pairh, void *arg)
{
	int fd[2], i;

	for (i = 0; i < 2; i++) {
		fd[i] = plan_socket(&s->relay[i], &s->party[i]);
		if (fd[i] < 0)
			return errno;
	}

	return pairh(fd, arg);
}


/**
 * Two connected sockets for each stream of a plan
 *
 * @param path  Of the plan
 * @param pairh Gets them: what comes on one shall leave by the other
 * @param arg   Its argument
 *
 * @return 0 or an errno
 */
int plan_pairs(const char *path, plan_pair_h *pairh, void *arg)
{
	struct plan_stream *sv;
	size_t i, n;
	int err;

	err = plan_read(&sv, &n, path);
	if (err)
		return err;

	err = plan_files(2 * n + 64);
	for (i = 0; i < n && !err; i++)
		err = pair(&sv[i], pairh, arg);
	free(sv);

	return err;
}


static int watch(const int fd[2], void *arg)
{
	struct epoll_event ev = {.events = EPOLLIN};
	int i;

	for (i = 0; i < 2; i++) {
		ev.data.u64 = (uint64_t)fd[i] << 32 | (uint32_t)fd[1 - i];
		if (epoll_ctl(*(int *)arg, EPOLL_CTL_ADD, fd[i], &ev))
			return errno;
	}

	return 0;
}


/**
 * The sockets of a plan, watched
 *
 * @param ep   Epoll descriptor. An event's u64 is the socket that is readable,
 *             above, and the one its datagrams leave by, below.
 * @param path Of the plan
 *
 * @return 0 or an errno
 */
int plan_watch(int ep, const char *path)
{
	return plan_pairs(path, watch, &ep);
}
