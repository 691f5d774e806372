/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of media/ that talk to the relay share.
 */
#ifndef H323GW_MEDIA_MEDIA_PRIV_H
#define H323GW_MEDIA_MEDIA_PRIV_H

#include "rpc/libre.h"
#include "h323gw/link/link.h"
#include "h323gw/media/streams.h"

struct media {
	struct link *link;
	struct link_session *held;
	struct link_request *req;
	struct media_conf conf;
	struct relay_conf words;
	struct media_handlers h;
	void *arg;

	struct streams *s;	/* as messages would have it */
	struct streams *before; /* the same before the one that waits */
	struct session *told;	/* what the relay has; NULL: nothing */
	struct session *asked;	/* what it is being asked for */

	media_ready_h *readyh;	/* of who waits */
	void *ready_arg;

	bool absent;		/* the relay has lost it */
	unsigned tries;		/* to open it again */
	struct tmr tmr;

	bool ended;		/* endh was called */
	media_closed_h *closedh;
	void *closed_arg;
};

/* ask.c */
/* Have the relay do what is wanted. 0: it is done. EINPROGRESS. Else it can't
 * even be asked. */
int media_ask(struct media *m);
void media_ready(struct media *m, int err);
void media_ended(struct media *m, enum media_end why, const char *reason);
extern const struct link_session_handlers media_session_handlers;

/* flow.c */
/* Tell of the streams in result's "streams" */
void media_flows(struct media *m, const json_t *result);
void media_state(struct media *m);
int media_state_read(struct streams **sp, const json_t *state);

/* copy with room for what it has */
struct session *media_session_copy(const struct session *se);
int64_t media_now(void);

#endif
