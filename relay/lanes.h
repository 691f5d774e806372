/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file lanes.h  Between workers and the control thread: in-tunnel datagrams
 *
 * Agents' connections are the control thread's, streams are a worker's. What
 * comes in a connection crosses here to the worker of its stream, and back.
 */
#ifndef POSTERN_RELAY_LANES_H
#define POSTERN_RELAY_LANES_H

#include "relay.h"

struct lanes;

/** A worker has sent a datagram to the agent of stream id; NULL: a round
 *  of them is over */
typedef void(lanes_h)(uint32_t id, const uint8_t *p, size_t len, void *arg);

int lanes_open(struct lanes **lp, struct relay *r, lanes_h *h, void *arg);
int lanes_id(uint32_t *id, const uint8_t *p, size_t len);
int lanes_fd(const struct lanes *ls, const struct worker *w);
int lanes_put(struct lanes *ls, uint32_t id, const uint8_t *p, size_t len);

#endif
