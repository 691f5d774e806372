/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file seal.h  Datagrams between agent and relay: sealed, and who they are for
 *
 *	0       1                       5                       11
 *	+-------+-----------------------+-----------------------+---- … ---+
 *	| type  | id                    | counter               | sealed   |
 *	+-------+-----------------------+-----------------------+---- … ---+
 *
 * type says RTP or RTCP (in values no RTP, STUN or DTLS packet begins with,
 * RFC 7983), id which stream, counter is new for each datagram under a key. All
 * of them are authenticated; what follows is the packet, encrypted, with a tag
 * of 16 octets. An empty packet is a sign of life, and moves the source like
 * any other; the relay's answer says where it came from. A stream has a key for
 * each direction: doc/tunnel-protocol.md.
 *
 * No sockets, no clocks.
 */
#ifndef POSTERN_MEDIA_SEAL_H
#define POSTERN_MEDIA_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SEAL_HEADER   = 11,
	SEAL_TAG      = 16,
	SEAL_OVERHEAD = SEAL_HEADER + SEAL_TAG,
	SEAL_KEY      = 32, /**< octets of key, whatever the cipher uses */
	SEAL_SALT     = 12,
	SEAL_WINDOW   = 1024, /**< datagrams that may come late */

	SEAL_TYPE_RTP  = 0x50,
	SEAL_TYPE_RTCP = 0x51,
	SEAL_TYPE_SEEN = 0x54,
};

/** What is in it */
enum seal_what {
	SEAL_RTP  = 0, /**< or other media; empty: a sign of life */
	SEAL_RTCP = 1,
	SEAL_SEEN = 2, /**< the answer to a sign of life: where from, as text */
};

enum seal_cipher {
	SEAL_AES_128_GCM = 1,
	SEAL_CHACHA20_POLY1305 = 2,
};

/** Secrets of one direction of one stream */
struct seal_secret {
	uint8_t key[SEAL_KEY];
	uint8_t salt[SEAL_SALT];
};

struct seal_head {
	uint32_t id;
	uint64_t counter;
	bool rtcp, seen;
};

struct sealer;
struct opener;

bool seal_is(const uint8_t *p, size_t len);
int seal_head_decode(struct seal_head *h, const uint8_t *p, size_t len);
int seal_secret_new(struct seal_secret *s);
enum seal_cipher seal_best(void);

int sealer_alloc(struct sealer **sp, enum seal_cipher cipher,
		 const struct seal_secret *secret, uint32_t id);
void sealer_free(struct sealer *s);
int seal(struct sealer *s, enum seal_what what, uint8_t *out, size_t size,
	 size_t *outlen, const uint8_t *p, size_t len);

int opener_alloc(struct opener **op, enum seal_cipher cipher,
		 const struct seal_secret *secret, uint32_t id);
void opener_free(struct opener *o);
int seal_open(struct opener *o, struct seal_head *h, uint8_t *out,
	      size_t size, size_t *outlen, const uint8_t *p, size_t len);

#endif
