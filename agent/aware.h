/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file aware.h  Where the agent knows SIP itself
 */
#ifndef POSTERN_AGENT_AWARE_H
#define POSTERN_AGENT_AWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include "edge/edge.h"
#include "rpc/rpc.h"

struct aware;
struct aware_line;
struct control;

/** What becomes of a line's messages */
struct aware_line_handlers {
	/** to the registrar */
	void (*uph)(const uint8_t *p, size_t len, void *arg);
	/** to the terminal; credit: what its channel brought it with */
	void (*downh)(const uint8_t *p, size_t len, size_t credit, void *arg);
	/** what came down goes nowhere */
	void (*droppedh)(size_t credit, void *arg);
};

int aware_alloc(struct aware **ap, const char *agent);
void aware_tunnel(struct aware *aw, struct control *c);
bool aware_request(struct aware *aw, const char *method, const json_t *params);

int aware_line_alloc(struct aware_line **lp, struct aware *aw,
		     const struct aware_line_handlers *h, void *arg);
void aware_line_place(struct aware_line *l, const struct edge *e);
void aware_line_lost(struct aware_line *l);
void aware_line_pass(struct aware_line *l, const uint8_t *p, size_t len);
void aware_line_push(struct aware_line *l, bool up, const uint8_t *p,
		     size_t len);

#endif
