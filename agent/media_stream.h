/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_stream.h  A stream: a terminal's ports, and a way to the relay
 */
#ifndef POSTERN_AGENT_MEDIA_STREAM_H
#define POSTERN_AGENT_MEDIA_STREAM_H

#include "rpc/libre.h"
#include <jansson.h>
#include "media/latch.h"
#include "media/seal.h"
#include "addr/addr.h"
#include "media_way.h"

struct carry;
struct media_gate;
struct alive;
struct alive_nat;
struct media_stream;

/** What a stream in token mode has to say */
struct media_stream_handlers {
	/** ask the relay for new tokens */
	void (*askh)(uint32_t id, void *arg);
	/** tell it that packets go in-tunnel, or not any more */
	void (*movedh)(uint32_t id, enum latch_component c, bool inside,
		       void *arg);
	/** something was learnt of the NATs */
	void (*learnth)(void *arg);
};

/** One port; its handler gets a pointer to it */
struct media_sock {
	struct media_stream *st;
	int fd; /**< -1: none */
	enum latch_component component;
};

struct media_stream {
	struct le he; /**< by id */
	struct media_sock sock[LATCH_COMPONENTS];
	struct latch latch;
	struct addr local;    /**< of the private network, port 0 */
	struct addr signalling, remote, remote_rtcp;
	struct media_way *way[LATCH_COMPONENTS]; /**< token mode */
	struct addr relay[LATCH_COMPONENTS];	 /**< its ports X and Y */
	struct sealer *up;    /**< sealed mode */
	struct opener *down;
	struct tmr tmr;	      /**< signs of life */
	struct carry *carry;  /**< to the relay, lent */
	const struct media_gate *gate;
	bool counted;	      /**< its sockets are, and it is in the audit */
	bool named;	      /**< the terminal was told of the port */
	bool again;	      /**< and before it was opened, even: it is one
				   that a relay started anew has lost */
	struct alive *alive;  /**< of the way there */
	uint64_t sent;	      /**< when something last went there, ms */
	unsigned beats;
	uint32_t id;
	uint16_t port;
	uint8_t dscp;
	bool rtp, mux, rtcp;
	bool token;	      /**< the mode it is in */
	struct alive_nat *nat; /**< that ways of its own are behind */
	struct media_stream_handlers h;
	void *arg;
	uint64_t packets[2], bytes[2], refused, unopened; /**< [0] up, [1]
							     down */
	uint64_t unsignalled; /**< packets before the port was named */
};

int media_stream_alloc(struct media_stream **sp, const json_t *params,
		       const struct addr *local, struct carry *carry,
		       const struct media_gate *gate);
int media_stream_open(struct media_stream *st, const json_t *params,
		      const char **why);
int media_stream_change(struct media_stream *st, const json_t *params);
void media_stream_beat(struct media_stream *st);
void media_stream_deliver(struct media_stream *st, enum latch_component c,
			  const uint8_t *p, size_t len);

#endif
