/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file token.h  One-time tokens, and the probes that bring them
 *
 *	0       1                       5       6                       22
 *	+-------+-----------------------+-------+-----------------------+
 *	| 0x52  | id                    | 1     | token                 |
 *	+-------+-----------------------+-------+---------------+-------+
 *	| 0x53  | id                    | 1     | nonce         |
 *	+-------+-----------------------+-------+---------------+
 *	| 0x55  | id                    | 1     | nonce         |
 *	+-------+-----------------------+-------+---------------+
 *
 * In token mode a stream's packets go bare between agent and relay; a socket of
 * the agent's is known by its address and port alone. A probe with a token that
 * the relay gave to this stream, through the tunnel, says which they are. The
 * second form is a sign of life: it keeps a NAT's mapping and proves nothing;
 * the third is the answer.
 *
 *	0       1                       5
 *	+-------+-----------------------+---- … ---+
 *	| type  | id                    | packet   |
 *	+-------+-----------------------+---- … ---+
 *
 * So packets go in-tunnel, in a connection that is sealed itself: 0x56 is RTP,
 * 0x57 RTCP. See doc/tunnel-protocol.md; the types begin no RTP, STUN or DTLS
 * packet (RFC 7983) nor a sealed datagram (seal.h).
 *
 * No sockets, no clocks.
 */
#ifndef POSTERN_MEDIA_TOKEN_H
#define POSTERN_MEDIA_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TOKEN_LEN  = 16,
	TOKEN_TEXT = (TOKEN_LEN + 2) / 3 * 4 + 1, /**< base64, with its NUL */

	PROBE_TYPE    = 0x52,
	PROBE_ALIVE   = 0x53,
	PROBE_ANSWER  = 0x55,
	PROBE_VERSION = 1,
	PROBE_LEN     = 22,
	ALIVE_NONCE   = 8,
	ALIVE_LEN     = 6 + ALIVE_NONCE,

	BARE_TYPE_RTP  = 0x56,
	BARE_TYPE_RTCP = 0x57,
	BARE_HEADER    = 5,
};

struct probe {
	uint32_t id; /**< of the stream, as in sealed datagrams */
	uint8_t token[TOKEN_LEN];
};

bool probe_is(const uint8_t *p, size_t len);
void probe_encode(uint8_t p[PROBE_LEN], const struct probe *pr);
int probe_decode(struct probe *pr, const uint8_t *p, size_t len);

/** A sign of life, or the answer to it */
struct sign {
	uint32_t id;
	uint8_t nonce[ALIVE_NONCE]; /**< the asker's, and the answer's */
};

void sign_encode(uint8_t p[ALIVE_LEN], uint8_t type, const struct sign *s);
int sign_decode(struct sign *s, uint8_t type, const uint8_t *p, size_t len);

/** A packet in-tunnel */
struct bare_head {
	uint32_t id;
	bool rtcp;
};

void bare_head_encode(uint8_t p[BARE_HEADER], const struct bare_head *h);
int bare_head_decode(struct bare_head *h, const uint8_t *p, size_t len);

/** What one part of one stream was given; it begins all zero but for the id */
struct token {
	uint8_t given[TOKEN_LEN];  /**< may serve once, */
	uint64_t until;		   /**< before this time, ms */
	uint8_t served[TOKEN_LEN]; /**< and did so */
	uint32_t id;		   /**< of the stream */
	bool is_given, has_served;
};

enum token_verdict {
	TOKEN_GOOD,
	TOKEN_FORGED,	/**< never given to this stream, or not any more */
	TOKEN_EXPIRED,
	TOKEN_REPLAYED, /**< it has served */
};

int token_give(struct token *t, uint64_t until);
bool token_is_given(const struct token *t, uint64_t now);
enum token_verdict token_serve(struct token *t, const struct probe *pr,
			       uint64_t now);

void token_text(char text[TOKEN_TEXT], const uint8_t token[TOKEN_LEN]);
int token_read(uint8_t token[TOKEN_LEN], const char *text);

#endif
