/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file token.c  One-time tokens, and the probes that bring them
 *
 * Owns, for each part of a stream, the token that was given and the last one
 * that served: the first to be used up, the second to know a replay by.
 */
#include <errno.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include "media/token.h"


enum {
	VERSION_AT = 5,
	TOKEN_AT   = 6,
	NONCE_AT   = 6,
};


static void id_put(uint8_t *p, uint8_t type, uint32_t id)
{
	p[0] = type;
	p[1] = (uint8_t)(id >> 24);
	p[2] = (uint8_t)(id >> 16);
	p[3] = (uint8_t)(id >> 8);
	p[4] = (uint8_t)id;
}


static void head_put(uint8_t *p, uint8_t type, uint32_t id)
{
	id_put(p, type, id);
	p[VERSION_AT] = PROBE_VERSION;
}


static uint32_t id_get(const uint8_t *p)
{
	return (uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 8 | p[4];
}


/** Is a datagram a probe, of whatever version and length? */
bool probe_is(const uint8_t *p, size_t len)
{
	return len > 0 && p[0] == PROBE_TYPE;
}


/** Write a probe */
void probe_encode(uint8_t p[PROBE_LEN], const struct probe *pr)
{
	head_put(p, PROBE_TYPE, pr->id);
	memcpy(p + TOKEN_AT, pr->token, TOKEN_LEN);
}


/** Read a probe; 0 or EBADMSG: it is none of this version */
int probe_decode(struct probe *pr, const uint8_t *p, size_t len)
{
	if (len != PROBE_LEN || p[0] != PROBE_TYPE ||
	    p[VERSION_AT] != PROBE_VERSION)
		return EBADMSG;

	pr->id = id_get(p);
	memcpy(pr->token, p + TOKEN_AT, TOKEN_LEN);

	return 0;
}


/** Write a sign of life (PROBE_ALIVE), or the answer to one (PROBE_ANSWER) */
void sign_encode(uint8_t p[ALIVE_LEN], uint8_t type, const struct sign *s)
{
	head_put(p, type, s->id);
	memcpy(p + NONCE_AT, s->nonce, ALIVE_NONCE);
}


/** Read a sign of life, or an answer; 0 or EBADMSG: it is none of this type */
int sign_decode(struct sign *s, uint8_t type, const uint8_t *p, size_t len)
{
	if (len != ALIVE_LEN || p[0] != type || p[VERSION_AT] != PROBE_VERSION)
		return EBADMSG;

	s->id = id_get(p);
	memcpy(s->nonce, p + NONCE_AT, ALIVE_NONCE);

	return 0;
}


/** Write what stands before a packet in-tunnel */
void bare_head_encode(uint8_t p[BARE_HEADER], const struct bare_head *h)
{
	id_put(p, h->rtcp ? BARE_TYPE_RTCP : BARE_TYPE_RTP, h->id);
}


/** Read what stands before a packet in-tunnel; 0 or EBADMSG: it is none */
int bare_head_decode(struct bare_head *h, const uint8_t *p, size_t len)
{
	if (len <= BARE_HEADER ||
	    (p[0] != BARE_TYPE_RTP && p[0] != BARE_TYPE_RTCP))
		return EBADMSG;

	h->id	= id_get(p);
	h->rtcp = p[0] == BARE_TYPE_RTCP;

	return 0;
}


/**
 * Make a token that may serve; what was given before may not any more
 *
 * @param t     Token, its stream's id set
 * @param until When it expires, ms
 *
 * @return 0; EIO: there is no randomness, and none is given
 */
int token_give(struct token *t, uint64_t until)
{
	t->is_given = RAND_bytes(t->given, TOKEN_LEN) == 1;
	t->until    = until;

	return t->is_given ? 0 : EIO;
}


/** Could a token serve now? */
bool token_is_given(const struct token *t, uint64_t now)
{
	return t->is_given && now < t->until;
}


/**
 * Somebody shows a token. If it is good it has served.
 *
 * How long this takes does not depend on how much of it is right.
 */
enum token_verdict token_serve(struct token *t, const struct probe *pr,
			       uint64_t now)
{
	const bool given = !CRYPTO_memcmp(pr->token, t->given, TOKEN_LEN);
	const bool served = !CRYPTO_memcmp(pr->token, t->served, TOKEN_LEN);

	if (pr->id != t->id)
		return TOKEN_FORGED;
	if (t->is_given && given) {
		if (now >= t->until)
			return TOKEN_EXPIRED;
		memcpy(t->served, t->given, TOKEN_LEN);
		OPENSSL_cleanse(t->given, TOKEN_LEN);
		t->is_given   = false;
		t->has_served = true;
		return TOKEN_GOOD;
	}

	return t->has_served && served ? TOKEN_REPLAYED : TOKEN_FORGED;
}


/** A token as it is handed over in the tunnel */
void token_text(char text[TOKEN_TEXT], const uint8_t token[TOKEN_LEN])
{
	(void)EVP_EncodeBlock((unsigned char *)text, token, TOKEN_LEN);
}


/** The same back; 0 or EBADMSG */
int token_read(uint8_t token[TOKEN_LEN], const char *text)
{
	uint8_t b[TOKEN_TEXT / 4 * 3];
	char again[TOKEN_TEXT];
	bool ok = text && strlen(text) == TOKEN_TEXT - 1 &&
		  EVP_DecodeBlock(b, (const unsigned char *)text,
				  TOKEN_TEXT - 1) == sizeof(b);

	/* one way to write each, or none */
	if (ok) {
		token_text(again, b);
		ok = !CRYPTO_memcmp(again, text, TOKEN_TEXT - 1);
	}
	if (ok)
		memcpy(token, b, TOKEN_LEN);
	OPENSSL_cleanse(b, sizeof(b));
	OPENSSL_cleanse(again, sizeof(again));

	return ok ? 0 : EBADMSG;
}
