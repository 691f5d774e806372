/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file aware_call.h  Calls of an agent in aware mode
 */
#ifndef POSTERN_AGENT_AWARE_CALL_H
#define POSTERN_AGENT_AWARE_CALL_H

#include "rpc/libre.h"
#include "aware_msg.h"
#include "call/media.h"

enum {
	AWARE_CALLS_MAX	 = 2048,
	AWARE_UNANSWERED = 200 * 1000, /* ms; RFC 3261 §16.6 has 3 minutes */
};

struct aware_calls;

/** What an offer is known again by when it comes again */
struct aware_offer {
	bool set, reply;
	enum session_side from;
	uint32_t cseq;
	uint64_t digest;
};

/** A call, as one terminal has it: a dialog, or one that begins */
struct aware_call {
	struct le he; /**< by Call-ID; none: it has ended */
	struct le le;
	enum session_side terminal; /**< which side the terminal is */
	struct addr addr;	    /**< the terminal */
	uint32_t cseq;		    /**< of the INVITE that began it */
	uint64_t heard;		    /**< ms, the last message in it */
	struct aware_offer offer;   /**< the last one */
	struct session *s;	    /**< room for the streams it has */
};

/** Who has sent a message, and how it came */
struct aware_from {
	bool up;		/**< from a terminal */
	struct addr terminal;	/**< whichever way it goes */
	struct addr door, far;	/**< the agent there; the registrar */
	const char *agent;	/**< the agent's name */
};

int aware_calls_alloc(struct aware_calls **cp);
struct list *aware_calls_list(struct aware_calls *cs);
struct aware_call *aware_call_find(const struct aware_calls *cs,
				   const struct aware_msg *m,
				   const struct aware_from *f,
				   enum session_side *from);
struct aware_call *aware_call_by_id(const struct aware_calls *cs,
				    const char *id);
int aware_call_new(struct aware_call **cp, struct aware_calls *cs,
		   const struct aware_msg *m, const struct aware_from *f);
int aware_call_work(const struct aware_call *c, struct session *s,
		    struct aware_offer *offer, const struct aware_msg *m,
		    const struct aware_from *f, enum session_side from);
int aware_call_commit(struct aware_call *c, const struct session *s,
		      const struct aware_offer *offer);
void aware_call_end(struct aware_call *c);
int aware_call_id(char id[SESSION_ID_SIZE], const char *callid,
		  const char *tag, bool terminal_calls,
		  const struct addr *terminal, bool with_port);
bool aware_call_refused(const struct aware_call *c, const struct aware_msg *m);

#endif
