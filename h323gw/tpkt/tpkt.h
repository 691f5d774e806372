/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tpkt.h  Messages in a stream of octets (RFC 1006 §6, H.225.0 §7.1)
 *
 *	octet 0: 3, octet 1: reserved, octets 2 and 3: length of all
 *
 * Octets go in as they come, in pieces of any size; messages come out, where
 * they are whole in a piece without being copied. Pure.
 */
#ifndef H323GW_TPKT_H
#define H323GW_TPKT_H

#include <stddef.h>
#include <stdint.h>

enum {
	TPKT_HEADER	 = 4,
	TPKT_PAYLOAD_MAX = 65535 - TPKT_HEADER,
};

struct tpkt;

/** A message; len 0: a sign of life. Other than 0 ends tpkt_feed(), which
 *  returns it */
typedef int(tpkt_h)(const uint8_t *p, size_t len, void *arg);

int tpkt_alloc(struct tpkt **tp, size_t payload_max);
void tpkt_free(struct tpkt *t);
int tpkt_feed(struct tpkt *t, const uint8_t *p, size_t len, tpkt_h *h,
	      void *arg);
size_t tpkt_pending(const struct tpkt *t);
int tpkt_header(uint8_t head[TPKT_HEADER], size_t payload);

#endif
