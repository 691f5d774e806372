/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file h225/id.c  Identifiers: GUIDs, protocolIdentifier, object identifiers
 *
 * Pure: owns nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <OBJECT_IDENTIFIER.h>
#include <OCTET_STRING.h>
#include "h323gw/per/per.h"
#include "id.h"
#include "text.h"

enum {
	OID_TEXT_MAX = 128,
	VERSION_MAX  = 127, /* that takes one octet */
};

/* {itu-t (0) recommendation (0) h (8) 2250 version (0)} */
static const uint8_t h2250[] = {0, 8, 0x91, 0x4a, 0};


bool guid_get(uint8_t guid[GUID_LEN], const struct OCTET_STRING *os)
{
	if (os->size != GUID_LEN) {
		memset(guid, 0, GUID_LEN);
		return false;
	}
	memcpy(guid, os->buf, GUID_LEN);

	return true;
}


int guid_set(struct OCTET_STRING *os, struct per_msg *msg,
	     const uint8_t guid[GUID_LEN])
{
	return h225_octets_set(os, msg, guid, GUID_LEN);
}


bool guid_is_zero(const uint8_t guid[GUID_LEN])
{
	static const uint8_t zero[GUID_LEN];

	return !memcmp(guid, zero, GUID_LEN);
}


static bool dash_before(size_t octet)
{
	return octet == 4 || octet == 6 || octet == 8 || octet == 10;
}


const char *guid_str(const uint8_t guid[GUID_LEN], char buf[GUID_STRLEN])
{
	static const char hex[] = "0123456789abcdef";
	char *p			= buf;
	size_t i;

	for (i = 0; i < GUID_LEN; i++) {
		if (dash_before(i))
			*p++ = '-';
		*p++ = hex[guid[i] >> 4];
		*p++ = hex[guid[i] & 15];
	}
	*p = '\0';

	return buf;
}


static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *p		   = c ? strchr(digits, c) : NULL;

	if (!p)
		return -1;

	return (int)(p - digits) - (p - digits > 15 ? 6 : 0);
}


bool guid_parse(uint8_t guid[GUID_LEN], const char *text)
{
	size_t i;

	for (i = 0; i < GUID_LEN; i++) {
		int high, low;

		if (dash_before(i) && *text++ != '-')
			return false;
		high = hex_digit(text[0]);
		low  = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0)
			return false;
		guid[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}

	return !*text;
}


unsigned h225_version_get(const struct ASN__PRIMITIVE_TYPE_s *oid)
{
	if (oid->size != sizeof(h2250) + 1 ||
	    memcmp(oid->buf, h2250, sizeof(h2250)) != 0 ||
	    oid->buf[sizeof(h2250)] > VERSION_MAX)
		return 0;

	return oid->buf[sizeof(h2250)];
}


static int contents_set(struct ASN__PRIMITIVE_TYPE_s *oid,
			struct per_msg *msg, const uint8_t *p, size_t len)
{
	uint8_t *buf = per_msg_zalloc(msg, len);

	if (!buf)
		return ENOMEM;
	memcpy(buf, p, len);
	oid->buf  = buf;
	oid->size = (int)len;

	return 0;
}


int h225_version_set(struct ASN__PRIMITIVE_TYPE_s *oid, struct per_msg *msg,
		     unsigned version)
{
	uint8_t p[sizeof(h2250) + 1];

	if (!version || version > VERSION_MAX)
		return EINVAL;
	memcpy(p, h2250, sizeof(h2250));
	p[sizeof(h2250)] = (uint8_t)version;

	return contents_set(oid, msg, p, sizeof(p));
}


bool oid_eq(const struct ASN__PRIMITIVE_TYPE_s *oid, const char *dotted)
{
	char text[OID_TEXT_MAX];
	size_t n;

	if (oid->size <= 0)
		return false;
	n = per_oid_print(text, sizeof(text), oid->buf, (size_t)oid->size);

	return n && n < sizeof(text) && !strcmp(text, dotted);
}


/* one number in groups of seven bits; octets written, 0: no room */
static size_t arc_put(uint8_t *p, size_t size, unsigned long arc)
{
	size_t n = 1, i;

	while (n < sizeof(arc) + 2 && arc >> (7 * n))
		n++;
	if (n > size)
		return 0;
	for (i = 0; i < n; i++)
		p[i] = (uint8_t)((arc >> (7 * (n - 1 - i)) & 0x7f) |
				 (i + 1 < n ? 0x80 : 0));

	return n;
}


/* a number of the text, which moves behind its dot */
static bool arc_get(unsigned long *arc, const char **text)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	*arc = strtoul(*text, &end, 10);
	if (*arc > UINT32_MAX || (*end != '.' && *end != '\0'))
		return false;
	*text = *end ? end + 1 : end;

	return true;
}


int oid_set(struct ASN__PRIMITIVE_TYPE_s *oid, struct per_msg *msg,
	    const char *dotted)
{
	uint8_t p[OID_OCTETS_MAX];
	unsigned long first, arc;
	size_t n = 0;

	if (!arc_get(&first, &dotted) || !arc_get(&arc, &dotted) || first > 2)
		return EINVAL;
	arc += first * 40;
	for (;;) {
		const size_t len = arc_put(p + n, sizeof(p) - n, arc);

		if (!len)
			return EINVAL;
		n += len;
		if (!*dotted)
			break;
		if (!arc_get(&arc, &dotted))
			return EINVAL;
	}

	return contents_set(oid, msg, p, n);
}
