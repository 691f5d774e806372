/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file field.c  Fields of messages that are being made
 *
 * Pure: owns no state.
 */
#include <errno.h>
#include <AliasAddress.h>
#include <BOOLEAN.h>
#include <CallIdentifier.h>
#include <NULL.h>
#include <OCTET_STRING.h>
#include <TransportAddress.h>
#include "address.h"
#include "field.h"
#include "h323gw/per/per.h"
#include "text.h"


int *field_bool(struct per_msg *msg, bool value)
{
	BOOLEAN_t *b = per_msg_zalloc(msg, sizeof(*b));

	if (b)
		*b = value;

	return b;
}


unsigned long *field_number(struct per_msg *msg, unsigned long value)
{
	unsigned long *n = per_msg_zalloc(msg, sizeof(*n));

	if (n)
		*n = value;

	return n;
}


long *field_integer(struct per_msg *msg, long value)
{
	long *n = per_msg_zalloc(msg, sizeof(*n));

	if (n)
		*n = value;

	return n;
}


int *field_null(struct per_msg *msg)
{
	return per_msg_zalloc(msg, sizeof(NULL_t));
}


struct OCTET_STRING *field_bmp(struct per_msg *msg, const char *utf8)
{
	OCTET_STRING_t *bmp = per_msg_zalloc(msg, sizeof(*bmp));

	return bmp && !h225_bmp_set(bmp, msg, utf8) ? bmp : NULL;
}


struct CallIdentifier *field_call_id(struct per_msg *msg,
				     const uint8_t guid[GUID_LEN])
{
	CallIdentifier_t *ci = per_msg_zalloc(msg, sizeof(*ci));

	return ci && !guid_set(&ci->guid, msg, guid) ? ci : NULL;
}


int field_addr_append(struct per_msg *msg, void *list, const struct addr *a)
{
	TransportAddress_t *ta = per_msg_zalloc(msg, sizeof(*ta));
	int err;

	if (!ta)
		return ENOMEM;
	err = h225_addr_set(ta, msg, a);

	return err ? err : per_msg_append(msg, list, ta);
}


int field_alias_append(struct per_msg *msg, void *list,
		       const struct alias *a)
{
	AliasAddress_t *aa = per_msg_zalloc(msg, sizeof(*aa));
	int err;

	if (!aa)
		return ENOMEM;
	err = alias_set(aa, msg, a);

	return err ? err : per_msg_append(msg, list, aa);
}
