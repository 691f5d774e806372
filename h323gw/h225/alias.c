/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file alias.c  AliasAddress (H.225.0 §7.3) as a C value
 *
 * Pure: owns nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <AliasAddress.h>
#include <asn_SEQUENCE_OF.h>
#include "h323gw/per/per.h"
#include "address.h"
#include "alias.h"
#include "text.h"

enum {
	DIGITS_MAX  = 128, /* of dialledDigits and party numbers */
	URL_MAX	    = 512, /* of url-ID and email-ID */
	BMP_MAX	    = 256, /* of h323-ID */
};

static const char digits[] = "0123456789#*,";

static const struct {
	const char *name;
	enum alias_type class;
	size_t max; /* octets; 0: no such text */
} types[ALIAS_TYPES] = {
	[ALIAS_DIALLED_DIGITS] = {"dialledDigits", ALIAS_DIALLED_DIGITS,
				  DIGITS_MAX},
	[ALIAS_H323_ID]	       = {"h323-ID", ALIAS_H323_ID, ALIAS_TEXT_MAX},
	[ALIAS_URL_ID]	       = {"url-ID", ALIAS_URL_ID, URL_MAX},
	[ALIAS_TRANSPORT_ID]   = {"transportID", ALIAS_TRANSPORT_ID,
				  ADDR_STRLEN},
	[ALIAS_EMAIL_ID]       = {"email-ID", ALIAS_EMAIL_ID, URL_MAX},
	[ALIAS_PARTY_E164]     = {"partyNumber", ALIAS_DIALLED_DIGITS,
				  DIGITS_MAX},
	[ALIAS_PARTY_DATA]     = {"partyNumber-data", ALIAS_PARTY_DATA,
				  DIGITS_MAX},
	[ALIAS_PARTY_TELEX]    = {"partyNumber-telex", ALIAS_PARTY_TELEX,
				  DIGITS_MAX},
	[ALIAS_PARTY_PRIVATE]  = {"partyNumber-private", ALIAS_PARTY_PRIVATE,
				  DIGITS_MAX},
	[ALIAS_PARTY_NATIONAL] = {"partyNumber-national", ALIAS_PARTY_NATIONAL,
				  DIGITS_MAX},
};


/* ---- from the wire ---- */

static bool ia5(struct alias *a, enum alias_type type, const OCTET_STRING_t *os)
{
	a->type = type;

	return h225_ia5_get(a->text, sizeof(a->text), os);
}


static bool party_get(struct alias *a, const PartyNumber_t *p)
{
	switch (p->present) {

	case PartyNumber_PR_e164Number:
		a->ton = (uint8_t)
			p->choice.e164Number.publicTypeOfNumber.present;
		return ia5(a, ALIAS_PARTY_E164,
			   &p->choice.e164Number.publicNumberDigits);
	case PartyNumber_PR_dataPartyNumber:
		return ia5(a, ALIAS_PARTY_DATA, &p->choice.dataPartyNumber);
	case PartyNumber_PR_telexPartyNumber:
		return ia5(a, ALIAS_PARTY_TELEX, &p->choice.telexPartyNumber);
	case PartyNumber_PR_privateNumber:
		a->ton = (uint8_t)
			p->choice.privateNumber.privateTypeOfNumber.present;
		return ia5(a, ALIAS_PARTY_PRIVATE,
			   &p->choice.privateNumber.privateNumberDigits);
	case PartyNumber_PR_nationalStandardPartyNumber:
		return ia5(a, ALIAS_PARTY_NATIONAL,
			   &p->choice.nationalStandardPartyNumber);
	default:
		return false;
	}
}


static bool transport_get(struct alias *a, const TransportAddress_t *ta)
{
	struct addr addr;

	a->type = ALIAS_TRANSPORT_ID;
	if (!h225_addr_get(&addr, ta))
		return false;
	(void)addr_str(&addr, a->text);

	return true;
}


static bool text_get(struct alias *a, const struct AliasAddress *aa)
{
	switch (aa->present) {

	case AliasAddress_PR_dialledDigits:
		return ia5(a, ALIAS_DIALLED_DIGITS, &aa->choice.dialledDigits);
	case AliasAddress_PR_h323_ID:
		a->type = ALIAS_H323_ID;
		return h225_bmp_get(a->text, sizeof(a->text),
				    &aa->choice.h323_ID);
	case AliasAddress_PR_url_ID:
		return ia5(a, ALIAS_URL_ID, &aa->choice.url_ID);
	case AliasAddress_PR_transportID:
		return transport_get(a, &aa->choice.transportID);
	case AliasAddress_PR_email_ID:
		return ia5(a, ALIAS_EMAIL_ID, &aa->choice.email_ID);
	case AliasAddress_PR_partyNumber:
		return party_get(a, &aa->choice.partyNumber);
	default:
		return false;
	}
}


bool alias_get(struct alias *a, const struct AliasAddress *aa)
{
	a->ton	   = 0;
	a->text[0] = '\0';
	if (text_get(a, aa) && a->text[0])
		return true;
	a->type = ALIAS_NONE;

	return false;
}


size_t alias_list_get(struct alias *v, size_t max, const void *list)
{
	const A_SEQUENCE_OF(struct AliasAddress) *l = list;
	size_t n = 0;
	int i;

	for (i = 0; i < l->count && n < max; i++) {
		if (alias_get(&v[n], l->array[i]))
			++n;
	}

	return n;
}


/* ---- to the wire ---- */

static int digits_set(OCTET_STRING_t *os, struct per_msg *msg,
		      const struct alias *a)
{
	if (strspn(a->text, digits) != strlen(a->text))
		return EILSEQ;

	return h225_octets_set(os, msg, a->text, strlen(a->text));
}


static int party_set(PartyNumber_t *p, struct per_msg *msg,
		     const struct alias *a)
{
	PublicPartyNumber_t *public   = &p->choice.e164Number;
	PrivatePartyNumber_t *private = &p->choice.privateNumber;

	switch (a->type) {

	case ALIAS_PARTY_E164:
		p->present = PartyNumber_PR_e164Number;
		public->publicTypeOfNumber.present =
			a->ton ? a->ton : PublicTypeOfNumber_PR_unknown;
		return digits_set(&public->publicNumberDigits, msg, a);
	case ALIAS_PARTY_DATA:
		p->present = PartyNumber_PR_dataPartyNumber;
		return digits_set(&p->choice.dataPartyNumber, msg, a);
	case ALIAS_PARTY_TELEX:
		p->present = PartyNumber_PR_telexPartyNumber;
		return digits_set(&p->choice.telexPartyNumber, msg, a);
	case ALIAS_PARTY_PRIVATE:
		p->present = PartyNumber_PR_privateNumber;
		private->privateTypeOfNumber.present =
			a->ton ? a->ton : PrivateTypeOfNumber_PR_unknown;
		return digits_set(&private->privateNumberDigits, msg, a);
	default:
		p->present = PartyNumber_PR_nationalStandardPartyNumber;
		return digits_set(&p->choice.nationalStandardPartyNumber, msg,
				  a);
	}
}


static int transport_set(TransportAddress_t *ta, struct per_msg *msg,
			 const struct alias *a)
{
	struct addr addr;

	if (addr_parse_hostport(&addr, a->text))
		return EILSEQ;

	return h225_addr_set(ta, msg, &addr);
}


static int ascii_set(OCTET_STRING_t *os, struct per_msg *msg,
		     const struct alias *a)
{
	const char *p;

	for (p = a->text; *p; p++) {
		if (*p & 0x80)
			return EILSEQ;
	}

	return h225_octets_set(os, msg, a->text, strlen(a->text));
}


static int h323_id_set(BMPString_t *bmp, struct per_msg *msg,
		       const struct alias *a)
{
	const int err = h225_bmp_set(bmp, msg, a->text);

	return err ? err : bmp->size > 2 * BMP_MAX ? EINVAL : 0;
}


int alias_set(struct AliasAddress *aa, struct per_msg *msg,
	      const struct alias *a)
{
	if (a->type <= ALIAS_NONE || a->type >= ALIAS_TYPES || !a->text[0] ||
	    strlen(a->text) > types[a->type].max)
		return EINVAL;

	memset(aa, 0, sizeof(*aa));
	switch (a->type) {

	case ALIAS_DIALLED_DIGITS:
		aa->present = AliasAddress_PR_dialledDigits;
		return digits_set(&aa->choice.dialledDigits, msg, a);
	case ALIAS_H323_ID:
		aa->present = AliasAddress_PR_h323_ID;
		return h323_id_set(&aa->choice.h323_ID, msg, a);
	case ALIAS_URL_ID:
		aa->present = AliasAddress_PR_url_ID;
		return ascii_set(&aa->choice.url_ID, msg, a);
	case ALIAS_TRANSPORT_ID:
		aa->present = AliasAddress_PR_transportID;
		return transport_set(&aa->choice.transportID, msg, a);
	case ALIAS_EMAIL_ID:
		aa->present = AliasAddress_PR_email_ID;
		return ascii_set(&aa->choice.email_ID, msg, a);
	default:
		aa->present = AliasAddress_PR_partyNumber;
		return party_set(&aa->choice.partyNumber, msg, a);
	}
}


/* ---- names and meaning ---- */

const char *alias_type_name(enum alias_type type)
{
	return type > ALIAS_NONE && type < ALIAS_TYPES ? types[type].name
						       : "unknown";
}


enum alias_type alias_type_find(const char *name)
{
	enum alias_type t;

	for (t = ALIAS_NONE + 1; t < ALIAS_TYPES; t++) {
		if (!strcmp(types[t].name, name))
			return t;
	}

	return ALIAS_NONE;
}


enum alias_type alias_class(enum alias_type type)
{
	return type > ALIAS_NONE && type < ALIAS_TYPES ? types[type].class
						       : ALIAS_NONE;
}


bool alias_eq(const struct alias *a, const struct alias *b)
{
	return alias_class(a->type) == alias_class(b->type) &&
	       !strcmp(a->text, b->text);
}


bool alias_is_number(const struct alias *a)
{
	return a->type == ALIAS_DIALLED_DIGITS || a->type >= ALIAS_PARTY_E164;
}


int alias_guess(struct alias *a, const char *text)
{
	static const char *const schemes[] = {"h323:", "h323s:", "sip:",
					      "sips:", "tel:"};
	const size_t len = strlen(text);
	size_t i;

	if (!len || len > ALIAS_TEXT_MAX)
		return EINVAL;
	a->ton	= 0;
	a->type = strspn(text, digits) == len ? ALIAS_DIALLED_DIGITS
		  : strchr(text, '@')	      ? ALIAS_EMAIL_ID
					      : ALIAS_H323_ID;
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!strncmp(text, schemes[i], strlen(schemes[i])))
			a->type = ALIAS_URL_ID;
	}
	if (len > types[a->type].max)
		return EINVAL;
	memcpy(a->text, text, len + 1);

	return 0;
}


char *alias_host(struct alias *a)
{
	char *at = strrchr(a->text, '@');
	struct addr host;

	if (a->type != ALIAS_URL_ID && a->type != ALIAS_EMAIL_ID &&
	    a->type != ALIAS_H323_ID)
		return NULL;
	if (at)
		++at;
	else
		at = strncmp(a->text, "h323:", 5) ? a->text : a->text + 5;
	if (!addr_parse_hostport(&host, at) || !addr_parse(&host, at, 0))
		return at;

	return NULL;
}
