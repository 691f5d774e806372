/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_sealed.h  What a stream does in sealed mode
 */
#ifndef POSTERN_AGENT_MEDIA_SEALED_H
#define POSTERN_AGENT_MEDIA_SEALED_H

#include "media_stream.h"

int media_sealed_keys(struct media_stream *st, const json_t *params,
		      const char **why);
void media_sealed_send(struct media_stream *st, enum latch_component component,
		       const uint8_t *p, size_t len);
void media_sealed_beat(struct media_stream *st);
bool media_sealed_question(struct media_stream *st, uint8_t *p);
bool media_sealed_seen(struct media_stream *st, struct addr *seen,
		       const uint8_t *p, size_t len);
void media_sealed_down(struct media_stream *st, const uint8_t *p, size_t len);

#endif
