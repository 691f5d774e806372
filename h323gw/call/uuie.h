/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file uuie.h  A call signalling message and what lies in its User-user
 *
 * The bodies of H.225.0 §7.3 have many fields in common, each in a struct of
 * its own: here they are found by name, whichever body it is. Pure.
 */
#ifndef H323GW_CALL_UUIE_H
#define H323GW_CALL_UUIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <H323-UserInformation.h>
#include "h323gw/h225/id.h"
#include "h323gw/per/per.h"
#include "h323gw/q931/q931.h"

enum {
	UUIE_NESTED_MAX	 = 64, /**< messages in one list of octet strings */
	UUIE_ALIASES_MAX = 3,  /**< lists of aliases in one body */
};

/** Fields that several bodies have; NULL: this body has no such field. Each
 *  but body points at the pointer in the body, which is NULL when absent */
struct uuie {
	struct per_msg *msg;
	H323_UU_PDU_t *pdu;
	H323_UU_PDU__h323_message_body_PR body;
	const CallIdentifier_t *callIdentifier; /**< NULL: absent */
	TransportAddress_t **h245Address;
	void **fastStart;
	void **tokens, **cryptoTokens;
	void **aliases[UUIE_ALIASES_MAX]; /**< SEQUENCE OF AliasAddress */
	void **displayName;		  /**< SEQUENCE OF DisplayName */
	BOOLEAN_t **multipleCalls, **maintainConnection;
	NULL_t **fastConnectRefused;
};

/** A SEQUENCE OF of any kind */
struct uuie_list {
	void **array;
	int count;
};

/* 0; ENOENT: there is no User-user; EBADMSG …: it can't be read */
int uuie_decode(struct uuie *u, const struct per *per,
		const struct per_type *type, const struct q931 *q);
/* an empty one, with body and protocolIdentifier and, unless NULL,
 * callIdentifier */
int uuie_alloc(struct uuie *u, const struct per *per,
	       const struct per_type *type,
	       H323_UU_PDU__h323_message_body_PR body,
	       const uint8_t call_id[GUID_LEN]);
void uuie_reset(struct uuie *u);

/* elements of a list that may be absent */
struct uuie_list uuie_list(const void *list);
/* take one out; the list stays where it is */
void uuie_list_remove(void *list, int i);

/* the value of an optional BOOLEAN, absent: false */
bool uuie_bool(const BOOLEAN_t *b);
/* sets one that is absent, too; ENOMEM */
int uuie_bool_set(struct uuie *u, BOOLEAN_t **b, bool value);
/* an octet string of its own; NULL: no memory */
OCTET_STRING_t *uuie_octets(struct uuie *u, const uint8_t *p, size_t len);

/* what stands there, or NULL */
const TransportAddress_t *uuie_h245Address(const struct uuie *u);
Setup_UUIE_t *uuie_setup(const struct uuie *u);
Facility_UUIE_t *uuie_facility(const struct uuie *u);

#endif
