/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file auth.c  Ed25519 (RFC 8032) over what a connection alone has
 */
#include <errno.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include "tunnel/auth.h"


enum {
	SIGNED_MAX = 64 + AUTH_EXPORTER + AUTH_NAME_MAX,
};

/* what is signed begins with this, so that it is no other protocol's */
static const char context[] = "postern tunnel agent v1";


static int text(char *to, const uint8_t *p, size_t len)
{
	return EVP_EncodeBlock((unsigned char *)to, p, (int)len) > 0 ? 0 : EIO;
}


/* exactly len octets, in base64 with its padding */
static int octets(uint8_t *to, size_t len, const char *from)
{
	const size_t chars = (len + 2) / 3 * 4, pad = (3 - len % 3) % 3;
	uint8_t room[AUTH_SIG + 3];

	if (strlen(from) != chars || from[chars - pad - 1] == '=' ||
	    EVP_DecodeBlock(room, (const unsigned char *)from, (int)chars) !=
		    (int)(len + pad))
		return EINVAL;
	memcpy(to, room, len);
	OPENSSL_cleanse(room, sizeof(room));

	return 0;
}


static EVP_PKEY *private_key(const char *secret)
{
	uint8_t key[AUTH_KEY];
	EVP_PKEY *pk = NULL;

	if (!octets(key, sizeof(key), secret))
		pk = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key,
						  sizeof(key));
	OPENSSL_cleanse(key, sizeof(key));

	return pk;
}


static EVP_PKEY *public_key(const char *public)
{
	uint8_t key[AUTH_KEY];

	if (octets(key, sizeof(key), public))
		return NULL;

	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key,
					   sizeof(key));
}


static int public_text(char public[AUTH_TEXT], const EVP_PKEY *pk)
{
	uint8_t key[AUTH_KEY];
	size_t len = sizeof(key);

	if (EVP_PKEY_get_raw_public_key(pk, key, &len) != 1)
		return EIO;

	return text(public, key, len);
}


/** A new key, both halves as text; 0 or EIO */
int auth_key_new(char secret[AUTH_TEXT], char public[AUTH_TEXT])
{
	EVP_PKEY *pk = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	uint8_t key[AUTH_KEY];
	size_t len = sizeof(key);
	int err	   = EIO;

	if (pk && EVP_PKEY_get_raw_private_key(pk, key, &len) == 1)
		err = text(secret, key, len);
	if (!err)
		err = public_text(public, pk);
	OPENSSL_cleanse(key, sizeof(key));
	EVP_PKEY_free(pk);

	return err;
}


/** The public half of a secret; EINVAL: it is none */
int auth_public(char public[AUTH_TEXT], const char *secret)
{
	EVP_PKEY *pk = private_key(secret);
	int err	     = pk ? public_text(public, pk) : EINVAL;

	EVP_PKEY_free(pk);

	return err;
}


bool auth_public_valid(const char *public)
{
	EVP_PKEY *pk = public_key(public);

	EVP_PKEY_free(pk);

	return pk != NULL;
}


/** Letters, digits, "-", "_", ".", and not "." first: it may be a file's */
bool auth_name_valid(const char *name)
{
	const size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.");

	return n && n <= AUTH_NAME_MAX && !name[n] && name[0] != '.';
}


static int message(uint8_t m[SIGNED_MAX], size_t *len, const char *name,
		   const uint8_t exporter[AUTH_EXPORTER])
{
	const size_t n = strlen(name);

	if (n > AUTH_NAME_MAX)
		return EINVAL;

	/* all but the last part is of fixed length */
	memcpy(m, context, sizeof(context));
	memcpy(m + sizeof(context), exporter, AUTH_EXPORTER);
	memcpy(m + sizeof(context) + AUTH_EXPORTER, name, n);
	*len = sizeof(context) + AUTH_EXPORTER + n;

	return 0;
}


/**
 * Prove to be an agent
 *
 * @param proof    Result
 * @param secret   The agent's secret
 * @param name     Its name
 * @param exporter What this connection exports, AUTH_EXPORTER_LABEL
 *
 * @return 0; EINVAL: no secret, or no name; EIO
 */
int auth_sign(char proof[AUTH_SIG_TEXT], const char *secret, const char *name,
	      const uint8_t exporter[AUTH_EXPORTER])
{
	uint8_t m[SIGNED_MAX], sig[AUTH_SIG];
	size_t mlen, siglen = sizeof(sig);
	EVP_PKEY *pk = private_key(secret);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int err = pk && ctx ? message(m, &mlen, name, exporter) : EINVAL;

	if (!err && (EVP_DigestSignInit(ctx, NULL, NULL, NULL, pk) != 1 ||
		     EVP_DigestSign(ctx, sig, &siglen, m, mlen) != 1))
		err = EIO;
	if (!err)
		err = text(proof, sig, siglen);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pk);

	return err;
}


/** Is it the agent? 0; EACCES: no. As auth_sign() */
int auth_verify(const char *proof, const char *public, const char *name,
		const uint8_t exporter[AUTH_EXPORTER])
{
	uint8_t m[SIGNED_MAX], sig[AUTH_SIG];
	EVP_PKEY *pk = public_key(public);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int err = EACCES;
	size_t mlen;

	if (pk && ctx && !octets(sig, sizeof(sig), proof) &&
	    !message(m, &mlen, name, exporter) &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pk) == 1 &&
	    EVP_DigestVerify(ctx, sig, sizeof(sig), m, mlen) == 1)
		err = 0;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pk);

	return err;
}
