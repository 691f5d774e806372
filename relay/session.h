/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file session.h  One call's streams, and the table of all calls
 */
#ifndef POSTERN_RELAY_SESSION_H
#define POSTERN_RELAY_SESSION_H

#include "stream.h"

struct session {
	struct le he;		/**< in the table by id */
	struct le le;		/**< in the list, oldest first */
	struct le of_worker;
	struct relay *relay;
	struct worker *worker;	/**< moves its packets */
	char *id, *owner, *label;
	struct list streams;
	uint64_t created;	/**< Unix time, ms */
	uint64_t since;		/**< idle time counts from here, ms */
	uint64_t claimed;	/**< last time a client asked for it, ms */
	uint64_t idle_next;	/**< next session.idle event, ms; 0: none due */
	uint32_t timeout;	/**< s, 0: never */
	bool hold;
};

int session_open(struct session **sp, struct relay *r,
		 const struct session_req *req, bool *created,
		 struct rpc_error *err);
int session_update(struct session *se, const struct session_req *req,
		   struct rpc_error *err);
void session_close(struct session *se);

struct session *session_find(const struct relay *r, const char *id);
struct stream *session_stream(const struct session *se, unsigned index);
void session_claim(struct session *se);
uint64_t session_idle(const struct session *se, uint64_t now);

/** What the clock asks of a session */
enum session_due {
	SESSION_NOTHING,
	SESSION_IDLE,	/**< tell its owner that no media comes */
	SESSION_ORPHAN, /**< nobody wants it: close it */
};

enum session_due session_tick(struct session *se, uint64_t now);

const char *session_id(const struct session *se);
const char *session_label(const struct session *se);

#endif
