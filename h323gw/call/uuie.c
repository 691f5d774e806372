/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file uuie.c  What lies in a message's User-user
 *
 * Owns the decoded message.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/call/uuie.h"


/* where a body has what; 0 (where each has its protocolIdentifier): nowhere */
struct fields {
	size_t call_id, call_id_p; /* by value, by pointer */
	size_t h245Address, fastStart, tokens, cryptoTokens;
	size_t multipleCalls, maintainConnection, fastConnectRefused;
	size_t displayName;
	size_t aliases[UUIE_ALIASES_MAX];
};

#define AT(body, field) offsetof(body##_UUIE_t, field)

/* what Alerting, CallProceeding, Connect, Facility and Setup share */
#define CALL_FIELDS(body)                                                      \
	.call_id_p = AT(body, callIdentifier),                                 \
	.h245Address = AT(body, h245Address),                                  \
	.fastStart = AT(body, fastStart), .tokens = AT(body, tokens),          \
	.cryptoTokens = AT(body, cryptoTokens),                                \
	.multipleCalls = AT(body, multipleCalls),                              \
	.maintainConnection = AT(body, maintainConnection)

#define PLAIN_FIELDS(body)                                                     \
	.call_id = AT(body, callIdentifier), .tokens = AT(body, tokens),       \
	.cryptoTokens = AT(body, cryptoTokens)

#define BODY(name) H323_UU_PDU__h323_message_body_PR_##name

static const struct fields bodies[] = {
	[BODY(setup)] = {CALL_FIELDS(Setup),
		.displayName = AT(Setup, displayName),
		.aliases = {AT(Setup, sourceAddress),
			    AT(Setup, destinationAddress),
			    AT(Setup, destExtraCallInfo)}},
	[BODY(callProceeding)] = {CALL_FIELDS(CallProceeding),
		.fastConnectRefused = AT(CallProceeding, fastConnectRefused)},
	[BODY(connect)] = {CALL_FIELDS(Connect),
		.fastConnectRefused = AT(Connect, fastConnectRefused),
		.displayName = AT(Connect, displayName),
		.aliases = {AT(Connect, connectedAddress)}},
	[BODY(alerting)] = {CALL_FIELDS(Alerting),
		.fastConnectRefused = AT(Alerting, fastConnectRefused),
		.displayName = AT(Alerting, displayName),
		.aliases = {AT(Alerting, alertingAddress)}},
	[BODY(facility)] = {CALL_FIELDS(Facility),
		.fastConnectRefused = AT(Facility, fastConnectRefused),
		.aliases = {AT(Facility, alternativeAliasAddress),
			    AT(Facility, destExtraCallInfo)}},
	[BODY(information)] = {
		.call_id_p = AT(Information, callIdentifier),
		.fastStart = AT(Information, fastStart),
		.tokens = AT(Information, tokens),
		.cryptoTokens = AT(Information, cryptoTokens),
		.fastConnectRefused = AT(Information, fastConnectRefused)},
	[BODY(releaseComplete)] = {
		.call_id_p = AT(ReleaseComplete, callIdentifier),
		.tokens = AT(ReleaseComplete, tokens),
		.cryptoTokens = AT(ReleaseComplete, cryptoTokens),
		.displayName = AT(ReleaseComplete, displayName),
		.aliases = {AT(ReleaseComplete, busyAddress)}},
	[BODY(progress)] = {PLAIN_FIELDS(Progress),
		.h245Address = AT(Progress, h245Address),
		.fastStart = AT(Progress, fastStart),
		.multipleCalls = AT(Progress, multipleCalls),
		.maintainConnection = AT(Progress, maintainConnection),
		.fastConnectRefused = AT(Progress, fastConnectRefused)},
	[BODY(status)] = {PLAIN_FIELDS(Status)},
	[BODY(statusInquiry)] = {PLAIN_FIELDS(StatusInquiry)},
	[BODY(setupAcknowledge)] = {PLAIN_FIELDS(SetupAcknowledge)},
	[BODY(notify)] = {PLAIN_FIELDS(Notify),
		.displayName = AT(Notify, displayName),
		.aliases = {AT(Notify, connectedAddress)}},
};


static const struct fields *fields_of(unsigned body)
{
	static const struct fields none;

	return body < sizeof(bodies) / sizeof(bodies[0]) ? &bodies[body]
							 : &none;
}


static void *at(struct uuie *u, size_t offset)
{
	char *body = (char *)&u->pdu->h323_message_body.choice;

	return offset ? body + offset : NULL;
}


static void fields_find(struct uuie *u)
{
	const struct fields *f = fields_of((unsigned)u->body);
	CallIdentifier_t **id  = at(u, f->call_id_p);

	u->callIdentifier     = id ? *id : at(u, f->call_id);
	u->h245Address	      = at(u, f->h245Address);
	u->fastStart	      = at(u, f->fastStart);
	u->tokens	      = at(u, f->tokens);
	u->cryptoTokens	      = at(u, f->cryptoTokens);
	u->multipleCalls      = at(u, f->multipleCalls);
	u->maintainConnection = at(u, f->maintainConnection);
	u->fastConnectRefused = at(u, f->fastConnectRefused);
	u->displayName	      = at(u, f->displayName);
	for (size_t i = 0; i < UUIE_ALIASES_MAX; i++)
		u->aliases[i] = at(u, f->aliases[i]);
}


static void pdu_find(struct uuie *u)
{
	H323_UserInformation_t *ui = per_msg_value(u->msg);

	u->pdu	= &ui->h323_uu_pdu;
	u->body = u->pdu->h323_message_body.present;
}


int uuie_decode(struct uuie *u, const struct per *per,
		const struct per_type *type, const struct q931 *q)
{
	const uint8_t *p;
	size_t len = 0;
	int err;

	memset(u, 0, sizeof(*u));
	p = q931_user_user(q, &len);
	if (!p)
		return ENOENT;
	err = per_decode(&u->msg, per, type, p, len, NULL);
	if (err)
		return err;
	pdu_find(u);
	fields_find(u);

	return 0;
}


static int call_id_set(struct uuie *u, const struct fields *f,
		       const uint8_t call_id[GUID_LEN])
{
	static const uint8_t none[GUID_LEN];
	CallIdentifier_t **p = at(u, f->call_id_p);
	CallIdentifier_t *id = at(u, f->call_id);

	if (p && call_id) {
		id = per_msg_zalloc(u->msg, sizeof(*id));
		if (!id)
			return ENOMEM;
		*p = id;
	}

	/* where it is mandatory, one must be there */
	return id ? guid_set(&id->guid, u->msg, call_id ? call_id : none) : 0;
}


int uuie_alloc(struct uuie *u, const struct per *per,
	       const struct per_type *type,
	       H323_UU_PDU__h323_message_body_PR body,
	       const uint8_t call_id[GUID_LEN])
{
	const struct fields *f = fields_of((unsigned)body);
	int err;

	memset(u, 0, sizeof(*u));
	err = per_msg_alloc(&u->msg, per, type);
	if (err)
		return err;
	pdu_find(u);
	u->body					= body;
	u->pdu->h323_message_body.present	= body;
	if (body != BODY(empty))
		err = h225_version_set(
			(void *)&u->pdu->h323_message_body.choice, u->msg,
			H225_VERSION);
	if (!err)
		err = call_id_set(u, f, call_id);
	if (err)
		uuie_reset(u);
	else
		fields_find(u);

	return err;
}


void uuie_reset(struct uuie *u)
{
	per_msg_free(u->msg);
	memset(u, 0, sizeof(*u));
}


struct uuie_list uuie_list(const void *list)
{
	const asn_anonymous_set_ *l = list;

	if (!l)
		return (struct uuie_list){NULL, 0};

	return (struct uuie_list){l->array, l->count};
}


void uuie_list_remove(void *list, int i)
{
	asn_anonymous_set_ *l = list;

	if (i < 0 || i >= l->count)
		return;
	--l->count;
	memmove(&l->array[i], &l->array[i + 1],
		(size_t)(l->count - i) * sizeof(l->array[0]));
}


bool uuie_bool(const BOOLEAN_t *b)
{
	return b && *b;
}


int uuie_bool_set(struct uuie *u, BOOLEAN_t **b, bool value)
{
	if (!*b)
		*b = per_msg_zalloc(u->msg, sizeof(**b));
	if (!*b)
		return ENOMEM;
	**b = value;

	return 0;
}


OCTET_STRING_t *uuie_octets(struct uuie *u, const uint8_t *p, size_t len)
{
	OCTET_STRING_t *os = per_msg_zalloc(u->msg, sizeof(*os));
	uint8_t *own	   = per_msg_zalloc(u->msg, len + 1);

	if (!os || !own)
		return NULL;
	memcpy(own, p, len);
	os->buf	 = own;
	os->size = (int)len;

	return os;
}


const TransportAddress_t *uuie_h245Address(const struct uuie *u)
{
	return u->h245Address ? *u->h245Address : NULL;
}


Setup_UUIE_t *uuie_setup(const struct uuie *u)
{
	return u->body == BODY(setup)
		       ? &u->pdu->h323_message_body.choice.setup
		       : NULL;
}


Facility_UUIE_t *uuie_facility(const struct uuie *u)
{
	return u->body == BODY(facility)
		       ? &u->pdu->h323_message_body.choice.facility
		       : NULL;
}
