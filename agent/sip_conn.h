/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_conn.h  A terminal's connection, TCP or TLS
 */
#ifndef POSTERN_AGENT_SIP_CONN_H
#define POSTERN_AGENT_SIP_CONN_H

#include "rpc/libre.h"
/* as libre was built: re_tls.h then has tls_openssl_context() */
#ifndef USE_OPENSSL
#define USE_OPENSSL 1
#endif
#include <re_srtp.h>
#include <re_tcp.h>
#include <re_tls.h>
#include "addr/addr.h"

enum {
	SIP_CONN_FRESH_MS = 20 * 1000,	/**< until its first message is there */
	SIP_CONN_MESSAGE_MS = 20 * 1000, /**< from a message's first octet */
	SIP_CONN_SILENT_MS = 2 * 3600 * 1000,
	SIP_CONN_QUEUE_MAX = 4 * 65536, /**< octets the terminal did not read */
};

struct sip_conn;

struct sip_conn_handlers {
	/** a whole message */
	void (*messageh)(const uint8_t *p, size_t len, void *arg);
	/** one we made stands: sip_conn_send() from now on */
	void (*estabh)(void *arg);
	/** all that was sent is on its way */
	void (*drainedh)(void *arg);
	/** it is no more, and why; not after mem_deref() */
	void (*closeh)(int err, void *arg);
};

int sip_conn_accept(struct sip_conn **cp, struct tcp_sock *ts, struct tls *tls,
		    const struct sip_conn_handlers *h, void *arg);
int sip_conn_connect(struct sip_conn **cp, const struct addr *local,
		     const struct addr *peer,
		     const struct sip_conn_handlers *h, void *arg);
int sip_conn_send(struct sip_conn *c, const uint8_t *p, size_t len);
bool sip_conn_drained(const struct sip_conn *c);
bool sip_conn_ended(const struct sip_conn *c);

#endif
