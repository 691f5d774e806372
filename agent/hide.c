/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file hide.c  The key that private addresses in signalling are hidden under
 *
 * It has to be the same when the agent or its relay is started anew, and when
 * another relay has the tunnel, or what was hidden before would not come back:
 * so it follows from what the agent proves by who it is. It says nothing about
 * that. Owns nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include "hide.h"


enum {
	FILE_MAX = 65536,
	KEY	 = HELLO_HIDE / 2,
};

static const char label[] = "postern hide v1";


static int hide_from(char hex[HELLO_HIDE + 1], const void *p, size_t len)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (!HMAC(EVP_sha256(), p, (int)len, (const uint8_t *)label,
		  sizeof(label), md, &n) || n < KEY)
		return EIO;
	for (unsigned i = 0; i < KEY; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", md[i]);
	OPENSSL_cleanse(md, sizeof(md));

	return 0;
}


static int file_read(uint8_t buf[FILE_MAX], size_t *len, const char *path)
{
	FILE *f = fopen(path, "rb");

	if (!f)
		return errno;
	*len = fread(buf, 1, FILE_MAX, f);
	(void)fclose(f);

	return *len ? 0 : EINVAL;
}


/**
 * Make it, from the secret or the certificate's key
 *
 * @param s Configuration, which has it from now on
 *
 * @return 0 or an errno
 */
int hide_make(struct settings *s)
{
	uint8_t buf[FILE_MAX];
	size_t len = 0;
	int err;

	if (s->secret[0])
		return hide_from(s->hide, s->secret, strlen(s->secret));

	err = file_read(buf, &len, s->key);
	if (!err)
		err = hide_from(s->hide, buf, len);
	OPENSSL_cleanse(buf, sizeof(buf));

	return err;
}
