/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file known.h  What addresses are for, as messages have named them
 */
#ifndef H323GW_DUMP_KNOWN_H
#define H323GW_DUMP_KNOWN_H

#include "message.h"

enum {
	KNOWN_MAX = 1024, /**< addresses; the oldest goes */
};

struct known;

int known_alloc(struct known **kp);
void known_free(struct known *k);
void known_add(struct known *k, const struct addr *a,
	       enum message_protocol protocol);
void known_learn(struct known *k, const struct message *m);
bool known_is(const struct known *k, const struct addr *a,
	      enum message_protocol protocol);

#endif
