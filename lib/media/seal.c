/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file seal.c  Sealing and opening, on OpenSSL's ciphers
 *
 * The nonce is the direction's salt, with the type and the counter added to its
 * last octets (as RFC 8446 §5.3 does): never the same twice under a key, since
 * a counter that is used up ends the sealing.
 *
 * Owns: a cipher's context and a counter for each direction, and on the opening
 * side which of the latest counters have been seen (RFC 3711 §3.3.2).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif
#include "media/seal.h"


enum {
	NONCE	   = 12,
	WORD_BITS  = 64,
	WORDS	   = SEAL_WINDOW / WORD_BITS,
	PACKET_MAX = 65535,
};

#define COUNTER_MAX ((UINT64_C(1) << 48) - 1)

struct sealer {
	EVP_CIPHER_CTX *ctx;
	uint64_t counter; /* of the next */
	uint32_t id;
	uint8_t salt[SEAL_SALT];
};

struct opener {
	EVP_CIPHER_CTX *ctx;
	uint64_t highest;	/* counter seen, + 1; 0: none yet */
	uint64_t seen[WORDS];	/* bit n of it: counter n modulo the window */
	uint32_t id;
	uint8_t salt[SEAL_SALT];
};


static void u32_put(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}


static void u48_put(uint8_t *p, uint64_t v)
{
	p[0] = (uint8_t)(v >> 40);
	p[1] = (uint8_t)(v >> 32);
	u32_put(p + 2, (uint32_t)v);
}


static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}


/** Does a datagram look like a sealed one? */
bool seal_is(const uint8_t *p, size_t len)
{
	return len >= SEAL_OVERHEAD &&
	       (p[0] == SEAL_TYPE_RTP || p[0] == SEAL_TYPE_RTCP ||
		p[0] == SEAL_TYPE_SEEN);
}


/** Read what stands before what is sealed; 0 or EBADMSG. It may be a lie */
int seal_head_decode(struct seal_head *h, const uint8_t *p, size_t len)
{
	if (!seal_is(p, len))
		return EBADMSG;

	h->rtcp	   = p[0] == SEAL_TYPE_RTCP;
	h->seen	   = p[0] == SEAL_TYPE_SEEN;
	h->id	   = u32(p + 1);
	h->counter = (uint64_t)p[5] << 40 | (uint64_t)p[6] << 32 | u32(p + 7);

	return 0;
}


/** New secrets; 0 or EIO */
int seal_secret_new(struct seal_secret *s)
{
	return RAND_bytes(s->key, sizeof(s->key)) == 1 &&
			       RAND_bytes(s->salt, sizeof(s->salt)) == 1
		       ? 0
		       : EIO;
}


/** The quicker cipher here: AES where the CPU has it */
enum seal_cipher seal_best(void)
{
#if defined(__x86_64__)
	unsigned a, b, c = 0, d;

	if (__get_cpuid(1, &a, &b, &c, &d) && c & bit_AES && c & bit_PCLMUL)
		return SEAL_AES_128_GCM;
#elif defined(__aarch64__)
	if (getauxval(AT_HWCAP) & (1 << 3)) /* HWCAP_AES */
		return SEAL_AES_128_GCM;
#endif
	return SEAL_CHACHA20_POLY1305;
}


static EVP_CIPHER_CTX *context(enum seal_cipher cipher, const uint8_t *key,
			       int encrypt)
{
	const EVP_CIPHER *c = cipher == SEAL_AES_128_GCM
				      ? EVP_aes_128_gcm()
			      : cipher == SEAL_CHACHA20_POLY1305
				      ? EVP_chacha20_poly1305()
				      : NULL;
	EVP_CIPHER_CTX *ctx = c ? EVP_CIPHER_CTX_new() : NULL;

	/* both ciphers take a nonce of 12 octets unless told otherwise */
	if (ctx && EVP_CipherInit_ex(ctx, c, NULL, key, NULL, encrypt) != 1) {
		EVP_CIPHER_CTX_free(ctx);
		ctx = NULL;
	}

	return ctx;
}


static void nonce_make(uint8_t n[NONCE], const uint8_t salt[SEAL_SALT],
		       const uint8_t *head)
{
	memcpy(n, salt, NONCE);
	n[5] ^= head[0];
	for (unsigned i = 0; i < 6; i++)
		n[6 + i] ^= head[5 + i];
}


/* ---- sealing ---- */

/**
 * Make the sealing end of a direction
 *
 * @param sp     Result; sealer_free() it
 * @param cipher Cipher
 * @param secret Secrets, copied; never used for a second sealer
 * @param id     Which stream
 *
 * @return 0; ENOTSUP: no such cipher; ENOMEM
 */
int sealer_alloc(struct sealer **sp, enum seal_cipher cipher,
		 const struct seal_secret *secret, uint32_t id)
{
	struct sealer *s = calloc(1, sizeof(*s));

	if (!s)
		return ENOMEM;
	s->ctx = context(cipher, secret->key, 1);
	if (!s->ctx) {
		free(s);
		return ENOTSUP;
	}
	s->id = id;
	memcpy(s->salt, secret->salt, SEAL_SALT);
	*sp = s;

	return 0;
}


void sealer_free(struct sealer *s)
{
	if (!s)
		return;

	EVP_CIPHER_CTX_free(s->ctx);
	OPENSSL_cleanse(s, sizeof(*s));
	free(s);
}


static const uint8_t types[] = {
	[SEAL_RTP]  = SEAL_TYPE_RTP,
	[SEAL_RTCP] = SEAL_TYPE_RTCP,
	[SEAL_SEEN] = SEAL_TYPE_SEEN,
};


/**
 * Seal a packet
 *
 * @param s      Sealer
 * @param what   What it is
 * @param out    Datagram; may not overlap with p
 * @param size   Its room: len + SEAL_OVERHEAD
 * @param outlen Its length
 * @param p      Packet
 * @param len    Its length; 0: a sign of life
 *
 * @return 0; EMSGSIZE; EOVERFLOW: the key is used up; EIO
 */
int seal(struct sealer *s, enum seal_what what, uint8_t *out, size_t size,
	 size_t *outlen, const uint8_t *p, size_t len)
{
	uint8_t nonce[NONCE];
	int n = 0, ok;

	if (len > PACKET_MAX || size < len + SEAL_OVERHEAD)
		return EMSGSIZE;
	if (s->counter > COUNTER_MAX)
		return EOVERFLOW;

	out[0] = types[what];
	u32_put(out + 1, s->id);
	u48_put(out + 5, s->counter++);
	nonce_make(nonce, s->salt, out);

	ok = EVP_EncryptInit_ex(s->ctx, NULL, NULL, NULL, nonce) == 1 &&
	     EVP_EncryptUpdate(s->ctx, NULL, &n, out, SEAL_HEADER) == 1 &&
	     (!len || EVP_EncryptUpdate(s->ctx, out + SEAL_HEADER, &n, p,
					(int)len) == 1) &&
	     EVP_EncryptFinal_ex(s->ctx, out + SEAL_HEADER + len, &n) == 1 &&
	     EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG,
				 out + SEAL_HEADER + len) == 1;
	if (!ok)
		return EIO;
	*outlen = len + SEAL_OVERHEAD;

	return 0;
}


/* ---- opening ---- */

/** Make the opening end of a direction; as sealer_alloc() */
int opener_alloc(struct opener **op, enum seal_cipher cipher,
		 const struct seal_secret *secret, uint32_t id)
{
	struct opener *o = calloc(1, sizeof(*o));

	if (!o)
		return ENOMEM;
	o->ctx = context(cipher, secret->key, 0);
	if (!o->ctx) {
		free(o);
		return ENOTSUP;
	}
	o->id = id;
	memcpy(o->salt, secret->salt, SEAL_SALT);
	*op = o;

	return 0;
}


void opener_free(struct opener *o)
{
	if (!o)
		return;

	EVP_CIPHER_CTX_free(o->ctx);
	OPENSSL_cleanse(o, sizeof(*o));
	free(o);
}


static uint64_t bit_of(uint64_t counter)
{
	return UINT64_C(1) << (counter % WORD_BITS);
}


static uint64_t *word_of(struct opener *o, uint64_t counter)
{
	return &o->seen[counter / WORD_BITS % WORDS];
}


static bool replayed(struct opener *o, uint64_t counter)
{
	if (counter >= o->highest)
		return false;
	/* words are cleared whole, so the oldest one is not sure any more */
	if (o->highest - counter > SEAL_WINDOW - WORD_BITS)
		return true;

	return (*word_of(o, counter) & bit_of(counter)) != 0;
}


static void remember(struct opener *o, uint64_t counter)
{
	if (counter >= o->highest) {
		uint64_t w    = o->highest ? (o->highest - 1) / WORD_BITS + 1
					   : 0;
		uint64_t last = counter / WORD_BITS;

		if (last >= w + WORDS)
			w = last - WORDS + 1;
		for (; w <= last; w++)
			o->seen[w % WORDS] = 0;
		o->highest = counter + 1;
	}
	*word_of(o, counter) |= bit_of(counter);
}


/**
 * Open a datagram
 *
 * @param o      Opener of the stream its head names
 * @param h      What its head says
 * @param out    Packet; may not overlap with p
 * @param size   Its room: len - SEAL_OVERHEAD
 * @param outlen Its length; 0: a sign of life
 * @param p      Datagram
 * @param len    Its length
 *
 * @return 0; EBADMSG: not one, or of another stream; EALREADY: seen before, or
 *         too late to tell; EACCES: not sealed with this key; EMSGSIZE
 */
int seal_open(struct opener *o, struct seal_head *h, uint8_t *out,
	      size_t size, size_t *outlen, const uint8_t *p, size_t len)
{
	uint8_t nonce[NONCE], tag[SEAL_TAG];
	size_t plain;
	int n = 0, ok;

	if (seal_head_decode(h, p, len) || h->id != o->id ||
	    len > PACKET_MAX + SEAL_OVERHEAD)
		return EBADMSG;
	plain = len - SEAL_OVERHEAD;
	if (size < plain)
		return EMSGSIZE;
	if (replayed(o, h->counter))
		return EALREADY;

	nonce_make(nonce, o->salt, p);
	memcpy(tag, p + SEAL_HEADER + plain, SEAL_TAG);
	ok = EVP_DecryptInit_ex(o->ctx, NULL, NULL, NULL, nonce) == 1 &&
	     EVP_DecryptUpdate(o->ctx, NULL, &n, p, SEAL_HEADER) == 1 &&
	     (!plain || EVP_DecryptUpdate(o->ctx, out, &n, p + SEAL_HEADER,
					  (int)plain) == 1) &&
	     EVP_CIPHER_CTX_ctrl(o->ctx, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG,
				 tag) == 1 &&
	     EVP_DecryptFinal_ex(o->ctx, tag, &n) == 1;
	if (!ok)
		return EACCES;

	remember(o, h->counter);
	*outlen = plain;

	return 0;
}
