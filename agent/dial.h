/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file dial.h  A TCP connection to the quickest of several addresses
 */
#ifndef POSTERN_AGENT_DIAL_H
#define POSTERN_AGENT_DIAL_H

#include <stddef.h>
#include "addr/addr.h"

struct dial;

/** fd -1: none could be reached, err says why the last one couldn't. The
 *  descriptor is the handler's */
typedef void(dial_h)(int fd, const struct addr *peer, int err, void *arg);

int dial_begin(struct dial **dp, const struct addr *addrv, size_t addrc,
	       dial_h *h, void *arg);

#endif
