/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call.h  One call: its two sides, as a machine without sockets
 *
 * What happens comes in by functions, what is to be done goes out by struct
 * call_io, whose functions do not call back before they return (but route()).
 * Messages of both sides go through one line, one after another, since media
 * must see them so.
 *
 * Towards each side the call is what H.323 wants of the other end: H.245 goes
 * by whatever way that side has, and no address in what it gets is another
 * than its own or ours.
 */
#ifndef H323GW_CALL_CALL_H
#define H323GW_CALL_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "h323gw/gk/route.h"
#include "h323gw/per/per.h"
#include "h323gw/media/side.h"

struct call;
struct uuie;
struct MultimediaSystemControlMessage;
struct OpenLogicalChannel;

enum {
	CALL_QUEUE_MAX	  = 256,	/**< messages that wait */
	CALL_QUEUE_OCTETS = 1024 * 1024,
	CALL_FORWARDS_MAX = 5,		/**< of one call */
	CALL_REASON_LEN	  = 32,
	CALL_MESSAGE_MAX  = 65531,	/**< octets */
};

enum call_timer {
	CALL_TIMER_STATE, /**< T303, T310, T301: towards the called side */
	CALL_TIMER_PROCEEDING, /**< until we say so ourselves */
	CALL_TIMER_H245_A,     /**< H.245 is lost and not back */
	CALL_TIMER_H245_B,
	CALL_TIMERS
};

enum call_by {
	CALL_BY_CALLER,
	CALL_BY_CALLEE,
	CALL_BY_OPERATOR,
	CALL_BY_SERVER,
};

struct call_timeouts {
	uint32_t t303, t310, t301; /**< ms */
	uint32_t proceeding, h245;
};

/** What a Setup says about where it is to go. All is borrowed */
struct call_query {
	const uint8_t *call_id; /**< NULL: none */
	const uint8_t *conference_id;
	const struct alias *source; /**< sourceAddress; NULL: none */
	const struct alias *called;
	size_t calledc;
	const struct addr *dest;	/**< NULL: none */
	const char *endpointIdentifier; /**< the caller's; NULL: none */
	bool forwarded; /**< by the called party: the caller is known */
	struct security_message proof; /**< the Setup */
};

/** What is asked of the world. errno or 0; what takes time is answered by the
 *  function named, later. After released() and ended() nothing is asked */
struct call_io {
	/* call_routed(); EALREADY: it has been called, by whom it was asked */
	int (*route)(struct call *c, const struct call_query *q, void *arg);
	/* streams for both parties, limits; reason: why not */
	int (*media)(struct call *c, int *reason, void *arg);
	/* the called side is another now */
	int (*media_party)(struct call *c, enum side s, void *arg);
	/* 0, EINPROGRESS: call_media_ready(), else an error */
	int (*media_h245)(struct call *c, enum side from,
			  const struct MultimediaSystemControlMessage *msg,
			  void *arg);
	int (*media_fast)(struct call *c, enum side from,
			  const struct OpenLogicalChannel *const *olcv,
			  size_t olcc, bool answer, void *arg);
	void (*media_refused)(struct call *c, void *arg);
	bool (*media_rewrite)(struct call *c, enum side from,
			      const struct per_addr *a, struct per_ipport *to,
			      void *arg);
	/* the answer to a message that is not passed on; ENOENT: none */
	int (*media_reply)(struct call *c, struct per_msg **replyp,
			   const struct MultimediaSystemControlMessage *msg,
			   void *arg);

	/* H.235.1: is it theirs? Setup's is asked for by route() */
	bool (*proved)(struct call *c, enum side from,
		       const struct security_message *m, void *arg);
	/* a token put into a message for this side; its H323-UserInformation
	 * is sealed when it is encoded, before another is signed */
	bool (*sign)(struct call *c, enum side to, struct uuie *u, void *arg);
	void (*seal)(struct call *c, uint8_t *p, size_t len, void *arg);

	/* call signalling to the called side; call_dialled(); EALREADY: there
	 * is a connection */
	int (*dial)(struct call *c, void *arg);
	/* one message; it may be lost, then call_signal_lost() follows */
	void (*send)(struct call *c, enum side s, const uint8_t *p, size_t len,
		     void *arg);
	/* this side is done with: its call reference is free */
	void (*released)(struct call *c, enum side s, void *arg);

	/* call_h245_listening(), then call_h245_up() */
	int (*h245_listen)(struct call *c, enum side s, void *arg);
	/* call_h245_up() or call_h245_down() */
	int (*h245_connect)(struct call *c, enum side s, const struct addr *to,
			    void *arg);
	void (*h245_send)(struct call *c, enum side s, const uint8_t *p,
			  size_t len, void *arg);
	/* when all is out; listening and connecting, too */
	void (*h245_close)(struct call *c, enum side s, void *arg);

	void (*timer)(struct call *c, enum call_timer t, uint32_t ms,
		      void *arg); /* 0: stop */
	uint64_t (*now)(void *arg); /* ms since 1970 */
	void (*answered)(struct call *c, void *arg);
	/* both sides are released. mem_deref() the call here or later */
	void (*ended)(struct call *c, void *arg);
	/* something odd happened, for counting and the log */
	void (*odd)(struct call *c, enum side s, const char *what, void *arg);
};

/** What all calls share. buf: room for a message being made */
struct call_env {
	const struct per *per;
	const struct per_type *uu, *h245;
	struct call_timeouts timeouts;
	bool tunnel; /**< offered to the called side whatever the caller does */
	struct call_io io;
	uint8_t buf[2][CALL_MESSAGE_MAX + 1];
};

struct call_party {
	struct reach reach;
	struct addr own; /**< our call signalling address as it knows it */
	uint32_t callref;
	bool chose; /**< the call reference is of its choice */
	bool open;  /**< it has signalling for this call */
};

/** What is to be known of a call from outside */
struct call_info {
	uint8_t call_id[GUID_LEN], conference_id[GUID_LEN];
	bool has_call_id;
	struct call_party party[SIDES];
	struct alias called;	     /**< as dialled; ALIAS_NONE */
	uint64_t start, answer, end; /**< ms since 1970; 0: not yet */
	bool ended;
	enum call_by by;
	int reason, cause;
	char why[CALL_REASON_LEN]; /**< "ReleaseComplete", "media-timeout" */
};

int call_env_init(struct call_env *env, const struct per *per);

/* a call from a side whose call reference this is; arg: for struct call_io */
int call_alloc(struct call **cp, struct call_env *env, uint32_t callref,
	       void *arg);
/* a connected call of the last run, both of whose sides are away: info is taken
 * over, and how H.245 went to each */
int call_restore(struct call **cp, struct call_env *env,
		 const struct call_info *info, const bool tunnel[SIDES],
		 void *arg);
const struct call_info *call_info(const struct call *c);
bool call_tunnelled(const struct call *c, enum side s);
void call_party_set(struct call *c, enum side s, const struct reach *r,
		    const struct addr *own);
void call_ref_set(struct call *c, uint32_t callref); /* towards B */
const char *call_state_name(const struct call *c);
/* has the answer to the last route() come? */
bool call_is_routed(const struct call *c);

/* ---- what happens ---- */

/* a message of call signalling for this call: the first from A is its Setup */
void call_q931(struct call *c, enum side from, const uint8_t *p, size_t len);
/* a TPKT of its own H.245 connection */
void call_h245(struct call *c, enum side from, const uint8_t *p, size_t len);
void call_routed(struct call *c, const struct route *r);
void call_media_ready(struct call *c, int err);
void call_dialled(struct call *c, int err);
void call_signal_lost(struct call *c, enum side s, int err);
/* of a restored call: a side has signalling again, or none any more */
void call_signal_back(struct call *c, enum side s, uint32_t callref,
		      bool chose);
void call_signal_away(struct call *c, enum side s);
void call_h245_listening(struct call *c, enum side s, int err,
			 const struct addr *at);
void call_h245_up(struct call *c, enum side s);
/* it could not be connected, nobody came, it was closed */
void call_h245_down(struct call *c, enum side s, int err);
void call_timeout(struct call *c, enum call_timer t);
/* end it: reason is a ReleaseCompleteReason_PR, cause Q.850 */
void call_hangup(struct call *c, enum call_by by, int reason, int cause,
		 const char *why);

#endif
