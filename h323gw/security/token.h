/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file token.h  Tokens of RAS messages that prove a password (H.235)
 *
 *  - CAT: a ClearToken with an MD5 hash over a random octet, the password and
 *    the time; of a vendor's making, and widely spoken;
 *  - MD5: cryptoEPPwdHash, an MD5 hash over a token with the password in it
 *    (H.235.0 §10.3.2, H.225.0 §7.14);
 *  - HMAC: a hash over the whole message, HMAC-SHA1-96 (H.235.1 procedure I).
 *
 * Pure.
 */
#ifndef H323GW_SECURITY_TOKEN_H
#define H323GW_SECURITY_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <RasMessage.h>
#include "h323gw/per/per.h"
#include "h323gw/zone/endpoint.h"

enum token_method {
	TOKEN_HMAC,
	TOKEN_MD5,
	TOKEN_CAT,
	TOKEN_METHODS
};

enum {
	TOKENS_MAX	  = 8, /* of one message that are looked at */
	TOKEN_HASH_MAX	  = 16,
	TOKEN_HMAC_LEN	  = 12,
	TOKEN_NAME_LEN	  = REACH_ENDPOINT_LEN,
};

/** One token, as it says */
struct token {
	enum token_method method;
	char name[TOKEN_NAME_LEN]; /**< whose: alias, or sendersID; "": none */
	char to[TOKEN_NAME_LEN];   /**< generalID of HMAC; "": none */
	uint32_t time;		   /**< s since 1970 */
	int64_t random;
	uint8_t hash[TOKEN_HASH_MAX];
};

/* "hmac", "md5", "cat" */
const char *token_method_name(enum token_method m);

/* those of a message that we know; returns how many */
size_t tokens_read(struct token v[TOKENS_MAX], const RasMessage_t *ras);
/* those of cryptoTokens, of whatever message; NULL: none */
size_t tokens_read_list(struct token v[TOKENS_MAX], const void *crypto);

/* Does it prove that password? p: the message as it came. In constant time
 * where the secret is concerned. */
bool token_proves(const struct token *t, const char *password,
		  const struct per *per, const uint8_t *p, size_t len);

/* The hash of one that is to prove a password, of TOKEN_MD5 and TOKEN_CAT; all
 * else of it is set. EINVAL: of another method, or the password is too long */
int token_make(struct token *t, const char *password, const struct per *per);
/* Puts it into a message that is about to be encoded; of TOKEN_HMAC with mark
 * where its hash will stand. ENOTSUP: the message has no place for one */
int token_put(struct per_msg *msg, const struct token *t,
	      const uint8_t mark[TOKEN_HMAC_LEN]);
/* The same of TOKEN_HMAC and TOKEN_MD5 in whatever message; at: where it has
 * its cryptoTokens */
int token_put_at(void **at, struct per_msg *msg, const struct token *t,
		 const uint8_t mark[TOKEN_HMAC_LEN]);
/* the hash, in place of mark. false: mark is not there */
bool token_seal(uint8_t *p, size_t len, const char *password,
		const uint8_t mark[TOKEN_HMAC_LEN]);

/* What a terminal may be asked to prove itself with: the first of order (all
 * METHODS, best first) that the GRQ offers and allowed (1 << method) has.
 * -1: none; the GCF says so then (H.225.0 §7.8) */
int token_offer(const GatekeeperRequest_t *grq, unsigned allowed);
int token_choose(struct per_msg *msg, GatekeeperConfirm_t *gcf,
		 enum token_method m);
/* A GRQ of ours: what we can prove ourselves with (1 << method) */
int token_can(struct per_msg *msg, GatekeeperRequest_t *grq, unsigned methods);

#endif
