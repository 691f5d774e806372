/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file token_read.c  Tokens as RAS messages carry them: found, read
 *
 * Owns no state.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include "h323gw/h225/alias.h"
#include "h323gw/h225/id.h"
#include "h323gw/h225/text.h"
#include "token_priv.h"


enum {
	BMP_OCTETS = 2,
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


void **token_place(const RasMessage_t *ras, bool crypto)
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

	return hash_get(t, &h->token.hash, TOKEN_MD5_LEN);
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
	    ct->challenge->size != TOKEN_MD5_LEN || *ct->random < INT8_MIN ||
	    *ct->random > UINT8_MAX)
		return false;
	t->method = TOKEN_CAT;
	t->time	  = (uint32_t)*ct->timeStamp;
	t->random = *ct->random;
	memcpy(t->hash, ct->challenge->buf, TOKEN_MD5_LEN);

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


size_t tokens_read_list(struct token v[TOKENS_MAX], const void *list)
{
	const struct crypto_tokens *crypto = list;
	size_t n = 0;
	int i;

	memset(v, 0, TOKENS_MAX * sizeof(*v));
	for (i = 0; crypto && i < crypto->list.count && n < TOKENS_MAX; i++)
		n += read_crypto(&v[n], crypto->list.array[i]);

	return n;
}


size_t tokens_read(struct token v[TOKENS_MAX], const RasMessage_t *ras)
{
	void *const *at = token_place(ras, true);
	const struct clear_tokens *clear;
	size_t n = tokens_read_list(v, at ? *at : NULL);
	int i;

	at    = token_place(ras, false);
	clear = at ? *at : NULL;
	for (i = 0; clear && i < clear->list.count && n < TOKENS_MAX; i++)
		n += read_cat(&v[n], clear->list.array[i]);

	return n;
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


int token_can(struct per_msg *msg, GatekeeperRequest_t *grq, unsigned methods)
{
	struct AuthenticationMechanism *pwd;
	int err, m;

	grq->authenticationCapability =
		per_msg_zalloc(msg, sizeof(*grq->authenticationCapability));
	grq->algorithmOIDs = per_msg_zalloc(msg, sizeof(*grq->algorithmOIDs));
	pwd		   = per_msg_zalloc(msg, sizeof(*pwd));
	if (!grq->authenticationCapability || !grq->algorithmOIDs || !pwd)
		return ENOMEM;
	pwd->present = AuthenticationMechanism_PR_pwdHash;
	err = per_msg_append(msg, &grq->authenticationCapability->list, pwd);
	for (m = 0; m < TOKEN_METHODS && !err; m++) {
		OBJECT_IDENTIFIER_t *oid;

		if (!(methods & 1U << m))
			continue;
		oid = per_msg_zalloc(msg, sizeof(*oid));
		err = oid ? oid_set(oid, msg, algorithms[m]) : ENOMEM;
		if (!err)
			err = per_msg_append(msg, &grq->algorithmOIDs->list,
					     oid);
	}

	return err;
}
