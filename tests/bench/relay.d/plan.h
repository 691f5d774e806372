/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file plan.h  Which streams there are: who sends to which port of the relay
 *
 * The runner writes the plan, a line a stream:
 *
 *	party a, relay's port for a, party b, relay's port for b
 *
 * each as "address port" (IPv4). What party a sends to its port of the relay,
 * party b gets from the relay's port for b. All streams have the same two
 * parties. A stream's number is its SSRC.
 */
#ifndef POSTERN_BENCH_PLAN_H
#define POSTERN_BENCH_PLAN_H

#include <stddef.h>
#include <netinet/in.h>

enum {
	PLAN_STREAMS_MAX = 20000,
};

/** One stream; index 0 is side a, 1 is side b */
struct plan_stream {
	struct sockaddr_in party[2], relay[2];
};

/** Two sockets; 0 or an errno */
typedef int(plan_pair_h)(const int fd[2], void *arg);

int plan_read(struct plan_stream **streamsp, size_t *n, const char *path);
int plan_files(size_t n);
int plan_pairs(const char *path, plan_pair_h *pairh, void *arg);
int plan_watch(int ep, const char *path);
int plan_socket(const struct sockaddr_in *local,
		const struct sockaddr_in *remote);

#endif
