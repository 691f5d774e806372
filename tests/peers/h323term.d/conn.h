/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file conn.h  Messages in TPKT over TCP, also in odd ways
 */
#ifndef H323TERM_CONN_H
#define H323TERM_CONN_H

#include "term.h"

struct conn;

typedef void(conn_estab_h)(void *arg);
/* len 0: a sign of life */
typedef void(conn_message_h)(const uint8_t *p, size_t len, void *arg);
typedef void(conn_closed_h)(int err, void *arg);

struct conn_handlers {
	conn_estab_h *estabh;
	conn_message_h *messageh;
	conn_closed_h *closedh;
	void *arg;
};

/* conf: "octets" (one at a time), "joined" (ms to wait for more to send at
 * once), "keepalive" (ms between empty TPKTs); read when it is made */
int conn_connect(struct conn **cp, struct app *app, const struct sa *peer,
		 const struct sa *own, const json_t *conf,
		 const struct conn_handlers *h);
int conn_accept(struct conn **cp, struct app *app, struct tcp_sock *ts,
		const json_t *conf, const struct conn_handlers *h);
void conn_handlers_set(struct conn *c, const struct conn_handlers *h);
int conn_send(struct conn *c, const uint8_t *p, size_t len);
int conn_send_octets(struct conn *c, const uint8_t *p, size_t len);
struct conn *conn_finish(struct conn *c);
struct conn *conn_drop(struct conn *c);
void conn_peer(const struct conn *c, struct sa *peer);
void conn_local(const struct conn *c, struct sa *local);

#endif
