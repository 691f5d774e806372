/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file what.h  What a byte channel is for, as its OPEN says
 */
#ifndef POSTERN_BYTES_WHAT_H
#define POSTERN_BYTES_WHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

enum {
	WHAT_LEN = 256,	   /**< room for the text, with its NUL */
	WHAT_KEY_LEN = 17, /**< of a connection: 16 hexadecimal digits */
};

/** A service in the private network, for somebody at the relay */
struct what_service {
	struct addr to;	  /**< where the agent is to connect */
	struct addr from; /**< who is it, for the agent's log; may be unset */
	bool ask;	  /**< only whether it would */
};

/** A connection of TCP media: of the leg the relay calls so */
struct what_tcp {
	uint32_t id;
	struct addr to;	  /**< the agent is to connect there; unset: it has */
	struct addr from; /**< whose connection the agent took; likewise */
};

/** A connection of an H.323 terminal's: call signalling, or H.245. It has a key
 *  if it may go on in another tunnel's channel */
struct what_h225 {
	uint32_t id;	   /**< the port that waited for it; 0: the door */
	struct addr to;	   /**< the agent is to connect there; unset: it has */
	struct addr from;  /**< whose connection the agent took; likewise */
	struct addr local; /**< and where; unset with to, and again */
	char key[WHAT_KEY_LEN]; /**< empty: none */
	bool again;	   /**< it goes on: the agent has received so much */
	uint64_t received; /**< octets */
};

bool what_key_ok(const char *key);
size_t what_tcp_encode(const struct what_tcp *w, char buf[WHAT_LEN]);
int what_tcp_decode(struct what_tcp *w, const char *text, size_t len);
size_t what_service_encode(const struct what_service *w, char buf[WHAT_LEN]);
int what_service_decode(struct what_service *w, const char *text, size_t len);
size_t what_h225_encode(const struct what_h225 *w, char buf[WHAT_LEN]);
int what_h225_decode(struct what_h225 *w, const char *text, size_t len);

#endif
