/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file security.c  H.235: who we are, proved with a password
 *
 * Options: "secret" (a file with the password in its first line), "h235" one of
 * or several of "md5" (H.235.0 pwdHash), "cat" (a token of Cisco's), "hmac"
 * (H.235.1, procedure I), "signalling" (hmac on calls, too), "clock" (s by which
 * our time is wrong).
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "h323gw/q931/q931.h"
#include "ras.h"

#define OID_NONE "0.0"
#define OID_MD5	 "1.2.840.113549.2.5"
#define OID_CAT	 "1.2.840.113548.10.1.2.1"
/* H.235.1 table 1: A, T and U */
#define OID_A	 "0.0.8.235.0.2.1"
#define OID_T	 "0.0.8.235.0.2.5"
#define OID_U	 "0.0.8.235.0.2.6"

enum {
	SECRET_MAX = 128,
	HASH_LEN   = 12, /* HMAC-SHA1-96 */
	MD5_LEN	   = 16,
	SHA1_LEN   = 20,
	TOKEN_SIZE = 1024,
};

/* where the hash will stand: octets that a message has nowhere else */
static const uint8_t mark[HASH_LEN] = {0x9e, 0x41, 0xd7, 0x0b, 0x63, 0xf8,
				       0x2c, 0xb5, 0x17, 0xea, 0x50, 0x8d};


static bool secret_get(const struct term *t, char secret[SECRET_MAX])
{
	const char *path = option_text(t->conf, "secret", NULL);
	FILE *f = path ? fopen(path, "r") : NULL;
	bool ok = f && fgets(secret, SECRET_MAX, f);

	if (f)
		(void)fclose(f);
	if (ok)
		secret[strcspn(secret, "\r\n")] = '\0';

	return ok;
}


static json_int_t now(const struct term *t)
{
	return (json_int_t)time(NULL) + option_number(t->conf, "clock", 0);
}


static const char *own_name(const struct term *t, json_t **alias)
{
	const json_t *list = option(t->conf, "alias");
	json_t *value = NULL;

	*alias = alias_make(json_is_array(list) ? json_array_get(list, 0)
						: list);
	(void)choice(*alias, &value);

	return json_string_value(value);
}


/** H.235.0 §10.3.2: MD5 over the token that has the password in it */
static void put_md5(struct term *t, const char *secret, json_t *body)
{
	uint8_t token[TOKEN_SIZE], hash[MD5_LEN];
	char why[WHY_LEN];
	json_t *alias, *clear;
	const char *name = own_name(t, &alias);
	json_int_t stamp = now(t);
	size_t n = 0;

	clear = json_pack("{s:s,s:I,s:s,s:s*}", "tokenOID", OID_NONE,
			  "timeStamp", stamp, "password", secret, "generalID",
			  name);
	if (!value_encode(t->app->per, "ClearToken", clear, token,
			  sizeof(token), &n, why)) {
		(void)EVP_Digest(token, n, hash, NULL, EVP_md5(), NULL);
		(void)json_object_set_new(
			body, "cryptoTokens",
			json_pack("[{s:{s:O,s:I,s:{s:s,s:{},s:o}}}]",
				  "cryptoEPPwdHash", "alias", alias,
				  "timeStamp", stamp, "token", "algorithmOID",
				  OID_MD5, "paramS", "hash",
				  hex(hash, MD5_LEN)));
	}
	json_decref(clear);
	json_decref(alias);
}


/** MD5 over a random octet, the password, and the time */
static void put_cat(struct term *t, const char *secret, json_t *body)
{
	uint8_t in[SECRET_MAX + 5], hash[MD5_LEN];
	json_t *alias;
	const char *name   = own_name(t, &alias);
	const size_t n	   = strlen(secret);
	const uint32_t at_ = (uint32_t)now(t);

	in[0] = (uint8_t)(rand_u16() & 0x7f);
	memcpy(in + 1, secret, n);
	for (unsigned i = 0; i < 4; i++)
		in[1 + n + i] = (uint8_t)(at_ >> (24 - 8 * i));
	(void)EVP_Digest(in, n + 5, hash, NULL, EVP_md5(), NULL);
	(void)json_object_set_new(
		body, "tokens",
		json_pack("[{s:s,s:I,s:o,s:i,s:s*}]", "tokenOID", OID_CAT,
			  "timeStamp", (json_int_t)at_, "challenge",
			  hex(hash, MD5_LEN), "random", in[0], "generalID",
			  name));
	json_decref(alias);
}


/** H.235.1 §7: a hash over the whole message, filled in afterwards */
static void put_hmac(struct term *t, json_t *body)
{
	json_t *alias;
	const char *name = own_name(t, &alias);
	const char *from = t->ras->endpoint ? t->ras->endpoint : name;

	from = option_text(t->conf, "sendersID", from);
	(void)json_object_set_new(
		body, "cryptoTokens",
		json_pack("[{s:{s:{s:s,s:{s:s,s:I,s:i,s:s*,s:s*},"
			  "s:{s:s,s:{},s:o}}}}]",
			  "nestedcryptoToken", "cryptoHashedToken", "tokenOID",
			  OID_A, "hashedVals", "tokenOID", OID_T, "timeStamp",
			  now(t), "random", (int)(rand_u16() & 0x7fff),
			  "sendersID", from, "generalID",
			  t->ras->gatekeeper_id, "token", "algorithmOID",
			  OID_U, "paramS", "hash", hex(mark, HASH_LEN)));
	json_decref(alias);
}


void security_before(struct term *t, const char *name, json_t *body)
{
	char secret[SECRET_MAX];

	(void)name;
	if (!option(t->conf, "h235") || !secret_get(t, secret))
		return;
	if (option_has(t->conf, "h235", "cat"))
		put_cat(t, secret, body);
	if (option_has(t->conf, "h235", "md5"))
		put_md5(t, secret, body);
	else if (option_has(t->conf, "h235", "hmac"))
		put_hmac(t, body);
	OPENSSL_cleanse(secret, sizeof(secret));
}


/* the whole of SHA-1's, over what has zeros where it will stand */
static void hmac(uint8_t hash[SHA1_LEN], const char *secret, const uint8_t *p,
		 size_t len)
{
	uint8_t key[SHA1_LEN];

	(void)EVP_Digest(secret, strlen(secret), key, NULL, EVP_sha1(), NULL);
	(void)HMAC(EVP_sha1(), key, sizeof(key), p, len, hash, NULL);
	OPENSSL_cleanse(key, sizeof(key));
}


void security_after(struct term *t, uint8_t *p, size_t len)
{
	uint8_t hash[SHA1_LEN];
	char secret[SECRET_MAX];
	uint8_t *at_hash;

	if (!option_has(t->conf, "h235", "hmac"))
		return;
	at_hash = memmem(p, len, mark, HASH_LEN);
	if (!at_hash || !secret_get(t, secret))
		return;
	memset(at_hash, 0, HASH_LEN);
	hmac(hash, secret, p, len);
	memcpy(at_hash, hash, HASH_LEN);
	OPENSSL_cleanse(secret, sizeof(secret));
}


void security_call_before(struct term *t, json_t *body)
{
	if (body && option_has(t->conf, "h235", "signalling"))
		put_hmac(t, body);
}


/** The hash is over H323-UserInformation alone */
void security_call_after(struct term *t, uint8_t *p, size_t len)
{
	const uint8_t *uu;
	struct q931 q;
	const char *why;

	if (!option_has(t->conf, "h235", "signalling") ||
	    q931_decode(&q, p, len, &why))
		return;
	uu = q931_user_user(&q, &len);
	if (uu)
		security_after(t, p + (uu - p), len);
}


static bool token_hash(uint8_t hash[HASH_LEN], const json_t *message)
{
	json_t *body = NULL;
	const char *text;
	size_t n = 0;

	(void)choice(at(message, "uuie.h323-uu-pdu.h323-message-body"), &body);
	text = text_at(json_array_get(json_object_get(body, "cryptoTokens"), 0),
		       "nestedcryptoToken.cryptoHashedToken.token.hash");

	return text && !unhex(hash, HASH_LEN, &n, text) && n == HASH_LEN;
}


/** Did the gatekeeper sign this message, with our password? */
bool security_call_signed(struct term *t, const json_t *message,
			  const uint8_t *p, size_t len)
{
	uint8_t copy[MESSAGE_MAX], want[HASH_LEN], hash[SHA1_LEN], *at_hash;
	char secret[SECRET_MAX];
	const uint8_t *uu;
	struct q931 q;
	const char *why;

	if (!token_hash(want, message) || !secret_get(t, secret) ||
	    q931_decode(&q, p, len, &why))
		return false;
	uu = q931_user_user(&q, &len);
	if (!uu || len > sizeof(copy))
		return false;
	memcpy(copy, uu, len);
	at_hash = memmem(copy, len, want, HASH_LEN);
	if (!at_hash)
		return false;
	memset(at_hash, 0, HASH_LEN);
	hmac(hash, secret, copy, len);
	OPENSSL_cleanse(secret, sizeof(secret));

	return !memcmp(hash, want, HASH_LEN);
}
