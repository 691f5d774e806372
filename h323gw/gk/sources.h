/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sources.h  Who sends from a local address: a terminal behind an agent?
 *
 * The relay has a socket of this host for each such terminal, and knows whose
 * it is. What it says is remembered; a message that comes first waits for it.
 */
#ifndef H323GW_GK_SOURCES_H
#define H323GW_GK_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "h323gw/ras/ras.h"

enum {
	SOURCES_MAX	  = 65536, /* addresses remembered */
	SOURCES_ASKED_MAX = 1024,  /* questions under way */
	SOURCE_HELD_MAX	  = 4,	   /* messages of one that wait */
	SOURCE_LIFE_MS	  = 300000, /* what was said is asked anew */
	SOURCE_NOBODY_MS  = 10000,  /* likewise: it is no agent's */
};

struct link;
struct sources;

/** A message that waited, and who sent it */
typedef void(source_held_h)(const struct ras_source *src, const uint8_t *p,
			    size_t len, void *arg);
typedef void(source_dropped_h)(size_t count, void *arg);

int sources_alloc(struct sources **sp, const uint64_t seed[2],
		  source_held_h *heldh, source_dropped_h *droppedh,
		  void *arg);
void sources_link(struct sources *s, struct link *link);
void sources_forget(struct sources *s);

/* src->from is given. 0: the rest of *src is filled in; EINPROGRESS: the
 * message waits, and comes by the handler; ENOBUFS: it can't */
int sources_find(struct sources *s, struct ras_source *src, const uint8_t *p,
		 size_t len);

#endif
