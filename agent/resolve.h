/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file resolve.h  Names to addresses, without waiting
 */
#ifndef POSTERN_AGENT_RESOLVE_H
#define POSTERN_AGENT_RESOLVE_H

#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

enum {
	RESOLVE_MAX = 16, /* addresses of a name */
};

struct resolve;

/** addrc 0: why in words */
typedef void(resolve_h)(const struct addr *addrv, size_t addrc,
			const char *why, void *arg);

int resolve_host(struct resolve **rp, const char *host, uint16_t port,
		 resolve_h *h, void *arg);

#endif
