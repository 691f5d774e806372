/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file cargo.h  What a link carries, as the link sees it
 */
#ifndef POSTERN_TUNNEL_CARGO_H
#define POSTERN_TUNNEL_CARGO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cargo {
	/** octets came in; an errno: the other end breaks the rules */
	int (*input)(void *carried, const uint8_t *p, size_t len);
	/** octets that shall go out, 0: none */
	size_t (*output)(void *carried, uint8_t *p, size_t size);
	/** a second has passed; ping: a sign of life is due */
	void (*tick)(void *carried, bool ping, uint64_t now);
	/** the link carries it no more; NULL: that is nothing to it */
	void (*leave)(void *carried);
	/** something waits for time to pass; NULL: never */
	bool (*waits)(const void *carried);
};

extern const struct cargo cargo_tunnel;	   /**< struct tunnel */
extern const struct cargo cargo_datagrams; /**< struct datagrams */

#endif
