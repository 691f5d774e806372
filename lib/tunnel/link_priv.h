/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file link_priv.h  What the rooms of a link share
 *
 * link.c has its life and what wakes it up, link_tls.c the octets that go
 * through TLS, link_carry.c what it carries once it has greeted.
 */
#ifndef POSTERN_TUNNEL_LINK_PRIV_H
#define POSTERN_TUNNEL_LINK_PRIV_H

#include "rpc/libre.h"
#include "tunnel/cargo.h"
#include "tunnel/link.h"

enum link_state {
	LINK_SHAKING,
	LINK_GREETING,
	LINK_CARRYING,
	LINK_CLOSED,
};

struct link {
	SSL *ssl;
	const struct cargo *cargo; /* NULL: none */
	void *carried;		   /* referenced: what it is */
	struct mbuf *greeting;	/* what has come of one */
	struct mbuf *out;	/* what TLS would not take */
	struct tmr tmr;
	struct tmr wait;	/* for room */
	struct link_handlers h;
	void *arg;
	uint64_t heard, pinged;
	uint32_t keepalive;
	int fd;
	int events;
	enum link_state state;
	bool server, greeted, busy, again;
	bool paused; /* nothing is read */
};

/* link.c */
void link_fail(struct link *l, int err, const char *why);
void link_listen(struct link *l, int events);

/* link_tls.c: what puts gives 0 where all is out, EAGAIN where it isn't yet,
 * else it has failed */
int link_tls_begin(struct link *l, SSL_CTX *ctx, const char *host);
void link_tls_shake(struct link *l);
int link_put(struct link *l, const uint8_t *p, size_t len);
int link_put_rest(struct link *l);
bool link_get(struct link *l, uint8_t *p, size_t size, size_t *n);

/* link_carry.c */
void link_let_go(struct link *l);
void link_input_cargo(struct link *l, const uint8_t *p, size_t len);

#endif
