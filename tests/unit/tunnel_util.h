/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tunnel_util.h  Two ends of a tunnel, and a wire between them
 *
 * What an end sends lies on the wire until a test delivers it, in pieces of any
 * size. Channels' owners write down what they are told.
 */
#ifndef TESTS_UNIT_TUNNEL_UTIL_H
#define TESTS_UNIT_TUNNEL_UTIL_H

#include "rpc/libre.h"
#include "tunnel/frame.h"
#include "tunnel/tunnel.h"

enum {
	ROOM	 = 4 * FRAME_MAX,
	ENDS	 = 2,
	MESSAGES = 64,
};

/** One channel's end as its owner has it */
struct user {
	struct channel *ch;
	struct mbuf *got;
	unsigned messages, accepted, sendable, fins, closed;
	enum tunnel_reason why;
	bool hold; /* nothing is consumed */
};

struct end {
	struct tunnel *t;
	struct user users[MESSAGES];
	unsigned userc;
	unsigned opens, ends;
	enum tunnel_reason why, refuse;
	char what[64];
};

struct world {
	struct end e[ENDS]; /* server, agent */
	uint8_t wire[ENDS][1 << 20]; /* what each has sent */
	size_t len[ENDS];
	unsigned chunk;
};

extern const struct tunnel_handlers end_handlers; /* of a struct end */

/* a test's state, struct world */
int world_setup(void **state);
int world_teardown(void **state);

/* one more owner of a channel at an end */
struct user *user_new(struct end *e);
struct user *open_channel(struct world *w, int i, enum channel_kind kind,
			  const char *what);
/* another connection takes the place of the one before */
void join(struct world *w);
/* what end i sends, onto the wire; false: nothing */
bool emit(struct world *w, int i);
/* what is on the wire from end i, at most max octets of it */
int deliver(struct world *w, int i, size_t max);
/* all of it, until nobody has anything to say */
void run(struct world *w);
void fill(uint8_t *p, size_t len, unsigned seed);

#endif
