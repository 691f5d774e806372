/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file security/signalling.h  A message of call signalling, as H.235.1 sees it
 */
#ifndef H323GW_SECURITY_SIGNALLING_H
#define H323GW_SECURITY_SIGNALLING_H

#include <stddef.h>
#include <stdint.h>

/** [security] signalling */
enum security_signalling {
	SIGNALLING_OFF,
	SIGNALLING_VERIFY,  /**< what carries a token must be right */
	SIGNALLING_REQUIRE, /**< who signs in RAS signs here, too */
};

/** All is borrowed */
struct security_message {
	const void *cryptoTokens; /**< SEQUENCE OF CryptoH323Token; NULL */
	const uint8_t *uu;	  /**< its H323-UserInformation, encoded */
	size_t uulen;
	const uint8_t *p; /**< all of it, from Q.931's discriminator on */
	size_t len;
};

#endif
