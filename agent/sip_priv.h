/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_priv.h  What the rooms of sip.c share
 */
#ifndef POSTERN_AGENT_SIP_PRIV_H
#define POSTERN_AGENT_SIP_PRIV_H

#include "rpc/libre.h"
#include "addr/addr.h"
#include "edge/edge.h"
#include "log/log.h"
#include "metrics/metrics.h"
#include "sip.h"
#include "tunnel/tunnel.h"
#include "udp_door.h"

struct tcp_sock;
struct tls;
struct aware;
struct aware_line;

enum sip_transport {
	SIP_UDP,
	SIP_TCP,
	SIP_TLS,
	SIP_TRANSPORTS
};

enum sip_count {
	SIP_COUNT_UP,
	SIP_COUNT_DOWN,
	SIP_COUNT_DROPPED,
	SIP_COUNT_CONNECTIONS,
	SIP_COUNT_REFUSED,
	SIP_COUNT_BROKEN,
	SIP_COUNT_LATE,
	SIP_COUNT_CALLED_BACK,
	SIP_COUNTS
};

enum {
	SIP_TERMINALS_MAX   = 2048,
	SIP_CONNECTIONS_MAX = 1024,
	SIP_CONNECTIONS_OF_ONE_MAX = 64, /* of an address's */
};

/** Where terminals come in by one transport */
struct sip_door {
	struct sip *sip;
	enum sip_transport transport;
	struct addr local; /**< unset: not by this one */
	struct tcp_sock *ts;
	struct tls *tls;
};

struct sip {
	struct policy *policy;
	struct audit *audit;
	struct aware *aware; /**< NULL: messages are not read here */
	uint8_t hide[EDGE_HIDE_KEY]; /**< for the edge, where they are */
	bool hides;
	struct sip_door doors[SIP_TRANSPORTS];
	struct udp_door *udp;
	struct tunnel *tunnel; /**< NULL: there is none */
	struct hash *byaddr;
	struct list terminals;
	struct metrics *counts;
	struct tmr tmr;
	struct log_limit log;
};

/** Who speaks SIP: an address datagrams come from, or a connection */
struct terminal {
	struct le he;
	struct le le;
	struct sip *sip;
	enum sip_transport transport;
	struct addr addr;
	struct addr contact;   /**< where it takes connections, as it says */
	struct sip_conn *conn; /**< NULL: datagrams, or it is gone */
	bool connected;	       /**< and it stands */
	bool spoke;	       /**< a message has come by it */
	struct list waiting;   /**< messages until it is connected */
	size_t unread;	       /**< octets of the channel not yet consumed */
	struct channel *ch;    /**< NULL: none now */
	struct aware_line *line; /**< NULL: likewise */
	bool leaving;	       /**< our end of the channel has ended */
	uint64_t heard;
};

void sip_complain(struct sip *s, const struct addr *a, const char *why);
const char *sip_transport_name(enum sip_transport t);

int sip_door_open(struct sip_door *d, const struct addr *local,
		  const struct sip_config *conf);
void sip_door_close(struct sip_door *d);

struct terminal *terminal_find(const struct sip *s, enum sip_transport t,
			       const struct addr *a);
struct terminal *terminal_new(struct sip *s, enum sip_transport t,
			      const struct addr *a);
void terminal_receive(struct terminal *tm, const uint8_t *p, size_t len);
void terminal_greet(struct terminal *tm);
int terminal_take(struct terminal *tm, struct channel *ch);
int terminal_connected(struct sip_door *d, const struct addr *peer);
json_t *terminal_record(const struct terminal *tm);
void terminal_dropped(struct terminal *tm, const char *why);
extern const struct sip_conn_handlers terminal_conn_handlers;

void terminal_send(struct terminal *tm, const uint8_t *p, size_t len);
void terminal_deliver(struct terminal *tm, const uint8_t *p, size_t len,
		      size_t credit);
int terminal_line_open(struct terminal *tm);
void terminal_line_close(struct terminal *tm);
void terminal_place(struct terminal *tm, const json_t *o);
struct terminal *terminal_successor(const struct terminal *tm);
void terminal_give_up(struct terminal *tm);
void terminal_connected_to(void *arg);
void terminal_drained(void *arg);

#endif
