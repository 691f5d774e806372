/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file conn.h  Connections that carry TPKTs: call signalling and H.245
 *
 * Over TCP, or over a descriptor that somebody handed over: one is as the
 * other. A connection tells of whole messages; signs of life (a TPKT without
 * contents) it takes and gives by itself. All on libre's loop; memory is
 * libre's.
 */
#ifndef H323GW_CONN_CONN_H
#define H323GW_CONN_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

enum {
	CONN_QUEUE_MAX	= 256 * 1024, /**< octets for a slow reader */
	CONN_SOURCE_LEN = 72,	      /**< "agent:NAME", an IP address */
	CONN_NAME_LEN	= 160,	      /**< of one that lasts, with NUL */
	CONN_LASTS_MS	= 30000,      /**< without a descriptor */
};

struct conn;
struct conns;

/** A message, never empty. The connection may be dropped here */
typedef void(conn_recv_h)(const uint8_t *p, size_t len, void *arg);
/** It is over: 0, the peer has closed it, or why not. conn_drop() it here or
 *  later; nothing more comes. Never called within conn_send() */
typedef void(conn_close_h)(int err, void *arg);
/** Connected, or an errno: it is gone then */
typedef void(conn_up_h)(int err, void *arg);

struct conn_handlers {
	conn_recv_h *recvh;
	conn_close_h *closeh;
	void *arg;
};

struct conns_conf {
	unsigned max;		/**< connections that others opened */
	unsigned source_max;	/**< of them from one source */
	size_t message_max;	/**< octets; 0: what TPKT allows */
	/* ms */
	uint32_t connect;	/**< until connected */
	uint32_t first;		/**< until the first message, or sign of life */
	uint32_t partial;	/**< from a message's first octet to its last */
	uint32_t keepalive;	/**< our silence until a sign of life */
	uint32_t finish;	/**< for what is queued, when done */
};

struct conns_stats {
	uint64_t accepted, connected, closed;
	uint64_t refused_max;	 /**< too many in all */
	uint64_t refused_source; /**< too many from one source */
	uint64_t refused_other;	 /**< not who was waited for */
	uint64_t slow;		 /**< first or partial ran out */
	uint64_t malformed;	 /**< no TPKT */
	uint64_t overflow;	 /**< they don't read */
	uint64_t octets_in, octets_out, messages_in, messages_out;
};

/* all connections of a program: its limits. mem_deref() it when each has been
 * dropped; those that finish end with it */
int conns_alloc(struct conns **csp, const struct conns_conf *conf);
void conns_conf_set(struct conns *cs, const struct conns_conf *conf);
const struct conns_stats *conns_stats(const struct conns *cs);
size_t conns_count(const struct conns *cs);

/* fd is taken over also when it fails. source: who to count it to; NULL: it is
 * ours and counted to nobody. EMFILE: a limit is reached; ENOMEM */
int conn_take(struct conn **cp, struct conns *cs, int fd, const char *source,
	      const struct conn_handlers *h);
/* connects from local (NULL: any); uph is called once, not before this
 * returns */
int conn_connect(struct conn **cp, struct conns *cs, const struct addr *local,
		 const struct addr *to, const struct conn_handlers *h,
		 conn_up_h *uph);
/* 0: on its way; ENOTCONN; ENOBUFS: the peer does not read, it will be closed;
 * EMSGSIZE */
int conn_send(struct conn *c, const uint8_t *p, size_t len);
/* at once; NULL is fine */
void conn_drop(struct conn *c);
/* when what is queued is out; nothing more is told */
void conn_finish(struct conn *c);
void conn_handlers_set(struct conn *c, const struct conn_handlers *h);

/* ---- connections that last longer than their descriptor ---- */

/** One that lasts has lost its descriptor: conns_gone() if no other can come */
typedef void(conn_away_h)(const char *name, void *arg);

/* It is to be known by this name, and to go on over another descriptor when
 * that breaks, within CONN_LASTS_MS: what was lost on the way is sent again,
 * and what is to be sent meanwhile waits. ENAMETOOLONG, EEXIST, ENOMEM */
int conn_lasts(struct conn *c, const char *name);
void conns_away_handler(struct conns *cs, conn_away_h *h, void *arg);
/* fd is taken over. received: octets its far end has had of it; we say, before
 * all else, how many we have had (8 octets, big-endian). ENOENT: there is no
 * such connection; ERANGE: what is missing is not kept: it is over */
int conn_again(struct conns *cs, const char *name, uint64_t received, int fd);
/* it does not come again */
void conns_gone(struct conns *cs, const char *name);

/* ---- waiting for others to connect ---- */

struct conn_listener;

/** A connection from peer; conn_take() the descriptor, or close it */
typedef void(conn_accept_h)(int fd, const struct addr *peer, void *arg);

/* mem_deref() it */
int conn_listen(struct conn_listener **lp, struct conns *cs,
		const struct addr *at, conn_accept_h *accepth, void *arg);
/* on any free port of min..max at an IP address; who: the only one who may
 * connect, NULL: anybody. EADDRINUSE: all ports are taken */
int conn_listen_range(struct conn_listener **lp, struct conns *cs,
		      const struct addr *ip, uint16_t min, uint16_t max,
		      const struct addr *who, conn_accept_h *accepth,
		      void *arg);
const struct addr *conn_listener_addr(const struct conn_listener *l);

#endif
