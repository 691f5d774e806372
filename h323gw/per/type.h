/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The codec's own view of asn1c's tables: what X.691 needs to know of a type,
 * worked out once. Everything peculiar to asn1c stays in table.c. Owned by
 * struct per, never changed after per_alloc().
 */
#ifndef H323GW_PER_TYPE_H
#define H323GW_PER_TYPE_H

#include "h323gw/per/per.h"

/* A PER-visible constraint on a value or a size. */
struct range {
	bool has_lb;
	bool has_ub;
	bool extensible;
	int64_t lb;
	int64_t ub;
};

/* Characters of a known-multiplier string (X.691 30.5). */
struct alphabet {
	unsigned bits;		/* a character takes */
	bool indexed;		/* by its place in the alphabet */
	unsigned count;
	uint8_t code[256];	/* character -> code + 1; 0: not in it */
	uint8_t character[256];
};

struct per_member {
	const char *name;
	const struct per_type *type;
	size_t offset;		/* in the struct of its owner */
	bool pointer;
	bool optional;		/* has a bit in the preamble */
};

/* What lies in a string or struct, beyond what ASN.1 says. */
enum role {
	ROLE_NONE,
	ROLE_ADDRESS,		/* SEQUENCE: IP address and port */
	ROLE_MULTICAST,		/* CHOICE: MulticastAddress */
	ROLE_H225_GENERIC,	/* GenericData: may carry H.460.18 */
	ROLE_H245_GENERIC,	/* GenericMessage: may carry H.460.19 */
	ROLE_CARRIER,		/* SEQUENCE OF OCTET STRING with messages */
};

struct per_type {
	enum per_kind kind;
	enum role role;
	const char *name;	/* the Recommendation's */
	const struct asn_TYPE_descriptor_s *td;
	const void *constraints; /* asn1c's, part of the key */
	size_t size;		/* of its C struct */
	size_t ctx_offset;	/* of asn1c's context, ours to use */

	struct range value;	/* INTEGER */
	struct range count;	/* strings and SEQUENCE OF */
	bool known_multiplier;
	const struct alphabet *alphabet; /* NULL: octets as they are */

	/* ENUMERATED: root first, each part ordered by value */
	const struct enumeral { const char *name; long value; } *enums;

	/* of SEQUENCE, CHOICE, ENUMERATED: in the root, and all */
	unsigned root;
	unsigned total;
	bool extensible;
	unsigned optionals;	/* SEQUENCE: bits of the preamble */

	struct per_member *members; /* SEQUENCE OF: one */
	size_t present_offset;	/* CHOICE */

	unsigned ip, port;	/* ROLE_ADDRESS: members */
	const struct per_type *carries; /* ROLE_CARRIER, _GENERIC */

	struct per_type *next;
};

#endif
