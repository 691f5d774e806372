/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_way_priv.h  What media_way.c and media_way_ask.c share
 */
#ifndef POSTERN_AGENT_MEDIA_WAY_PRIV_H
#define POSTERN_AGENT_MEDIA_WAY_PRIV_H

#include "rpc/libre.h"
#include "alive.h"
#include "media_way.h"
#include "way.h"

struct media_way {
	struct media_way_conf conf;
	struct media_way_handlers h;
	void *arg;
	int fd;		      /* -1: there is no way out now */
	struct addr relay;    /* its port X or Y; unset: it is not known */

	/* media_way.c: tokens */
	uint8_t token[TOKEN_LEN];
	uint64_t until;	      /* it may be shown before, ms; 0: none */
	uint64_t asked;	      /* when one was asked for, ms */
	struct tmr probe;
	unsigned tries;
	bool confirmed;
	struct addr seen;     /* where the relay was shown the last one */

	/* and packets */
	uint64_t sent;	      /* when something last went, ms */
	uint64_t spoken;      /* when the terminal last did, ms */
	uint64_t heard;	      /* when the relay last was, ms */
	uint64_t doubted;     /* the same, when we asked for that reason */
	uint64_t early;	      /* packets before it was confirmed: dropped */

	/* media_way_ask.c */
	struct way way;
	struct alive alive;
	struct sign question; /* the one that is open */
	struct tmr tick;      /* while there are media */
	struct tmr beat, wait;
	uint64_t used;	      /* when there were media, ms */
	uint64_t told;	      /* when the relay was told that they moved, ms */
};

void media_way_put(struct media_way *w, const uint8_t *p, size_t len);

void media_way_ask_begin(struct media_way *w);
void media_way_ask_new(struct media_way *w);
void media_way_ask_end(struct media_way *w);
void media_way_used(struct media_way *w);
bool media_way_answer(struct media_way *w, const uint8_t *p, size_t len);
void media_way_seen(struct media_way *w, const struct addr *seen);
bool media_way_send_inside(struct media_way *w, const uint8_t *p, size_t len);

#endif
