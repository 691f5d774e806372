/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_gate.h  May this stream be opened, and may its packets pass?
 */
#ifndef POSTERN_AGENT_MEDIA_GATE_H
#define POSTERN_AGENT_MEDIA_GATE_H

#include <jansson.h>
#include "audit.h"
#include "media/rtcp_hide.h"
#include "policy.h"

struct media_stream;

/** Who is asked, and who is told */
struct media_gate {
	struct policy *policy;
	struct audit *audit;
	uint8_t hide[RTCP_HIDE_KEY]; /**< what RTCP's addresses become by */
};

bool media_gate_order(const struct media_gate *g, const json_t *params,
		      const char **why);
bool media_gate_open(const struct media_gate *g, unsigned sockets,
		     const char **why);
bool media_gate_named(const struct media_gate *g,
		      const struct media_stream *st);
void media_gate_opened(const struct media_gate *g,
		       const struct media_stream *st);
void media_gate_refused(const struct media_gate *g, uint32_t id,
			const json_t *params, const char *why);
void media_gate_closed(const struct media_gate *g,
		       const struct media_stream *st, unsigned sockets);
void media_gate_forget(const struct media_gate *g,
		       const struct media_stream *st);

#endif
