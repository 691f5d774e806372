/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sock.h  TCP sockets as all rooms open them: none blocks, none is
 * inherited
 *
 * Owns nothing: a descriptor is its caller's.
 */
#ifndef POSTERN_SOCK_H
#define POSTERN_SOCK_H

#include "addr/addr.h"

int sock_connect(int *fdp, const struct addr *local, const struct addr *peer);
int sock_listen(int *fdp, const struct addr *at, int backlog);
int sock_error(int fd);

#endif
