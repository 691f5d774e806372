/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file token_leg.h  An agent's leg in token mode: bare packets, known sockets
 *
 * Each part of it (RTP on port X, RTCP on Y) has a socket of its own, connected
 * to where a probe with its token came from. The kernel hands that socket what
 * comes from there and nothing else, so packets stay in order and need not be
 * looked up; the leg's worker reads it. Where the agent says that UDP does not
 * get through, packets for it go in-tunnel; from there they are always taken.
 *
 * Tokens are given, and sockets opened and closed, by the control thread while
 * the workers stand still; a worker that sees a good probe only says so.
 */
#ifndef POSTERN_RELAY_TOKEN_LEG_H
#define POSTERN_RELAY_TOKEN_LEG_H

#include "agent_leg.h"
#include "media/token.h"

enum {
	TOKEN_LIFE_MS	 = 20000,
	TOKEN_SILENCE_MS = 500,	  /* of a stream that was not silent */
	TOKEN_DEAD_MS	 = 25000, /* without even a sign of life */
	TOKEN_ASK_MS	 = 200,	  /* at least between two that are asked for */
};

/** One part */
struct token_way {
	struct watch watch;  /**< first: it is what the worker hands over */
	struct le he;	     /**< by source; the control thread's */
	struct agent_leg *al;
	struct addr source;  /**< where there is a socket */
	struct token token;
	uint64_t heard;	     /**< anything, ms */
	uint64_t media;	     /**< other than signs of life, ms */
	uint64_t given;	     /**< when the token was, ms */
	uint64_t strayed;    /**< when another stream's probe was heard, ms */
	int lane;	     /**< packets go in-tunnel, by this; -1: over UDP */
	enum latch_component component;
	bool renew;	     /**< the next message to the agent has a token */
};

struct token_leg {
	struct token_way way[LATCH_COMPONENTS];
	bool waiting; /**< there has been something for the terminal */
};

/* what a worker tells the control thread */
enum token_news {
	TOKEN_SHOWN,  /**< a good one, which has served */
	TOKEN_STRAY,  /**< one of another stream, perhaps another worker's */
	TOKEN_WANTED, /**< there is something for the terminal */
};

struct token_note {
	struct relay *relay;
	enum token_news news;
	enum latch_component component;
	struct addr source, local;
	struct probe probe;
};

int token_leg_alloc(struct token_leg **tp, struct agent_leg *al);
bool token_way_used(const struct token_way *tw);
struct token_way *token_leg_way(struct token_leg *tl, enum latch_component c);
int token_leg_send(struct token_leg *tl, enum latch_component c,
		   const uint8_t *p, size_t len);
void token_leg_wanted(struct token_leg *tl);
void token_leg_probe(struct worker *w, int fd, const struct addr *src,
		     const uint8_t *p, size_t len);
enum token_verdict token_leg_serve(struct token_leg *tl, struct metrics *stats,
				   const struct probe *pr, uint16_t port,
				   struct token_way **twp);
void token_way_drain(struct token_way *tw);
void token_way_readable(struct watch *wt);

/* token_inside.c: in-tunnel */
int token_inside_send(const struct token_way *tw, const uint8_t *p, size_t len);
void token_inside_recv(struct worker *w, const uint8_t *p, size_t len);
void token_inside_order(struct agent *ag, const json_t *params);

/* token_claim.c: the control thread's side */
struct token_claims;

int token_claims_alloc(struct token_claims **tp, struct relay *r);
void token_claims_note(struct token_claims *tc, const struct token_note *no);
void token_claims_forget(struct token_way *tw);
void token_leg_follow(struct token_leg *tl);
void token_leg_gone(struct token_leg *tl);

/* token_offer.c: likewise */
void token_leg_offer(struct token_leg *tl, json_t *o);
bool token_leg_asked(struct token_leg *tl);
bool token_leg_due(struct le *le, void *arg);

#endif
