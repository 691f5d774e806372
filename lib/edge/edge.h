/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file edge.h  A SIP message at the edge to an agent's private network
 *
 * Inside, a terminal behind an agent is the address its messages come from
 * (`channel`, one of the server's own), over UDP, and the proxy is `self`. In
 * its private network it is `terminal`, speaks `transport`, and all it knows
 * of the world is the agent, `door`. What crosses the edge has the ones
 * replaced by the others, in the first line and in the headers that name
 * addresses; nothing else is touched, so that digests, Call-IDs and bodies
 * stay what they are. Pure.
 */
#ifndef POSTERN_EDGE_H
#define POSTERN_EDGE_H

#include <stddef.h>
#include "addr/addr.h"

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
};

/* what a message may grow by */
enum {
	EDGE_GROWS = 4096
};

/* "udp", "tcp", "tls"; NULL is UDP. 0 or EINVAL */
int edge_transport_decode(enum edge_transport *t, const char *name);
const char *edge_transport_name(enum edge_transport t);

/* from the terminal, and to it. 0 with *outlen; ENOENT: nothing is to be
 * changed; ENOBUFS: size is not enough */
int edge_in(char *out, size_t size, size_t *outlen, const char *msg,
	    size_t len, const struct edge *e);
int edge_out(char *out, size_t size, size_t *outlen, const char *msg,
	     size_t len, const struct edge *e);

#endif
