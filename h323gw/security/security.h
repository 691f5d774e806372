/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file security.h  Who must prove himself, and who has (H.235.0, H.235.1)
 *
 * An alias with a secret is nobody's who can't prove it. Between RAS and its
 * sockets: no I/O, no clock.
 */
#ifndef H323GW_SECURITY_SECURITY_H
#define H323GW_SECURITY_SECURITY_H

#include <stdbool.h>
#include <stdint.h>
#include "h323gw/security/secrets.h"
#include "h323gw/security/signalling.h"
#include "h323gw/security/token.h"

struct endpoint;
struct ras_exchange;

enum security_require {
	SECURITY_KNOWN, /**< who has a secret must prove it */
	SECURITY_ALL,	/**< who has none is refused */
};

struct security_conf {
	enum security_require require;
	unsigned methods;  /**< 1 << TOKEN_…: what is believed */
	uint64_t messages; /**< 1 << RasMessage_PR_…: requests that must carry
				a token */
	uint32_t window;   /**< s that clocks may differ */
	enum security_signalling signalling;
	const char *identifier; /**< gatekeeperIdentifier; borrowed */
	const struct per *per;
};

/** Why not */
enum security_verdict {
	SECURITY_OK,
	SECURITY_MISSING,  /**< no token of a kind we know */
	SECURITY_UNKNOWN,  /**< of somebody who has no secret */
	SECURITY_TIME,	   /**< outside of the window */
	SECURITY_WRONG,	   /**< another password, or the message was changed */
	SECURITY_REPLAYED, /**< that message was here before */
	SECURITY_OTHERS,   /**< proved, but for an alias of somebody else */
	SECURITY_VERDICTS
};

struct security;

int security_alloc(struct security **sp, const struct security_conf *conf,
		   const uint64_t seed[2]);
void security_free(struct security *s);
void security_conf_set(struct security *s, const struct security_conf *conf);
struct secrets *security_secrets(struct security *s);
const char *security_verdict_name(enum security_verdict v);

/* A request, and what proved it into x->proof; ep: whose it claims to
 * be, NULL: nobody's yet. now: ms since 1970 */
enum security_verdict security_check(struct security *s,
				     struct ras_exchange *x,
				     const struct endpoint *ep, int64_t now);
/* Its answer: before it is encoded, and after. Signed where the request was
 * proved by HMAC; a GCF says how the terminal is to prove itself. */
int security_sign(struct security *s, struct ras_exchange *x,
		  const struct endpoint *ep, int64_t now);
void security_seal(struct security *s, uint8_t *p, size_t len);

/* A message of call signalling from an endpoint; NULL: nobody's */
enum security_verdict security_signal_check(struct security *s,
					    const struct endpoint *ep,
					    const struct security_message *m,
					    int64_t now);
/* One for an endpoint that signs: our token, in place of what is in the list
 * (NULL: its body has none). false: it is not signed. Then it is encoded, and
 * its H323-UserInformation sealed by security_seal() */
bool security_signal_sign(struct security *s, const struct endpoint *ep,
			  struct per_msg *msg, void **cryptoTokens,
			  int64_t now);

#endif
