/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call/priv.h  What the files of a call share
 */
#ifndef H323GW_CALL_PRIV_H
#define H323GW_CALL_PRIV_H

#include "rpc/libre.h"
#include "h323gw/call/call.h"
#include "h323gw/call/cause.h"
#include "h323gw/call/uuie.h"
#include "h323gw/h225/address.h"

/** Q.931 §2.1: of the call towards a side, as Status tells it */
enum call_state {
	STATE_NULL	  = 0,
	STATE_INITIATED	  = 1,	/* U1: Setup sent to B */
	STATE_OVERLAP	  = 2,
	STATE_PROCEEDING  = 3,
	STATE_DELIVERED	  = 4,
	STATE_PRESENT	  = 6,	/* U6: Setup came from A */
	STATE_RECEIVED	  = 7,
	STATE_INCOMING	  = 9,
	STATE_ACTIVE	  = 10,
};

enum tunnel {
	TUNNEL_UNKNOWN,
	TUNNEL_YES,
	TUNNEL_NO,
};

/* H.245 on a connection of its own */
enum own_way {
	OWN_NONE,
	OWN_LISTENING,	/* an address is being made */
	OWN_WAITING,	/* there is one */
	OWN_CONNECTING,
	OWN_UP,
	OWN_OVER,	/* closed */
};

/* octets that wait */
struct piece {
	struct le le;
	size_t len;
	uint8_t p[];
};

/* H.245 towards one side */
struct h245 {
	enum tunnel tunnel;
	enum own_way own;
	struct addr theirs;	/* they said to connect there */
	struct addr ours;	/* where they may */
	bool also_listening;	/* while OWN_CONNECTING */
	bool told;		/* ours stood in a message to them */
	bool failed;		/* theirs can't be connected to */
	bool wants;		/* they wait for a connection */
	bool talked;		/* something was said, either way */
	bool end_sent, end_got;	/* EndSessionCommand */
	struct list outl;	/* struct piece: no way yet */
	struct list unsure;	/* sent in Setup: struct piece */
	size_t octets;		/* of both lists */
};

struct call_side {
	enum call_state state;
	struct h245 h245;
};

enum item_kind {
	ITEM_Q931,
	ITEM_H245,
};

enum step {
	STEP_READ,
	STEP_ROUTE,
	STEP_FAST,
	STEP_H245,
	STEP_LISTEN,
	STEP_DIAL,
	STEP_SEND,
};

/* a message in the line */
struct item {
	struct le le;
	enum item_kind kind;
	enum side from;
	enum step step;
	bool asked;		/* what this step asked for is under way */
	size_t at;		/* ITEM_H245: octets that are done */
	size_t next;		/* among tunnelled messages */
	struct q931 q;
	struct uuie u;		/* msg NULL: no User-user */
	struct per_msg *msg;	/* ITEM_H245: the one at `at` */
	bool changed;		/* u is to be encoded anew */
	bool tell_h245;		/* our address is to stand in it */
	size_t len;
	uint8_t p[];
};

struct call {
	struct call_env *env;
	void *arg;
	struct call_info info;
	struct call_side side[SIDES];
	struct list line;	/* struct item */
	size_t line_octets;
	bool running;		/* further up the stack */
	bool waiting;		/* the first of the line waits for an answer */
	int answer;		/* that came: errno */
	bool media;		/* there are streams */
	bool proceeding_told;	/* CallProceeding went to A */
	bool connected;
	bool dialling;
	bool ended;
	struct item *setup;	/* as A sent it, until Connect */
	unsigned forwards;
	struct alias *to;	/* forwarded to: these instead of Setup's */
	size_t toc;
	struct addr to_addr;
	struct route route;
	bool routed;
	enum { FAST_NONE, FAST_OFFERED, FAST_ANSWERED, FAST_REFUSED } fast;
};

/* line.c */
void item_proof(struct security_message *m, const struct item *it);
int item_alloc(struct item **ip, enum item_kind kind, enum side from,
	       const uint8_t *p, size_t len);
void line_add(struct call *c, struct item *it);
void line_run(struct call *c);
void line_answer(struct call *c, int err);
void line_clear(struct call *c);
void line_drop(struct call *c, enum side from, const struct item *but);
bool item_answered(const struct call *c, struct item *it, int *err);
int item_asked(struct item *it, int err);

/* setup.c, signal.c: 0: done; EINPROGRESS: waits */
int setup_step(struct call *c, struct item *it);
bool setup_forward(struct call *c, struct item *it); /* false: it is not one */
int signal_step(struct call *c, struct item *it);
void signal_timer(struct call *c, enum side from, uint8_t type);

/* carried.c: fastStart and H.245 within a message of call signalling */
int carried_fast(struct call *c, struct item *it);
int carried_h245(struct call *c, struct item *it);
int carried_listen(struct call *c, struct item *it);
int carried_shown(struct call *c, struct item *it,
		  const struct MultimediaSystemControlMessage *msg);

/* told.c */
void h245_facts(struct call *c, struct item *it);
void h245_went_on(struct call *c, const struct item *it);
bool h245_says_tunnelling(const struct uuie *u);

/* h245.c */
int h245_step(struct call *c, struct item *it);
void h245_flush(struct call *c, enum side s);
void h245_pieces_drop(struct h245 *h, struct list *l);
void h245_no_way(struct call *c, enum side s);
void piece_destructor(void *arg);
void h245_deliver(struct call *c, enum side to, const uint8_t *p, size_t len);
void h245_start(struct call *c, enum side s);
int h245_unsure(struct call *c, enum side s, const uint8_t *p, size_t len);
void h245_finish(struct call *c, enum side s);
bool h245_tunnels(const struct call *c, enum side s);
/* an encoded message of a side's, with addresses for the other; in buf */
int h245_rewritten(struct call *c, enum side from, const uint8_t *p,
		   size_t len, uint8_t *buf, size_t size, size_t *lenp);
void h245_reset(struct h245 *h);

/* pass.c: a message goes on */
int pass_on(struct call *c, struct item *it);
/* a ReleaseComplete, which gets a cause if it has none */
int pass_release(struct call *c, struct item *it, int cause);

/* own.c: messages of our own */
void own_release(struct call *c, enum side s, int reason, int cause);
void own_status(struct call *c, enum side s, int cause);
void own_proceeding(struct call *c);
void own_facility_h245(struct call *c, enum side s);
void own_tunnel(struct call *c, enum side s, const uint8_t *p, size_t len);
int own_control_put(struct uuie *u, const uint8_t *p, size_t len);
/* encode u as a message of this type and send it; takes u */
void own_send(struct call *c, enum side s, struct q931 *q, struct uuie *u);

/* release.c */
void release_received(struct call *c, struct item *it);
void release_all(struct call *c, enum call_by by, int reason, int cause,
		 const char *why);

extern const uint8_t h245_end_session[2];

#endif
