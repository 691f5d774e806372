/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sealer.h  Passwords as they stand in the store: sealed
 *
 * AES-256-GCM with a key that lies in a file of its own, which the gateway's
 * user alone can read. Sealed text is "1:" and base64 of nonce, ciphertext and
 * tag, and good for the alias it was sealed for alone.
 */
#ifndef H323GW_SECURITY_SEALER_H
#define H323GW_SECURITY_SEALER_H

#include <stddef.h>

enum {
	SEALER_KEY_LEN	= 32,
	SEALER_TEXT_MAX = 640, /* of a sealed secret, with its NUL */
};

struct sealer;

/* Reads the key file, or makes it (mode 0600). EBADMSG: it holds no key;
 * EPERM: others may read it; an errno of its file's. */
int sealer_open(struct sealer **sp, const char *path);
void sealer_close(struct sealer *s);

/* EOVERFLOW: it is too long; EIO: no random numbers */
int sealer_seal(const struct sealer *s, const char *alias, const char *text,
		char *sealed, size_t size);
/* EBADMSG: it was not sealed with this key for this alias. text has size
 * octets; wipe it */
int sealer_unseal(const struct sealer *s, const char *alias,
		  const char *sealed, char *text, size_t size);

#endif
