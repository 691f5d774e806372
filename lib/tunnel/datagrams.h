/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file datagrams.h  Datagrams inside a connection: late ones are dropped
 *
 * What a media connection carries in place of a tunnel: DATAGRAM frames both
 * ways, and ACK frames that say how many octets of them have arrived. What
 * can't go soon enough doesn't go at all: doc/tunnel-protocol.md.
 *
 * No sockets, no clocks, no TLS. mem_deref() it.
 */
#ifndef POSTERN_TUNNEL_DATAGRAMS_H
#define POSTERN_TUNNEL_DATAGRAMS_H

#include <stddef.h>
#include <stdint.h>

enum {
	DATAGRAMS_QUEUE	 = 65536, /**< octets that wait, at most */
	DATAGRAMS_AGE_MS = 150,	  /**< so long */
};

struct datagrams;

/** One came in */
typedef void(datagrams_h)(const uint8_t *p, size_t len, void *arg);

struct datagrams_stats {
	uint64_t in, out;
	uint64_t old;  /**< dropped: waited too long */
	uint64_t full; /**< dropped: too many wait */
};

int datagrams_alloc(struct datagrams **dp, datagrams_h *h, void *arg);
void datagrams_handler_set(struct datagrams *d, datagrams_h *h, void *arg);
void datagrams_put(struct datagrams *d, const uint8_t *p, size_t len,
		   uint64_t now);
int datagrams_input(struct datagrams *d, const uint8_t *p, size_t len,
		    uint64_t now);
size_t datagrams_output(struct datagrams *d, uint8_t *p, size_t size,
			uint64_t now);
size_t datagrams_waiting(const struct datagrams *d);
void datagrams_ping(struct datagrams *d, uint64_t token);
const struct datagrams_stats *datagrams_stats(const struct datagrams *d);

#endif
