/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file flight.h  How much may be under way, for what arrives to be young
 *
 * TCP fills every buffer on its way, and each makes what follows late. Here the
 * sender looks at how long what it sent needed until the other end, not TCP,
 * said that it was there, and keeps so little under way that buffers add no
 * more than FLIGHT_TARGET_MS. It is what is left of a connection's time that
 * counts, whatever lies between: TLS, sockets, proxies. Pure.
 */
#ifndef POSTERN_TUNNEL_FLIGHT_H
#define POSTERN_TUNNEL_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FLIGHT_MAX	  = 1024,	 /**< sendings under way */
	FLIGHT_FIRST	  = 8192,	 /**< octets, before much is known */
	FLIGHT_LEAST	  = 600,	 /**< and one packet always */
	FLIGHT_MOST	  = 1024 * 1024,
	FLIGHT_TARGET_MS  = 100,
};

struct flight {
	struct flight_sending {
		uint64_t end; /**< octets sent up to and with it */
		uint64_t at;  /**< ms */
	} v[FLIGHT_MAX];
	unsigned first, n;
	uint64_t sent, arrived; /**< octets since the beginning */
	uint64_t base;		/**< shortest time there and back, ms */
	uint64_t cut;		/**< the window was made smaller, ms */
	uint32_t window;	/**< octets that may be under way */
	bool known;		/**< base is */
};

void flight_init(struct flight *f);
bool flight_room(const struct flight *f, size_t len, uint64_t now);
void flight_sent(struct flight *f, size_t len, uint64_t now);
int flight_arrived(struct flight *f, uint64_t total, uint64_t now);

#endif
