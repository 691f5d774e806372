/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sealer.c  Passwords as they stand in the store: sealed
 *
 * Owns the key.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <openssl/evp.h>
#include "sealer.h"


#define PREFIX "1:"

enum {
	NONCE_LEN  = 12,
	TAG_LEN	   = 16,
	PLAIN_MAX  = 400,
	PACKED_MAX = NONCE_LEN + PLAIN_MAX + TAG_LEN,
	PACKED_B64 = (PACKED_MAX + 2) / 3 * 4,
};

struct sealer {
	uint8_t key[SEALER_KEY_LEN];
};


/* ---- the key ---- */

static int key_make(uint8_t key[SEALER_KEY_LEN], const char *path)
{
	ssize_t n;
	int fd, err = 0;

	if (getrandom(key, SEALER_KEY_LEN, 0) != SEALER_KEY_LEN)
		return EIO;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	n = write(fd, key, SEALER_KEY_LEN);
	if (n != SEALER_KEY_LEN)
		err = n < 0 ? errno : ENOSPC;
	if (fsync(fd) && !err)
		err = errno;
	if (close(fd) && !err)
		err = errno;
	if (err)
		(void)unlink(path);

	return err;
}


static int key_read(uint8_t key[SEALER_KEY_LEN], int fd)
{
	uint8_t more[SEALER_KEY_LEN + 1];
	struct stat st;
	ssize_t n;
	int err = 0;

	if (fstat(fd, &st))
		return errno;
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return EPERM;
	n = read(fd, more, sizeof(more));
	if (n < 0)
		err = errno;
	else if (n != SEALER_KEY_LEN)
		err = EBADMSG;
	else
		memcpy(key, more, SEALER_KEY_LEN);
	OPENSSL_cleanse(more, sizeof(more));

	return err;
}


int sealer_open(struct sealer **sp, const char *path)
{
	struct sealer *s = calloc(1, sizeof(*s));
	int fd, err;

	if (!s)
		return ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		err = key_read(s->key, fd);
		(void)close(fd);
	} else {
		err = errno == ENOENT ? key_make(s->key, path) : errno;
	}
	if (err)
		sealer_close(s);
	else
		*sp = s;

	return err;
}


void sealer_close(struct sealer *s)
{
	if (!s)
		return;
	OPENSSL_cleanse(s->key, sizeof(s->key));
	free(s);
}


/* ---- sealing ---- */

static int gcm_seal(const struct sealer *s, const char *alias, uint8_t *packed,
		    const char *text, size_t len)
{
	uint8_t *out = packed + NONCE_LEN;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n, ok;

	if (!ctx)
		return ENOMEM;
	ok = EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, s->key,
				packed) &&
	     EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)alias,
			       (int)strlen(alias)) &&
	     EVP_EncryptUpdate(ctx, out, &n, (const uint8_t *)text,
			       (int)len) &&
	     EVP_EncryptFinal_ex(ctx, out + len, &n) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_LEN,
				 out + len);
	EVP_CIPHER_CTX_free(ctx);

	return ok ? 0 : EIO;
}


int sealer_seal(const struct sealer *s, const char *alias, const char *text,
		char *sealed, size_t size)
{
	const size_t len = strlen(text), packed_len = NONCE_LEN + len + TAG_LEN;
	uint8_t packed[PACKED_MAX];
	int err;

	if (len > PLAIN_MAX || size < sizeof(PREFIX) +
	    (packed_len + 2) / 3 * 4)
		return EOVERFLOW;
	if (getrandom(packed, NONCE_LEN, 0) != NONCE_LEN)
		return EIO;
	err = gcm_seal(s, alias, packed, text, len);
	if (err)
		return err;
	memcpy(sealed, PREFIX, sizeof(PREFIX));
	(void)EVP_EncodeBlock((uint8_t *)sealed + sizeof(PREFIX) - 1, packed,
			      (int)packed_len);

	return 0;
}


static int gcm_unseal(const struct sealer *s, const char *alias,
		      uint8_t *packed, size_t len, char *text)
{
	uint8_t *in = packed + NONCE_LEN;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n, ok;

	if (!ctx)
		return ENOMEM;
	ok = EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, s->key,
				packed) &&
	     EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)alias,
			       (int)strlen(alias)) &&
	     EVP_DecryptUpdate(ctx, (uint8_t *)text, &n, in, (int)len) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_LEN,
				 in + len) &&
	     EVP_DecryptFinal_ex(ctx, (uint8_t *)text + len, &n) > 0;
	EVP_CIPHER_CTX_free(ctx);
	text[ok ? len : 0] = '\0';

	return ok ? 0 : EBADMSG;
}


int sealer_unseal(const struct sealer *s, const char *alias,
		  const char *sealed, char *text, size_t size)
{
	uint8_t packed[PACKED_B64];
	const size_t skip = sizeof(PREFIX) - 1;
	size_t b64, len;
	int n;

	if (strncmp(sealed, PREFIX, skip) != 0)
		return EBADMSG;
	b64 = strlen(sealed + skip);
	if (!b64 || b64 > PACKED_B64)
		return EBADMSG;
	n = EVP_DecodeBlock(packed, (const uint8_t *)sealed + skip, (int)b64);
	for (size_t i = 0; i < 2 && n > 0 && sealed[skip + b64 - 1 - i] == '=';
	     i++)
		--n;
	if (n < NONCE_LEN + TAG_LEN)
		return EBADMSG;
	len = (size_t)n - NONCE_LEN - TAG_LEN;
	if (len >= size)
		return EBADMSG;

	return gcm_unseal(s, alias, packed, len, text);
}
