/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ping.h  One keepalive packet, to one contact
 *
 * Sent from the socket the terminal registered at, since only that keeps its
 * NAT's binding open. Owns nothing.
 */
#ifndef TRAVERSAL_GLUE_PING_H
#define TRAVERSAL_GLUE_PING_H

#include <stdbool.h>
#include <stdint.h>
#include "glue/compat.h"
#include "core/ip_addr.h"
#include "modules/usrloc/usrloc.h"

enum {
	PING_URI_SIZE = 512,
};

struct ping_target
{
	struct dest_info dst;
	bool stream; /**< TCP, TLS: over the connection it opened */
	char uri[PING_URI_SIZE]; /**< its Contact */
};

/* copies what is needed out of a locked contact; 0, or -1: it can't be pinged */
int ping_target(struct ping_target *to, const ucontact_t *u);

/* each: 0, -1 when it could not be sent */
int ping_crlf(const struct ping_target *to);
/* the transaction id is ID and NONCE */
int ping_stun(const struct ping_target *to, uint32_t id, uint64_t nonce);
/* whether a datagram is an answer to one of them, of any class */
bool ping_stun_answer(
		const uint8_t *buf, size_t len, uint32_t *id, uint64_t *nonce);
/* From's tag is "PREFIX ID-NONCE", in hex */
int ping_options(const struct ping_target *to, const char *prefix, uint32_t id,
		uint64_t nonce);

#endif
