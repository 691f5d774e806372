/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stream.h  TCP connections of a capture, put together again
 *
 * Each direction of each connection by itself: what came twice is left out,
 * what came too early waits. Bounded: a gap that does not close is given up.
 */
#ifndef H323GW_DUMP_STREAM_H
#define H323GW_DUMP_STREAM_H

#include "capture.h"

struct streams;
struct stream;

/** Octets of one direction in order; gap: some before them are missing */
typedef void(stream_h)(struct stream *s, unsigned long frame,
		       const uint8_t *p, size_t len, bool gap, void *arg);

int streams_alloc(struct streams **sp, stream_h *h, void *arg);
void streams_free(struct streams *s);
int streams_packet(struct streams *s, const struct packet *p);

/* the other direction of its connection; NULL: nothing came there */
struct stream *streams_reverse(const struct streams *s,
			       const struct stream *st);
const struct addr *stream_src(const struct stream *s);
const struct addr *stream_dst(const struct stream *s);
/* something of the handler's, free()d by freeh with the stream */
void stream_data_set(struct stream *s, void *data, void (*freeh)(void *));
void *stream_data(const struct stream *s);

#endif
