/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file latch_priv.h  What the latch's rooms share
 *
 * latch.c is told about the party and the time, latch_recv.c judges packets,
 * latch_dest.c says where to send, latch_show.c what is known.
 */
#ifndef POSTERN_LATCH_PRIV_H
#define POSTERN_LATCH_PRIV_H

#include "media/latch.h"


static inline struct latch_path *path_get(struct latch *l,
					  enum latch_component component)
{
	return &l->path[l->conf.mux ? LATCH_RTP : component];
}


static inline const struct latch_path *
path_cget(const struct latch *l, enum latch_component component)
{
	return &l->path[l->conf.mux ? LATCH_RTP : component];
}


static inline uint64_t elapsed(uint64_t now, uint64_t since)
{
	return now > since ? now - since : 0;
}


/* May another source take over, since the party signalled that it moves? */
static inline bool window_open(const struct latch *l,
			       const struct latch_path *pa, uint64_t now)
{
	return pa->moving && (elapsed(now, pa->opened) < l->conf.window_ms ||
			      elapsed(now, pa->heard) >= l->conf.silence_ms);
}


/* latch_dest.c */
void latch_dest_update(struct latch *l);

#endif
