/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file token_write.c  Tokens put into RAS messages
 *
 * Owns no state.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/h225/alias.h"
#include "h323gw/h225/field.h"
#include "h323gw/h225/id.h"
#include "h323gw/h225/text.h"
#include "token_priv.h"


static int bits_put(BIT_STRING_t *bits, struct per_msg *msg, const void *p,
		    size_t len)
{
	bits->buf = per_msg_zalloc(msg, len);
	if (!bits->buf)
		return ENOMEM;
	memcpy(bits->buf, p, len);
	bits->size = (int)len;

	return 0;
}


static int vals_put(ClearToken_t *vals, struct per_msg *msg,
		    const struct token *t)
{
	vals->timeStamp = field_number(msg, t->time);
	vals->random	= field_integer(msg, (long)t->random);
	vals->sendersID = field_bmp(msg, t->name);
	if (t->to[0])
		vals->generalID = field_bmp(msg, t->to);
	if (!vals->timeStamp || !vals->random || !vals->sendersID ||
	    (t->to[0] && !vals->generalID))
		return ENOMEM;

	return oid_set(&vals->tokenOID, msg, OID_T);
}


/* ---- one of each kind ---- */

static int hmac_put(CryptoH323Token_t *ct, struct per_msg *msg,
		    const struct token *t, const uint8_t mark[TOKEN_HMAC_LEN])
{
	struct CryptoToken__cryptoHashedToken *h =
		&ct->choice.nestedcryptoToken.choice.cryptoHashedToken;
	int err;

	ct->present = CryptoH323Token_PR_nestedcryptoToken;
	ct->choice.nestedcryptoToken.present =
		CryptoToken_PR_cryptoHashedToken;
	err = oid_set(&h->tokenOID, msg, OID_A);
	if (!err)
		err = oid_set(&h->token.algorithmOID, msg, OID_U);
	if (!err)
		err = vals_put(&h->hashedVals, msg, t);

	return err ? err
		   : bits_put(&h->token.hash, msg, mark, TOKEN_HMAC_LEN);
}


static int md5_put(CryptoH323Token_t *ct, struct per_msg *msg,
		   const struct token *t)
{
	struct CryptoH323Token__cryptoEPPwdHash *h =
		&ct->choice.cryptoEPPwdHash;
	struct alias a;
	int err;

	ct->present  = CryptoH323Token_PR_cryptoEPPwdHash;
	h->timeStamp = t->time;
	err	     = alias_guess(&a, t->name);
	if (!err)
		err = alias_set(&h->alias, msg, &a);
	if (!err)
		err = oid_set(&h->token.algorithmOID, msg, OID_MD5);

	return err ? err
		   : bits_put(&h->token.hash, msg, t->hash, TOKEN_MD5_LEN);
}


static int cat_put(ClearToken_t *ct, struct per_msg *msg,
		   const struct token *t)
{
	ct->timeStamp = field_number(msg, t->time);
	ct->random    = field_integer(msg, (long)t->random);
	ct->generalID = field_bmp(msg, t->name);
	ct->challenge = per_msg_zalloc(msg, sizeof(*ct->challenge));
	if (!ct->timeStamp || !ct->random || !ct->generalID ||
	    !ct->challenge ||
	    h225_octets_set(ct->challenge, msg, t->hash, TOKEN_MD5_LEN))
		return ENOMEM;

	return oid_set(&ct->tokenOID, msg, OID_CAT);
}


/* ---- into the message ---- */

int token_put_at(void **at, struct per_msg *msg, const struct token *t,
		 const uint8_t mark[TOKEN_HMAC_LEN])
{
	struct crypto_tokens *list =
		*at ? *at : per_msg_zalloc(msg, sizeof(*list));
	CryptoH323Token_t *ct = per_msg_zalloc(msg, sizeof(*ct));
	int err;

	if (!list || !ct)
		return ENOMEM;
	err = t->method == TOKEN_HMAC ? hmac_put(ct, msg, t, mark)
				      : md5_put(ct, msg, t);
	*at = list;

	return err ? err : per_msg_append(msg, &list->list, ct);
}


static int clear_put(void **at, struct per_msg *msg, const struct token *t)
{
	struct clear_tokens *list =
		*at ? *at : per_msg_zalloc(msg, sizeof(*list));
	ClearToken_t *ct = per_msg_zalloc(msg, sizeof(*ct));
	int err;

	if (!list || !ct)
		return ENOMEM;
	err = cat_put(ct, msg, t);
	*at = list;

	return err ? err : per_msg_append(msg, &list->list, ct);
}


int token_put(struct per_msg *msg, const struct token *t,
	      const uint8_t mark[TOKEN_HMAC_LEN])
{
	const bool crypto = t->method != TOKEN_CAT;
	void **at	  = token_place(per_msg_value(msg), crypto);

	if (!at)
		return ENOTSUP;

	return crypto ? token_put_at(at, msg, t, mark) : clear_put(at, msg, t);
}
