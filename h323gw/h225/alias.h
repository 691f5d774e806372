/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file alias.h  AliasAddress (H.225.0 §7.3) as a C value
 *
 * Names and numbers of terminals. Two aliases mean the same where class and
 * text are the same: dialledDigits, and party numbers of the public plan, are
 * one class, as what one terminal registers another one dials.
 */
#ifndef H323GW_H225_ALIAS_H
#define H323GW_H225_ALIAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

struct AliasAddress;
struct per_msg;

enum {
	ALIAS_TEXT_MAX = 768, /* octets: 256 characters of a BMPString */
	ALIASES_MAX    = 64,  /* of one message that are looked at */
};

enum alias_type {
	ALIAS_NONE,
	ALIAS_DIALLED_DIGITS,
	ALIAS_H323_ID,
	ALIAS_URL_ID,
	ALIAS_TRANSPORT_ID, /**< text: "192.0.2.1:1720" */
	ALIAS_EMAIL_ID,
	ALIAS_PARTY_E164, /**< partyNumber e164Number */
	ALIAS_PARTY_DATA,
	ALIAS_PARTY_TELEX,
	ALIAS_PARTY_PRIVATE,
	ALIAS_PARTY_NATIONAL,
	ALIAS_TYPES
};

struct alias {
	enum alias_type type;
	uint8_t ton; /**< PARTY_E164, _PRIVATE: present-index of its type of
			  number; 0: unknown */
	char text[ALIAS_TEXT_MAX + 1]; /**< UTF-8 */
};

/* false: of a kind that we do not know (mobileUIM, isupNumber, a new one), or
 * empty */
bool alias_get(struct alias *a, const struct AliasAddress *aa);
/* EINVAL, EILSEQ: the text does not suit the type; ENOMEM */
int alias_set(struct AliasAddress *aa, struct per_msg *msg,
	      const struct alias *a);
/* those of an asn1c SEQUENCE OF AliasAddress (its .list) that we know; returns
 * how many */
size_t alias_list_get(struct alias *v, size_t max, const void *list);

/* "dialledDigits", "h323-ID", "url-ID", "transportID", "email-ID",
 * "partyNumber" and for its kinds "partyNumber-data" …: the store's aliasType */
const char *alias_type_name(enum alias_type type);
enum alias_type alias_type_find(const char *name);

/* the class that decides, with the text, what is the same */
enum alias_type alias_class(enum alias_type type);
bool alias_eq(const struct alias *a, const struct alias *b);
/* does it stand for a number that one dials? */
bool alias_is_number(const struct alias *a);
/* what kind somebody who types it means: all digits: dialledDigits, with '@':
 * email-ID, with a scheme: url-ID, else h323-ID */
int alias_guess(struct alias *a, const char *text);
/* where an IP address stands in its text: "alice@10.0.0.5",
 * "h323:10.0.0.5:1720"; NULL: nowhere */
char *alias_host(struct alias *a);

#endif
