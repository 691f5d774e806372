/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relay_params.h  Sessions in the relay's words (doc/relay-protocol.md)
 *
 * A session becomes the parameters of session.open; the difference between two
 * states of it those of session.update; what the relay answers is read back.
 * Pure.
 */
#ifndef POSTERN_CALL_RELAY_PARAMS_H
#define POSTERN_CALL_RELAY_PARAMS_H

#include <jansson.h>
#include "call/session.h"

struct relay_conf {
	const char *owner;     /**< which of the relay's clients we are */
	const char *interface; /**< where a session names none */
	unsigned timeout;      /**< s without media */
	int dscp;	       /**< -1: the relay's own */
	/** the same for one stream, if it isn't NULL */
	int (*dscph)(const struct session_stream *st, const void *arg);
	const void *arg;
};

/* new reference; with the relay's addresses in it where the session has them
 * (opening it again). NULL: no memory */
json_t *relay_open_params(const struct session *s, const struct relay_conf *c);
/* NULL: nothing to say */
json_t *relay_update_params(const struct session *old,
			    const struct session *now,
			    const struct relay_conf *c);
/* takes the relay's addresses over; EBADMSG */
int relay_result_read(struct session *s, const json_t *result);

/** What came from one party on one stream, at the end */
struct relay_flow {
	uint64_t packets, bytes, dropped, lost;
	char latched[ADDR_STRLEN]; /**< "": nothing was learnt */
	int64_t latched_at;
};

/* ENOENT: no such stream in what the relay answered */
int relay_flow_read(struct relay_flow *f, const json_t *result,
		    unsigned stream, enum session_side side);

#endif
