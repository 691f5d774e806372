/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file proxy.h  A connection through an HTTP proxy
 */
#ifndef POSTERN_AGENT_PROXY_H
#define POSTERN_AGENT_PROXY_H

#include <stdint.h>

struct proxy;

/** err 0: fd leads to the host, and is the handler's. Else why in words. */
typedef void(proxy_h)(int fd, int err, const char *why, void *arg);

int proxy_begin(struct proxy **pp, int fd, const char *host, uint16_t port,
		const char *user, const char *password, proxy_h *h, void *arg);

#endif
