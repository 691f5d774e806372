/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file security_priv.h  What the files of the room share
 */
#ifndef H323GW_SECURITY_PRIV_H
#define H323GW_SECURITY_PRIV_H

#include "h323gw/security/security.h"

struct security {
	struct security_conf conf;
	struct secrets *secrets;
	char name[TOKEN_NAME_LEN]; /* of who sent the request at hand */
	/* the message that is to be sealed; NULL: it is not */
	const struct secret *seal;
	uint8_t mark[TOKEN_HMAC_LEN];
};

/* of one of its aliases; NULL: none has one */
struct secret *security_secret(const struct security *s,
			       const struct endpoint *ep);
bool security_in_time(const struct security *s, const struct token *t,
		      int64_t now);
/* our token in a message for this one; it is to be sealed when it is encoded */
int security_put(struct security *s, struct per_msg *msg, void **list,
		 const char *to, const struct secret *se, int64_t now);

#endif
