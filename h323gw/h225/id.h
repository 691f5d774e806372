/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file h225/id.h  Identifiers: GUIDs, protocolIdentifier, object identifiers
 */
#ifndef H323GW_H225_ID_H
#define H323GW_H225_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct OCTET_STRING;
struct ASN__PRIMITIVE_TYPE_s;
struct per_msg;

enum {
	GUID_LEN    = 16,
	GUID_STRLEN = 37,	/* "00112233-4455-6677-8899-aabbccddeeff" */
	H225_VERSION = 7,	/* that we speak */
	OID_OCTETS_MAX = 32,
};

/* callIdentifier.guid, conferenceID. false: not 16 octets (guid zeroed) */
bool guid_get(uint8_t guid[GUID_LEN], const struct OCTET_STRING *os);
int guid_set(struct OCTET_STRING *os, struct per_msg *msg,
	     const uint8_t guid[GUID_LEN]);
bool guid_is_zero(const uint8_t guid[GUID_LEN]);
const char *guid_str(const uint8_t guid[GUID_LEN], char buf[GUID_STRLEN]);
bool guid_parse(uint8_t guid[GUID_LEN], const char *text);

/* the version in protocolIdentifier {itu-t (0) recommendation (0) h (8) 2250
 * version (0) N}; 0: it is another identifier */
unsigned h225_version_get(const struct ASN__PRIMITIVE_TYPE_s *oid);
int h225_version_set(struct ASN__PRIMITIVE_TYPE_s *oid, struct per_msg *msg,
		     unsigned version);

/* object identifiers as dotted text */
bool oid_eq(const struct ASN__PRIMITIVE_TYPE_s *oid, const char *dotted);
int oid_set(struct ASN__PRIMITIVE_TYPE_s *oid, struct per_msg *msg,
	    const char *dotted);

#endif
