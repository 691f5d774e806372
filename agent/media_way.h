/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_way.h  A stream's own socket towards the relay, in token mode
 */
#ifndef POSTERN_AGENT_MEDIA_WAY_H
#define POSTERN_AGENT_MEDIA_WAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"
#include "media/latch.h"
#include "media/token.h"

struct alive_nat;
struct carry;
struct media_way;

struct media_way_handlers {
	/** a packet for the terminal */
	void (*packeth)(enum latch_component c, const uint8_t *p, size_t len,
			void *arg);
	/** there must be a new token, which media_way_token() brings */
	void (*askh)(void *arg);
	/** packets go in-tunnel from now on, or not any more: the relay must
	 *  be told */
	void (*movedh)(enum latch_component c, bool inside, void *arg);
	/** something was learnt of the NATs */
	void (*learnth)(void *arg);
};

/** What a way is, but for where it leads */
struct media_way_conf {
	uint32_t id;		/**< of the stream */
	enum latch_component component;
	uint8_t dscp;
	struct carry *carry;	/**< has the connection; must outlive it */
	struct alive_nat *nat;	/**< likewise */
};

int media_way_alloc(struct media_way **wp, const struct media_way_conf *conf,
		    const struct addr *relay,
		    const struct media_way_handlers *h, void *arg);
int media_way_relay(struct media_way *w, const struct addr *relay);
void media_way_token(struct media_way *w, const uint8_t token[TOKEN_LEN],
		     uint32_t life);
void media_way_want(struct media_way *w);
void media_way_mark(struct media_way *w, uint8_t dscp);
void media_way_renew(struct media_way *w);
void media_way_confirmed(struct media_way *w, const struct addr *seen);
void media_way_inside(struct media_way *w);
void media_way_send(struct media_way *w, const uint8_t *p, size_t len);

#endif
