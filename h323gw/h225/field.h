/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file field.h  Fields of messages that are being made
 *
 * All memory is the message's. NULL, or ENOMEM: there is none left.
 */
#ifndef H323GW_H225_FIELD_H
#define H323GW_H225_FIELD_H

#include <stdbool.h>
#include <stdint.h>
#include "h323gw/h225/alias.h"
#include "h323gw/h225/id.h"

struct CallIdentifier;
struct OCTET_STRING;
struct per_msg;

/* BOOLEAN, INTEGER without and with a sign, NULL that are OPTIONAL */
int *field_bool(struct per_msg *msg, bool value);
unsigned long *field_number(struct per_msg *msg, unsigned long value);
long *field_integer(struct per_msg *msg, long value);
int *field_null(struct per_msg *msg);
/* BMPString of UTF-8; NULL, too, where that is none */
struct OCTET_STRING *field_bmp(struct per_msg *msg, const char *utf8);
struct CallIdentifier *field_call_id(struct per_msg *msg,
				     const uint8_t guid[GUID_LEN]);

/* append to the .list of a SEQUENCE OF TransportAddress, AliasAddress */
int field_addr_append(struct per_msg *msg, void *list, const struct addr *a);
int field_alias_append(struct per_msg *msg, void *list,
		       const struct alias *a);

#endif
