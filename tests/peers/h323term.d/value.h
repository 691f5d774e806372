/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file value.h  ASN.1 values as JSON, both ways
 *
 * What the terminal says is written as JSON, by itself or by whoever drives it,
 * and what it hears becomes JSON; so any message can be made, odd ones too,
 * with nothing but the names of the Recommendations:
 *
 *	SEQUENCE	object; SEQUENCE OF: array
 *	CHOICE		object of one member; of NULL: its name alone
 *	ENUMERATED	name, or the number of an unknown one
 *	OCTET, BIT STRING, open type	hexadecimal
 *	characters	UTF-8; OBJECT IDENTIFIER: "0.0.8.2250.0.7"
 *	address		"192.0.2.1:1720", "[2001:db8::1]:1720"
 *	H.245 within fastStart and h245Control	the message itself
 *
 * An unknown addition is not shown. Knows the codec alone; owns nothing.
 */
#ifndef H323TERM_VALUE_H
#define H323TERM_VALUE_H

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include "h323gw/per/per.h"

enum {
	MESSAGE_MAX = 65000, /**< octets of one that is sent */
	WHY_LEN	    = 160,
};

/* why: what is wrong with it, WHY_LEN. EINVAL, ENOMEM */
int value_encode(const struct per *per, const char *type, const json_t *json,
		 uint8_t *buf, size_t size, size_t *len, char *why);
/* EBADMSG, ENOMEM, ... as per_decode() */
int value_decode(json_t **json, const struct per *per, const char *type,
		 const uint8_t *p, size_t len, char *why);

/* ---- finding one's way in it */

/* what is at "setup.callIdentifier.guid", NULL if nothing is */
json_t *at(const json_t *json, const char *path);
const char *text_at(const json_t *json, const char *path);
/* dflt: if there is none */
long number_at(const json_t *json, const char *path, long dflt);
/* a CHOICE: which alternative, and its value (NULL of a NULL) */
const char *choice(const json_t *json, json_t **value);

json_t *hex(const uint8_t *p, size_t len);
/* EINVAL: not hexadecimal, or more than size */
int unhex(uint8_t *p, size_t size, size_t *len, const char *text);

#endif
