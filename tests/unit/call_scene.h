/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call_scene.h  Two parties of a call who do as H.323 says
 *
 * What one says is heard by the other at once; what they must not hear, or hear
 * otherwise than H.323 says, fails the test. One program has one codec, from
 * scene_group_begin() to scene_group_end().
 */
#ifndef TESTS_UNIT_CALL_SCENE_H
#define TESTS_UNIT_CALL_SCENE_H

#include "tests/unit/call_util.h"

#define BODY(name) H323_UU_PDU__h323_message_body_PR_##name

struct party {
	enum side side;
	bool tunnel, early;
	char *got;	/* H.245 in hexadecimal, each with a blank */
	bool addressed; /* it was given an address for H.245 */
	uint8_t last;	/* type of message */
	bool fast;	/* a fastStart came */
	bool refused;
	int reason, cause;
};

enum fast {
	NO_FAST,
	FAST_ACCEPTED,
	FAST_REFUSED_BY_B,
	FASTS
};

struct scene {
	struct util_world w;
	struct party a, b;
	enum fast fast;
	bool slow;
};

int scene_group_begin(void **state);
int scene_group_end(void **state);

/* a world of its own for a test */
void begin(struct util_world *w);
/* H.245's address in a message, none: unset */
struct addr address_in(const struct util_sent *m);
/* all that was sent to it */
void hear(struct util_world *w, struct party *p);
void say_h245(struct util_world *w, struct party *from, struct party *to,
	      const char *hex);
void has_got(const struct party *p, const char *hex);

/* both tunnel, and nothing is odd */
struct scene plain(void);
void say_setup(struct scene *s);
/* Setup has gone to the called side */
void calling(struct scene *s);
void say_answer(struct scene *s, uint8_t type,
		H323_UU_PDU__h323_message_body_PR body, bool addressed);
void call_up(struct scene *s);
/* H.245 goes both ways now */
void talk(struct scene *s);
void hang_up(struct scene *s, enum side who);
void scene_end(struct scene *s);

#endif
