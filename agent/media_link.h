/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_link.h  A connection beside the tunnel's, which carries media
 */
#ifndef POSTERN_AGENT_MEDIA_LINK_H
#define POSTERN_AGENT_MEDIA_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct media_link;
struct uplink;

struct media_link_handlers {
	/** it carries datagrams from now on */
	void (*uph)(void *arg);
	/** a datagram came in */
	void (*recvh)(const uint8_t *p, size_t len, void *arg);
	/** it came to nothing, or its end; it may be mem_deref()ed here */
	void (*downh)(const char *why, void *arg);
};

int media_link_begin(struct media_link **mp, const struct uplink *u,
		     const struct media_link_handlers *h, void *arg);
bool media_link_is_up(const struct media_link *m);
void media_link_send(struct media_link *m, const uint8_t *p, size_t len);

#endif
