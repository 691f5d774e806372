/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file connect.h  Through an HTTP proxy: CONNECT (RFC 9110 §9.3.6)
 *
 * The request and the answer as octets; no socket.
 */
#ifndef POSTERN_TUNNEL_CONNECT_H
#define POSTERN_TUNNEL_CONNECT_H

#include <stddef.h>
#include <stdint.h>

enum {
	CONNECT_ANSWER_MAX = 8192, /**< octets of an answer's head */
	CONNECT_REASON_MAX = 64,
};

struct connect_answer {
	unsigned status; /**< 200 to 299: we are through */
	char reason[CONNECT_REASON_MAX + 1]; /**< as the proxy puts it */
	size_t len;	 /**< octets of the head */
};

int connect_request(char *buf, size_t size, const char *host, uint16_t port,
		    const char *user, const char *password);
int connect_answer_decode(struct connect_answer *a, const uint8_t *p,
			  size_t len);

#endif
