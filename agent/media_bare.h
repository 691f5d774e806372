/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_bare.h  What a stream does otherwise in token mode
 */
#ifndef POSTERN_AGENT_MEDIA_BARE_H
#define POSTERN_AGENT_MEDIA_BARE_H

#include "media_stream.h"

int media_bare_change(struct media_stream *st, const json_t *params);
void media_bare_relay(struct media_stream *st);
void media_bare_renew(struct media_stream *st);
void media_bare_confirmed(struct media_stream *st, const json_t *params);
void media_bare_inside(struct media_stream *st, const struct bare_head *h,
		       const uint8_t *p, size_t len);
void media_bare_send(struct media_stream *st, enum latch_component c,
		     const uint8_t *p, size_t len);

#endif
