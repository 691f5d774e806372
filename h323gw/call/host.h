/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file host.h  What calls hold of the world: connections, streams, rows
 *
 * Between the machine of one call (call.h), which knows nothing of these, and
 * conn/, media/, link/ and gk/, which know nothing of calls.
 */
#ifndef H323GW_CALL_HOST_H
#define H323GW_CALL_HOST_H

#include "rpc/libre.h"
#include "h323gw/call/call.h"
#include "h323gw/call/calls.h"
#include "h323gw/call/cause.h"
#include "h323gw/call/uuie.h"
#include "h323gw/conn/conn.h"
#include "h323gw/gk/flood.h"
#include "h323gw/h225/address.h"
#include "h323gw/link/link.h"
#include "h323gw/media/media.h"
#include "h323gw/zone/index.h"
#include "log/log.h"
#include "metrics/metrics.h"

#define CALL_ROOM "call"

enum stat {
	STAT_CALLS,
	STAT_CALLS_ANSWERED,
	STAT_CALLS_REFUSED,
	STAT_CALLS_STRANGERS,
	STAT_CALLS_FLOOD,
	STAT_CALLS_RESTORED,
	STAT_CALLS_ADOPTED,
	STAT_MESSAGES,
	STAT_MALFORMED,
	STAT_UNKNOWN_REF,
	STAT_ODD,
	STAT_H245_LISTENED,
	STAT_H245_CONNECTED,
	STAT_H245_CLASHES,
	STAT_MEDIA_REFUSED,
	STAT_NOW_CALLS,
	STAT_NOW_CONNS,
	STAT_CONNS_ACCEPTED,
	STAT_CONNS_REFUSED,
	STAT_CONNS_SLOW,
	STAT_CONNS_MALFORMED,
	STAT_CONNS_OVERFLOW,
	STAT_CONNS_AGAIN,
	STATS
};

struct calls {
	struct calls_conf conf;
	struct call_env *env;
	struct gk *gk;
	struct link *link;
	struct conns *conns;
	struct conn_listener *listeners[CALLS_LISTEN_MAX];
	struct list doors;
	struct list sigs;
	struct list held;	/* all that have not ended */
	struct list ending;	/* media are being closed */
	struct list restored;
	struct list doubts;	/* of connections that are away */
	struct hash *legs;	/* struct leg by connection and reference */
	struct hash *by_id;	/* struct held by callIdentifier */
	struct hash *by_ip;	/* struct sig that others opened, no agent's */
	uint32_t next_ref;
	size_t count;
	struct flood *flood;	/* of Setups, by strangers */
	uint64_t seed[2];
	struct metrics *stats;
	struct log_limit odd;
};

/** A connection of call signalling, for any number of calls */
struct sig {
	struct le le, le_ip;
	struct calls *cs;
	struct conn *conn;	/* NULL: it is over */
	char agent[REACH_AGENT_LEN];
	struct addr from;	/* whose it is */
	struct addr local;	/* the agent's, or the door's; unset: ours */
	bool door;		/* it came by one */
	struct reach reach;	/* accepted ones: who that is */
	bool known;
	bool ours;		/* we connected */
	struct list legs;
	uint32_t gone[4];	/* references of calls that ended here */
	unsigned gonec;
	struct tmr idle;
};

/** A call's side on its connection */
struct leg {
	struct le le, le_sig;
	struct held *held;
	struct sig *sig;	/* NULL: it has none */
	enum side side;
	uint32_t ref;
	bool theirs;		/* they chose ref */
};

/** H.245 of one side, on a connection of its own */
struct way {
	struct held *held;
	enum side side;
	struct conn *conn;
	bool up;
	bool ours;		/* we have made conn */
	struct conn *spare;	/* theirs beside ours; they are to close it */
	struct conn_listener *listener;
	struct link_listener *agent_listener;
	struct link_request *req;
	struct tmr tmr;
	struct addr at, to;	/* that they, that we connect to */
	int err;
};

struct held_timer {
	struct held *held;
	enum call_timer which;
	struct tmr tmr;
};

/** A call with all it holds */
struct held {
	struct le le, le_id;
	struct calls *cs;
	struct call *call;	/* NULL: restored, or over */
	char id[CALLS_ID_LEN];
	struct leg leg[SIDES];
	struct way way[SIDES];
	struct held_timer timers[CALL_TIMERS];
	struct media *media;
	struct link_request *dial_req;
	struct sig *dialling;
	struct reach to;	/* route.to, while gk is asked */
	bool known;		/* somebody known has called */
	bool counted;		/* gk knows it */
	bool stored;		/* it has a row */
	json_t *state;		/* of media, last */
	/* restored ones, and those whose media are being closed */
	bool restored;
	bool tunnel[SIDES];	/* H.245 of a restored one's sides */
	struct call_info last;
	struct tmr free, drq;
	enum call_by drq_by;
};

/* calls.c */
void calls_odd(struct calls *cs, const char *who, const char *what);

/* sig.c */
int sig_accept(struct calls *cs, int fd, const struct link_channel *ch);
int sig_take(struct sig **sp, struct calls *cs, int fd,
	     const struct link_channel *ch);
int sig_connect(struct sig **sp, struct calls *cs, const struct addr *own,
		const struct addr *to, conn_up_h *uph, void *arg);
int connect_from(struct conn **cp, struct calls *cs, const struct addr *own,
		 const struct addr *to, const struct conn_handlers *h,
		 conn_up_h *uph);
void sig_connected(struct sig *s);
void sig_known(struct sig *s, const struct reach *r);
void leg_bind(struct leg *l, struct sig *s, uint32_t ref, bool theirs);
void leg_release(struct leg *l);
uint32_t leg_ref(struct calls *cs, const struct sig *s);
struct leg *leg_find(struct calls *cs, const struct sig *s, uint32_t ref,
		     bool theirs);

/* kept.c */
void sig_keep(struct sig *s);
bool sig_is_kept(const struct sig *s);
struct sig *sig_kept(struct calls *cs, const struct reach *r);
void sig_introduction(struct sig *s, const struct q931 *q);

/* again.c */
void again_init(struct calls *cs);
void again_end(struct calls *cs);
void again_lasts(struct conn *c, const struct link_channel *ch);
void again_take(struct calls *cs, const struct link_channel *ch, int fd);

/* stray.c: a message for no call */
void sig_stray(struct sig *s, const struct q931 *q, const uint8_t *p,
	       size_t len);
void sig_global(struct sig *s, const struct q931 *q);
void sig_refuse(struct sig *s, const struct q931 *q, int reason, int cause);

/* held.c */
int held_alloc(struct held **hp, struct calls *cs, struct sig *s,
	       uint32_t ref);
void held_io(struct call_io *io);

/* where.c */
void where_io(struct call_io *io);
void held_over(struct held *h);
void held_end(struct held *h, enum call_by by, int reason, int cause,
	      const char *why);

/* ways.c */
void ways_io(struct call_io *io);
void way_close(struct way *w);

/* streams.c */
void streams_io(struct call_io *io);
int held_count(struct held *h);
void streams_close(struct held *h);
void streams_restored_close(struct held *h);

/* record.c */
void record_call(struct held *h);
void record_flow(struct held *h, const struct media_flow *f);
const struct call_info *held_info(const struct held *h);

/* state.c */
void record_state(struct held *h);
void record_over(struct held *h);

/* adopt.c: a message for a call of the last run; false: it is for none */
bool sig_adopt(struct sig *s, const struct q931 *q, const uint8_t *p,
	       size_t len);
void restored_over(struct held *h);
struct held *calls_find(struct calls *cs, const uint8_t call_id[GUID_LEN],
			const char *endpoint);

#endif
