/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file edge.h  A SIP message at the edge to an agent's private network
 *
 * Inside, a terminal behind an agent is the address its messages come from
 * (`channel`, one of the server's own), over UDP, and the proxy is `self`. In
 * its private network it is `terminal`, speaks `transport`, and all it knows
 * of the world is the agent, `door`. What crosses the edge has the ones
 * replaced by the others, in the first line and in the headers that name
 * addresses. Other private addresses in them, and those in Call-IDs, branches
 * and whatever is text, are hidden from the far side (hide.c) and put back.
 * Digests and bodies stay what they are. Pure.
 */
#ifndef POSTERN_EDGE_H
#define POSTERN_EDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

enum {
	EDGE_HIDE_KEY = 16,
};

enum edge_transport {
	EDGE_UDP,
	EDGE_TCP,
	EDGE_TLS,
	EDGE_TRANSPORTS
};

struct edge {
	struct addr self;     /**< the proxy */
	struct addr channel;  /**< the terminal, as the proxy knows it */
	struct addr door;     /**< the agent, as the terminal knows it */
	struct addr terminal; /**< the terminal in its own network */
	enum edge_transport transport; /**< what the terminal speaks */
	bool hides;		       /**< private addresses in text, */
	uint8_t hide[EDGE_HIDE_KEY];   /**< under this key: the agent's */
};

/* what a message may grow by */
enum {
	EDGE_GROWS = 4096
};

/* "udp", "tcp", "tls"; NULL is UDP. 0 or EINVAL */
int edge_transport_decode(enum edge_transport *t, const char *name);
const char *edge_transport_name(enum edge_transport t);

/* a key from 2 * EDGE_HIDE_KEY hexadecimal digits. 0 or EINVAL */
int edge_hide_decode(uint8_t key[EDGE_HIDE_KEY], const char *hex);

/* a header's value, as the other side has it. As edge_in() */
int edge_text(char *out, size_t size, size_t *outlen, const char *text,
	      size_t len, const struct edge *e);

/* from the terminal, and to it. 0 with *outlen; ENOENT: nothing is to be
 * changed; ENOBUFS: size is not enough */
int edge_in(char *out, size_t size, size_t *outlen, const char *msg,
	    size_t len, const struct edge *e);
int edge_out(char *out, size_t size, size_t *outlen, const char *msg,
	     size_t len, const struct edge *e);

#endif
