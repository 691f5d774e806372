/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relayset.h  The relays an operator names, and which one a call gets
 *
 * Pure. Which relays can be used right now is the caller's knowledge.
 */
#ifndef TRAVERSAL_LOGIC_RELAYSET_H
#define TRAVERSAL_LOGIC_RELAYSET_H

#include <stdint.h>

enum {
	RELAYSET_MAX = 16,
	RELAYSET_NAME_SIZE = 33,  /**< with NUL */
	RELAYSET_PATH_SIZE = 108, /**< sun_path's */
	RELAYSET_WEIGHT_MAX = 1000,
	RELAYSET_NONE = -1,
};

struct relayset {
	unsigned n;
	struct {
		char name[RELAYSET_NAME_SIZE];
		char path[RELAYSET_PATH_SIZE];
		unsigned weight;
	} m[RELAYSET_MAX];
};

/* "unix:/run/postern/relay.sock;name=east;weight=2": 0, or EINVAL and *why
 * what was expected */
int relayset_add(struct relayset *rs, const char *text, const char **why);
/* index of one among those whose bit is set in usable, or RELAYSET_NONE */
int relayset_pick(const struct relayset *rs, uint32_t usable, uint64_t random);
/* index, or RELAYSET_NONE */
int relayset_find(const struct relayset *rs, const char *name);

#endif
