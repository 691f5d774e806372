/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc/fdpass.h  Descriptors beside octets (SCM_RIGHTS, unix(7))
 *
 * Internal to lib/rpc.
 */
#ifndef POSTERN_RPC_FDPASS_H
#define POSTERN_RPC_FDPASS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

void rpc_fds_close(int *fds, size_t n);
ssize_t rpc_fds_send(int sock, const void *p, size_t len, const int *fds,
		     size_t nfds);
ssize_t rpc_fds_recv(int sock, void *p, size_t len, int *fds, size_t max,
		     size_t *nfds, bool *excess);

#endif
