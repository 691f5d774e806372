/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file conn/priv.h  What the files of this room share
 */
#ifndef H323GW_CONN_PRIV_H
#define H323GW_CONN_PRIV_H

#include "rpc/libre.h"
#include "bytes/tail.h"
#include "h323gw/conn/conn.h"
#include "h323gw/tpkt/tpkt.h"

struct conns {
	struct conns_conf conf;
	struct conns_stats stats;
	struct list finishing;	/* nobody's any more: struct conn */
	struct list silent;	/* the connected ones, the longest first */
	struct tmr alive;	/* for the first of these */
	struct hash *sources;
	struct hash *lasting;	/* struct lasting by name */
	conn_away_h *awayh;
	void *away_arg;
	size_t accepted;	/* that others opened, now */
	size_t count;
	uint16_t next_port;	/* of a range */
};

/* of a connection that may go on over another descriptor */
struct lasting {
	struct le le;
	struct conn *c;
	struct tail *tail;	/* what was sent */
	uint64_t received;	/* octets, over all descriptors */
	size_t again;		/* octets first in the queue that the tail has,
				   or that are the count */
	bool away;		/* it has no descriptor now */
	struct tmr tmr;
	char name[CONN_NAME_LEN];
};

/* who connections are counted to; as long as there is one */
struct source {
	struct le le;
	struct conns *cs;
	unsigned n;
	char name[CONN_SOURCE_LEN];
};

struct conn {
	struct le le;		/* in conns.finishing */
	struct conns *cs;
	struct source *source;	/* NULL: ours */
	int fd;
	int flags;		/* what we wait for */
	struct conn_handlers h;
	conn_up_h *uph;		/* while it connects */
	struct tpkt *tpkt;
	struct mbuf *out;	/* from pos to end waits */
	struct tmr tmr;		/* connecting, first, partial, finish, broken */
	struct lasting *last;	/* NULL: it ends with its descriptor */
	struct le le_silent;	/* in conns.silent, while it is connected */
	uint64_t sent;		/* ms, when something went out last */
	int broken;		/* errno that conn_send() met */
	bool heard;		/* a message came */
	bool partial;		/* tmr runs for a message under way */
};

int source_take(struct source **sp, struct conns *cs, const char *name);
void source_drop(struct source *s);

/* conn.c: what happens to it */
void conn_event(int flags, void *arg);
void conn_slow(void *arg);
void conn_connect_timeout(void *arg);
void conn_wait_for(struct conn *c, int flags);
void conn_over(struct conn *c, int err);
int conn_flush(struct conn *c);
/* lasting.c */
bool lasting_is_away(const struct conn *c);
bool lasting_away(struct conn *c);
void lasting_end(struct conn *c);
void lasting_sent(struct conn *c, const uint8_t *p, size_t len);
/* alive.c */
void alive_begin(struct conn *c);
void alive_sent(struct conn *c);
void alive_end(struct conn *c);
/* life.c */
void conn_close_fd(struct conn *c);

#endif
