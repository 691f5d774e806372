/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file link.h  One TLS connection: who is there, then what it carries
 *
 * A tunnel, or datagrams. TLS 1.3 on libre's loop. All memory is libre's:
 * mem_deref() a link to close it without a word; what it carries stays.
 */
#ifndef POSTERN_TUNNEL_LINK_H
#define POSTERN_TUNNEL_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/types.h>
#include "addr/addr.h"
#include "tunnel/auth.h"
#include "tunnel/datagrams.h"
#include "tunnel/frame.h"
#include "tunnel/tunnel.h"

struct link;

enum {
	LINK_GREETING_MS  = 10000, /**< from the connection to WELCOME */
	LINK_KEEPALIVE_MS = 4000, /**< at most */
};

struct link_handlers {
	/** the handshake is done, certificates are verified */
	void (*readyh)(struct link *l, void *arg);
	/** HELLO, WELCOME or REFUSE came in, once */
	void (*greetingh)(struct link *l, enum frame_type type,
			  const char *text, size_t len, void *arg);
	/** the connection is gone: why in words. EACCES: the other end's
	 *  certificate doesn't stand. Nothing comes after this */
	void (*closeh)(struct link *l, int err, const char *why, void *arg);
};

int link_alloc(struct link **lp, int fd, SSL_CTX *ctx, bool server,
	       const char *host, const struct link_handlers *h, void *arg);
void link_handlers_set(struct link *l, const struct link_handlers *h,
		       void *arg);
int link_say(struct link *l, enum frame_type type, const char *text);
int link_carry(struct link *l, struct tunnel *t, uint64_t peer_received,
	       uint32_t keepalive);
int link_carry_datagrams(struct link *l, struct datagrams *d,
			 uint32_t keepalive);
void link_flush(struct link *l);
void link_pause(struct link *l, bool on);
void link_release(struct link *l);
bool link_peer_named(const struct link *l, const char *name);
int link_exporter(const struct link *l, uint8_t out[AUTH_EXPORTER]);
uint64_t link_heard(const struct link *l);
int link_addrs(const struct link *l, struct addr *local, struct addr *peer);

/* contexts; SSL_CTX_free() them. why: of at least 256 octets */
SSL_CTX *link_server_ctx(const char *certificate, const char *key,
			 char *why, size_t size);
SSL_CTX *link_client_ctx(const char *ca_file, const char *fingerprint,
			 char *why, size_t size);
int link_ctx_clients(SSL_CTX *ctx, const char *ca_file, char *why,
		     size_t size);
int link_ctx_certificate(SSL_CTX *ctx, const char *certificate,
			 const char *key, char *why, size_t size);
bool link_certificate_named(const X509 *cert, const char *name);
int link_fingerprint(const char *certificate, char text[AUTH_TEXT]);

#endif
