/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file token.c  What tokens prove: hashes over passwords and messages
 *
 * Owns no state; wipes what it derived.
 */
#include <errno.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include "h323gw/h225/id.h"
#include "h323gw/h225/text.h"
#include "secrets.h"
#include "token_priv.h"


enum {
	SHA1_LEN  = 20,
	TOKEN_LEN = 1024, /* an encoded ClearToken */
	RAS_LEN	  = 65536,
};


const char *token_method_name(enum token_method m)
{
	static const char *const names[TOKEN_METHODS] = {
		[TOKEN_HMAC] = "hmac",
		[TOKEN_MD5]  = "md5",
		[TOKEN_CAT]  = "cat",
	};

	return m < TOKEN_METHODS ? names[m] : "unknown";
}


static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}


/* ---- CAT: MD5 over random octet, password, time ---- */

static bool cat_hash(uint8_t hash[TOKEN_MD5_LEN], const struct token *t,
		     const char *password)
{
	uint8_t in[1 + SECRET_TEXT_MAX + 4];
	const size_t n = strlen(password);
	bool ok;

	if (n > SECRET_TEXT_MAX)
		return false;
	in[0] = (uint8_t)t->random;
	memcpy(in + 1, password, n);
	put32(in + 1 + n, t->time);
	ok = EVP_Digest(in, 1 + n + 4, hash, NULL, EVP_md5(), NULL);
	OPENSSL_cleanse(in, sizeof(in));

	return ok;
}


static bool cat_proves(const struct token *t, const char *password)
{
	uint8_t hash[TOKEN_MD5_LEN];

	return cat_hash(hash, t, password) &&
	       !CRYPTO_memcmp(hash, t->hash, sizeof(hash));
}


/* ---- MD5 over the token with the password ---- */

/* text, and the NUL that many put behind it */
static int bmp_put(BMPString_t **bp, struct per_msg *msg, const char *text,
		   bool nul)
{
	BMPString_t bmp = {.buf = NULL};
	int err;

	*bp = per_msg_zalloc(msg, sizeof(**bp));
	if (!*bp)
		return ENOMEM;
	err = h225_bmp_set(&bmp, msg, text);
	if (err)
		return err;
	(*bp)->size = bmp.size + (nul ? 2 : 0);
	(*bp)->buf  = per_msg_zalloc(msg, (size_t)(*bp)->size);
	if (!(*bp)->buf)
		return ENOMEM;
	memcpy((*bp)->buf, bmp.buf, (size_t)bmp.size);
	OPENSSL_cleanse(bmp.buf, (size_t)bmp.size);

	return 0;
}


static int md5_hash(uint8_t hash[TOKEN_MD5_LEN], const struct token *t,
		    const char *password, const struct per *per, bool nul)
{
	const struct per_type *type = per_type_find(per, "ClearToken");
	unsigned long stamp = t->time;
	uint8_t octets[TOKEN_LEN];
	struct per_msg *msg = NULL;
	ClearToken_t *ct;
	size_t len = 0;
	int err;

	err = per_msg_alloc(&msg, per, type);
	if (err)
		return err;
	ct	      = per_msg_value(msg);
	ct->timeStamp = &stamp;
	err	      = oid_set(&ct->tokenOID, msg, "0.0");
	if (!err)
		err = bmp_put(&ct->password, msg, password, nul);
	if (!err)
		err = bmp_put(&ct->generalID, msg, t->name, nul);
	if (!err)
		err = per_msg_encode(msg, octets, sizeof(octets), &len, NULL);
	if (!err && !EVP_Digest(octets, len, hash, NULL, EVP_md5(), NULL))
		err = EIO;
	OPENSSL_cleanse(octets, sizeof(octets));
	if (ct->password && ct->password->buf)
		OPENSSL_cleanse(ct->password->buf,
				(size_t)ct->password->size);
	per_msg_free(msg);

	return err;
}


/* the Recommendation has no NUL in the token; what is in use has */
static bool md5_proves(const struct token *t, const char *password,
		       const struct per *per)
{
	uint8_t with[TOKEN_MD5_LEN], without[TOKEN_MD5_LEN];
	int no;

	if (md5_hash(with, t, password, per, true) ||
	    md5_hash(without, t, password, per, false))
		return false;
	no = !!CRYPTO_memcmp(with, t->hash, TOKEN_MD5_LEN) &
	     !!CRYPTO_memcmp(without, t->hash, TOKEN_MD5_LEN);

	return !no;
}


int token_make(struct token *t, const char *password, const struct per *per)
{
	switch (t->method) {

	case TOKEN_CAT:
		return cat_hash(t->hash, t, password) ? 0 : EINVAL;

	case TOKEN_MD5:
		return md5_hash(t->hash, t, password, per, true);

	default:
		return EINVAL;
	}
}


/* ---- HMAC over the message ---- */

static bool hmac(uint8_t hash[SHA1_LEN], const char *password,
		 const uint8_t *p, size_t len)
{
	uint8_t key[SHA1_LEN];
	const bool ok = EVP_Digest(password, strlen(password), key, NULL,
				   EVP_sha1(), NULL) &&
			HMAC(EVP_sha1(), key, sizeof(key), p, len, hash,
			     NULL);

	OPENSSL_cleanse(key, sizeof(key));

	return ok;
}


/* The hash was taken with zeros in its place. Its octets could stand in the
 * message a second time: then it is the place that makes it true. */
static bool hmac_proves(const struct token *t, const char *password,
			const uint8_t *p, size_t len)
{
	static const uint8_t zero[TOKEN_HMAC_LEN];
	uint8_t copy[RAS_LEN], hash[SHA1_LEN];
	const uint8_t *at = p;
	unsigned tries;

	if (len > sizeof(copy))
		return false;
	memcpy(copy, p, len);
	for (tries = 0; tries < 2; tries++, at++) {
		uint8_t *place;

		at = memmem(at, len - (size_t)(at - p), t->hash,
			    TOKEN_HMAC_LEN);
		if (!at)
			return false;
		place = copy + (at - p);
		memcpy(place, zero, TOKEN_HMAC_LEN);
		if (hmac(hash, password, copy, len) &&
		    !CRYPTO_memcmp(hash, t->hash, TOKEN_HMAC_LEN))
			return true;
		memcpy(place, t->hash, TOKEN_HMAC_LEN);
	}

	return false;
}


bool token_seal(uint8_t *p, size_t len, const char *password,
		const uint8_t mark[TOKEN_HMAC_LEN])
{
	uint8_t *at = memmem(p, len, mark, TOKEN_HMAC_LEN);
	uint8_t hash[SHA1_LEN];

	if (!at)
		return false;
	memset(at, 0, TOKEN_HMAC_LEN);
	if (!hmac(hash, password, p, len))
		return false;
	memcpy(at, hash, TOKEN_HMAC_LEN);

	return true;
}


bool token_proves(const struct token *t, const char *password,
		  const struct per *per, const uint8_t *p, size_t len)
{
	switch (t->method) {

	case TOKEN_CAT:
		return cat_proves(t, password);

	case TOKEN_MD5:
		return md5_proves(t, password, per);

	case TOKEN_HMAC:
		return hmac_proves(t, password, p, len);

	default:
		return false;
	}
}
