/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file fragment.h  IP packets put together of their fragments
 *
 * (RFC 791 §3.2, RFC 8200 §4.5.) Bounded: the oldest packet that is not whole
 * is given up for a new one, and each is given up in time.
 */
#ifndef H323GW_DUMP_FRAGMENT_H
#define H323GW_DUMP_FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

enum {
	FRAGMENT_PACKETS_MAX = 64,	/**< not whole, at a time */
	FRAGMENT_PIECES_MAX  = 128,	/**< of one packet */
	FRAGMENT_OCTETS_MAX  = 1 << 20, /**< of all of them */
	FRAGMENT_SECONDS_MAX = 60,	/**< RFC 8200 §4.5 */
};

struct fragments;

struct fragment {
	unsigned long frame;
	int64_t seconds;   /**< when it came */
	struct addr src, dst;
	uint32_t id;
	uint8_t proto;	   /**< what it is of; IPv6: told by the first one */
	size_t offset;
	bool more;
	bool cut;	   /**< the capture has not all of it */
	const uint8_t *p;
	size_t len;
};

/** A packet was given up; frame: of the piece that came first */
typedef void(fragment_h)(unsigned long frame, const char *what, void *arg);

int fragments_alloc(struct fragments **fp, fragment_h *h, void *arg);
void fragments_free(struct fragments *f);
int fragments_add(struct fragments *f, const struct fragment *piece,
		  struct fragment *whole);

#endif
