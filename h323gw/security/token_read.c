/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file token_read.c  Tokens as RAS messages carry them: found, read, put in
 *
 * Owns no state.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include "h323gw/h225/alias.h"
#include "h323gw/h225/id.h"
#include "h323gw/h225/text.h"
#include "token.h"


#define OID_CAT "1.2.840.113548.10.1.2.1"
#define OID_MD5 "1.2.840.113549.2.5"
/* H.235.1 table 1: hash over all fields; token of the baseline; algorithm */
#define OID_A	"0.0.8.235.0.2.1"
#define OID_T	"0.0.8.235.0.2.5"
#define OID_U	"0.0.8.235.0.2.6"

enum {
	MD5_LEN	   = 16,
	BMP_OCTETS = 2,
};

/* all of these lists look alike */
struct clear_tokens {
	A_SEQUENCE_OF(struct ClearToken) list;
};

struct crypto_tokens {
	A_SEQUENCE_OF(struct CryptoH323Token) list;
	asn_struct_ctx_t ctx;
};

#define AT(pr, type) \
	[RasMessage_PR_##pr] = {offsetof(type##_t, tokens), \
				offsetof(type##_t, cryptoTokens)}

static const struct {
	size_t tokens, crypto;
} places[] = {
	AT(gatekeeperRequest, GatekeeperRequest),
	AT(gatekeeperConfirm, GatekeeperConfirm),
	AT(gatekeeperReject, GatekeeperReject),
	AT(registrationRequest, RegistrationRequest),
	AT(registrationConfirm, RegistrationConfirm),
	AT(registrationReject, RegistrationReject),
	AT(unregistrationRequest, UnregistrationRequest),
	AT(unregistrationConfirm, UnregistrationConfirm),
	AT(unregistrationReject, UnregistrationReject),
	AT(admissionRequest, AdmissionRequest),
	AT(admissionConfirm, AdmissionConfirm),
	AT(admissionReject, AdmissionReject),
	AT(bandwidthRequest, BandwidthRequest),
	AT(bandwidthConfirm, BandwidthConfirm),
	AT(bandwidthReject, BandwidthReject),
	AT(disengageRequest, DisengageRequest),
	AT(disengageConfirm, DisengageConfirm),
	AT(disengageReject, DisengageReject),
	AT(locationRequest, LocationRequest),
	AT(locationConfirm, LocationConfirm),
	AT(locationReject, LocationReject),
	AT(infoRequest, InfoRequest),
	AT(infoRequestResponse, InfoRequestResponse),
	AT(requestInProgress, RequestInProgress),
	AT(resourcesAvailableIndicate, ResourcesAvailableIndicate),
	AT(resourcesAvailableConfirm, ResourcesAvailableConfirm),
	AT(serviceControlIndication, ServiceControlIndication),
	AT(serviceControlResponse, ServiceControlResponse),
};


/* a list of the message at hand, or where it would be; NULL: it has none */
static void **place(const RasMessage_t *ras, bool crypto)
{
	const size_t pr = (size_t)ras->present;
	size_t at;

	if (pr >= sizeof(places) / sizeof(places[0]))
		return NULL;
	at = crypto ? places[pr].crypto : places[pr].tokens;

	return at ? (void **)(void *)((char *)&ras->choice + at) : NULL;
}


/* ---- reading ---- */

/* many write a NUL behind the text; it is none of it */
static bool name_get(char *buf, size_t size, const BMPString_t *bmp)
{
	BMPString_t b = *bmp;

	while (b.size >= BMP_OCTETS && !b.buf[b.size - 1] &&
	       !b.buf[b.size - BMP_OCTETS])
		b.size -= BMP_OCTETS;

	return h225_bmp_get(buf, size, &b);
}


static bool hash_get(struct token *t, const BIT_STRING_t *bits, size_t len)
{
	if (bits->size < 0 || (size_t)bits->size != len || bits->bits_unused)
		return false;
	memcpy(t->hash, bits->buf, len);

	return true;
}


/* H.235.0's cryptoEPPwdHash */
static bool read_md5(struct token *t, const CryptoH323Token_t *ct)
{
	const struct CryptoH323Token__cryptoEPPwdHash *h =
		&ct->choice.cryptoEPPwdHash;
	struct alias a;

	if (!oid_eq(&h->token.algorithmOID, OID_MD5) ||
	    !alias_get(&a, &h->alias) || strlen(a.text) >= sizeof(t->name))
		return false;
	t->method = TOKEN_MD5;
	t->time	  = (uint32_t)h->timeStamp;
	memcpy(t->name, a.text, strlen(a.text) + 1);

	return hash_get(t, &h->token.hash, MD5_LEN);
}


static bool read_hmac(struct token *t, const CryptoH323Token_t *ct)
{
	const CryptoToken_t *nested = &ct->choice.nestedcryptoToken;
	const struct CryptoToken__cryptoHashedToken *h =
		&nested->choice.cryptoHashedToken;
	const ClearToken_t *vals = &h->hashedVals;

	if (nested->present != CryptoToken_PR_cryptoHashedToken ||
	    !oid_eq(&h->tokenOID, OID_A) || !oid_eq(&vals->tokenOID, OID_T) ||
	    !oid_eq(&h->token.algorithmOID, OID_U) || !vals->timeStamp ||
	    !vals->random)
		return false;
	t->method = TOKEN_HMAC;
	t->time	  = (uint32_t)*vals->timeStamp;
	t->random = *vals->random;
	if (vals->sendersID &&
	    !name_get(t->name, sizeof(t->name), vals->sendersID))
		return false;
	if (vals->generalID &&
	    !name_get(t->to, sizeof(t->to), vals->generalID))
		return false;

	return hash_get(t, &h->token.hash, TOKEN_HMAC_LEN);
}


static bool read_cat(struct token *t, const ClearToken_t *ct)
{
	if (!oid_eq(&ct->tokenOID, OID_CAT) || !ct->timeStamp ||
	    !ct->random || !ct->challenge || !ct->generalID ||
	    ct->challenge->size != MD5_LEN || *ct->random < INT8_MIN ||
	    *ct->random > UINT8_MAX)
		return false;
	t->method = TOKEN_CAT;
	t->time	  = (uint32_t)*ct->timeStamp;
	t->random = *ct->random;
	memcpy(t->hash, ct->challenge->buf, MD5_LEN);

	return name_get(t->name, sizeof(t->name), ct->generalID);
}


static bool read_crypto(struct token *t, const CryptoH323Token_t *ct)
{
	switch (ct->present) {

	case CryptoH323Token_PR_cryptoEPPwdHash:
		return read_md5(t, ct);

	case CryptoH323Token_PR_nestedcryptoToken:
		return read_hmac(t, ct);

	default:
		return false;
	}
}


size_t tokens_read(struct token v[TOKENS_MAX], const RasMessage_t *ras)
{
	void *const *at = place(ras, true);
	const struct crypto_tokens *crypto = at ? *at : NULL;
	const struct clear_tokens *clear;
	size_t n = 0;
	int i;

	memset(v, 0, TOKENS_MAX * sizeof(*v));
	for (i = 0; crypto && i < crypto->list.count && n < TOKENS_MAX; i++)
		n += read_crypto(&v[n], crypto->list.array[i]);
	at    = place(ras, false);
	clear = at ? *at : NULL;
	for (i = 0; clear && i < clear->list.count && n < TOKENS_MAX; i++)
		n += read_cat(&v[n], clear->list.array[i]);

	return n;
}


/* ---- writing ---- */

static int vals_put(ClearToken_t *vals, struct per_msg *msg,
		    const struct token *t)
{
	vals->timeStamp = per_msg_zalloc(msg, sizeof(*vals->timeStamp));
	vals->random	= per_msg_zalloc(msg, sizeof(*vals->random));
	vals->sendersID = per_msg_zalloc(msg, sizeof(*vals->sendersID));
	if (!vals->timeStamp || !vals->random || !vals->sendersID)
		return ENOMEM;
	*vals->timeStamp = t->time;
	*vals->random	 = t->random;
	if (t->to[0]) {
		vals->generalID =
			per_msg_zalloc(msg, sizeof(*vals->generalID));
		if (!vals->generalID ||
		    h225_bmp_set(vals->generalID, msg, t->to))
			return ENOMEM;
	}
	if (h225_bmp_set(vals->sendersID, msg, t->name))
		return ENOMEM;

	return oid_set(&vals->tokenOID, msg, OID_T);
}


int token_put(struct per_msg *msg, const struct token *t,
	      const uint8_t mark[TOKEN_HMAC_LEN])
{
	void **at = place(per_msg_value(msg), true);
	struct CryptoToken__cryptoHashedToken *h;
	struct crypto_tokens *list;
	CryptoH323Token_t *ct;
	int err;

	if (!at)
		return ENOTSUP;
	list = *at ? *at : per_msg_zalloc(msg, sizeof(*list));
	ct   = per_msg_zalloc(msg, sizeof(*ct));
	if (!list || !ct)
		return ENOMEM;
	ct->present = CryptoH323Token_PR_nestedcryptoToken;
	ct->choice.nestedcryptoToken.present =
		CryptoToken_PR_cryptoHashedToken;
	h   = &ct->choice.nestedcryptoToken.choice.cryptoHashedToken;
	err = oid_set(&h->tokenOID, msg, OID_A);
	if (!err)
		err = oid_set(&h->token.algorithmOID, msg, OID_U);
	if (!err)
		err = vals_put(&h->hashedVals, msg, t);
	h->token.hash.buf = per_msg_zalloc(msg, TOKEN_HMAC_LEN);
	if (err || !h->token.hash.buf)
		return err ? err : ENOMEM;
	memcpy(h->token.hash.buf, mark, TOKEN_HMAC_LEN);
	h->token.hash.size = TOKEN_HMAC_LEN;
	*at		   = list;

	return per_msg_append(msg, &list->list, ct);
}


/* ---- what is to be used ---- */

static const char *const algorithms[TOKEN_METHODS] = {
	[TOKEN_HMAC] = OID_U,
	[TOKEN_MD5]  = OID_MD5,
	[TOKEN_CAT]  = OID_CAT,
};


static bool offers_password(const GatekeeperRequest_t *grq)
{
	const struct GatekeeperRequest__authenticationCapability *c =
		grq->authenticationCapability;
	int i;

	for (i = 0; c && i < c->list.count; i++) {
		if (c->list.array[i]->present ==
		    AuthenticationMechanism_PR_pwdHash)
			return true;
	}

	return false;
}


int token_offer(const GatekeeperRequest_t *grq, unsigned allowed)
{
	const struct GatekeeperRequest__algorithmOIDs *a = grq->algorithmOIDs;
	int i, m;

	if (!a || !offers_password(grq))
		return -1;
	for (m = 0; m < TOKEN_METHODS; m++) {
		for (i = 0; allowed & 1U << m && i < a->list.count; i++) {
			if (oid_eq(a->list.array[i], algorithms[m]))
				return m;
		}
	}

	return -1;
}


int token_choose(struct per_msg *msg, GatekeeperConfirm_t *gcf,
		 enum token_method m)
{
	gcf->authenticationMode =
		per_msg_zalloc(msg, sizeof(*gcf->authenticationMode));
	gcf->algorithmOID = per_msg_zalloc(msg, sizeof(*gcf->algorithmOID));
	if (!gcf->authenticationMode || !gcf->algorithmOID)
		return ENOMEM;
	gcf->authenticationMode->present =
		AuthenticationMechanism_PR_pwdHash;

	return oid_set(gcf->algorithmOID, msg, algorithms[m]);
}
