/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file token_priv.h  What reading and writing tokens share; within the room
 */
#ifndef H323GW_SECURITY_TOKEN_PRIV_H
#define H323GW_SECURITY_TOKEN_PRIV_H

#include "h323gw/security/token.h"

#define OID_CAT "1.2.840.113548.10.1.2.1"
#define OID_MD5 "1.2.840.113549.2.5"
/* H.235.1 table 1: hash over all fields; token of the baseline; algorithm */
#define OID_A	"0.0.8.235.0.2.1"
#define OID_T	"0.0.8.235.0.2.5"
#define OID_U	"0.0.8.235.0.2.6"

enum {
	TOKEN_MD5_LEN = 16,
};

/* all of these lists look alike */
struct clear_tokens {
	A_SEQUENCE_OF(struct ClearToken) list;
	asn_struct_ctx_t ctx;
};

struct crypto_tokens {
	A_SEQUENCE_OF(struct CryptoH323Token) list;
	asn_struct_ctx_t ctx;
};

/* a list of the message at hand, or where it would be; NULL: it has none */
void **token_place(const RasMessage_t *ras, bool crypto);

#endif
