/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Aligned PER (X.691, BASIC-PER ALIGNED) for H.225.0, H.245, H.235, H.460.18
 * and H.460.19, over the types that asn1c makes of h323gw/asn1.
 *
 * A struct per is the type tables made ready: built once, never changed after,
 * safe to share between threads. A struct per_msg is one decoded message and
 * owns all memory of it; the values in it are asn1c's C structs. All functions
 * are safe with any input. See doc/h323-codec.md.
 */
#ifndef H323GW_PER_PER_H
#define H323GW_PER_PER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct asn_TYPE_descriptor_s;	/* asn1c's */
struct per;			/* the codec */
struct per_type;		/* one type of its tables */
struct per_msg;			/* one message */

/*
 * Limits on what one message may make us do. Each has a default and may be
 * set for a codec; a message that reaches one is refused with EOVERFLOW.
 */
enum {
	PER_DEPTH_MAX	  = 128,     /* values within values */
	PER_ELEMENTS_MAX  = 16384,   /* elements of all SEQUENCE OFs together */
	PER_ADDITIONS_MAX = 256,     /* extension additions of one SEQUENCE */
	PER_BYTES_MAX	  = 1 << 21, /* memory for one message, in octets */
	PER_LENGTH_MAX	  = 1 << 20, /* octets of one encoded message */
};

struct per_conf {
	unsigned depth_max;	/* 0: the default, for each of these */
	unsigned elements_max;
	unsigned additions_max;
	size_t bytes_max;
	/* where memory comes from; NULL: malloc() and free() */
	void *(*alloc_h)(size_t size, void *arg);
	void (*free_h)(void *p, void *arg);
	void *arg;
};

/*
 * Where and why a message was refused. `what` is a constant sentence, `type`
 * the innermost ASN.1 type being read or written.
 */
struct per_fault {
	size_t octet;		/* offset in the encoding */
	const char *type;
	const char *what;
};

/* ---- the codec and its types ---- */

/*
 * Make a codec. conf may be NULL. ENOMEM.
 */
int per_alloc(struct per **perp, const struct per_conf *conf);
void per_free(struct per *per);

/*
 * A type by its name in the Recommendation: "RasMessage",
 * "H323-UserInformation", "MultimediaSystemControlMessage", or any named type
 * these reach ("Setup-UUIE"); NULL if there is none. Where two Recommendations
 * use one name, H.245's and H.235's are found as in h323gw/asn1
 * ("H245TransportAddress").
 */
const struct per_type *per_type_find(const struct per *per, const char *name);

/* The type with asn1c's descriptor td; NULL if no message can hold it. */
const struct per_type *per_type_of(const struct per *per,
				   const struct asn_TYPE_descriptor_s *td);

/* Name as the Recommendation spells it, and asn1c's descriptor. */
const char *per_type_name(const struct per_type *type);
const struct asn_TYPE_descriptor_s *per_type_td(const struct per_type *type);

/* ---- decoding ---- */

/*
 * Decode the message at the beginning of buf, which need not outlive the call.
 * What follows its last octet is left alone: see per_msg_len(). fault may be
 * NULL.
 *
 * Unknown extension additions and CHOICE alternatives are kept as octets. The
 * messages within fastStart, h245Control and parallelH245Control, and the
 * H.460.18 and H.460.19 parameters, are decoded with it (struct per_nested).
 *
 * Errors: EBADMSG malformed or truncated, EOVERFLOW a limit was reached,
 * ENOMEM.
 */
int per_decode(struct per_msg **msgp, const struct per *per,
	       const struct per_type *type, const uint8_t *buf, size_t len,
	       struct per_fault *fault);
void per_msg_free(struct per_msg *msg);

/* An empty message of a type, its value all zero, for the caller to fill. */
int per_msg_alloc(struct per_msg **msgp, const struct per *per,
		  const struct per_type *type);

/* The value: asn1c's struct of the type (for "RasMessage" a RasMessage_t). */
void *per_msg_value(const struct per_msg *msg);
const struct per_type *per_msg_type(const struct per_msg *msg);

/* Octets the message was decoded from: the first per_msg_len() of buf. */
const uint8_t *per_msg_octets(const struct per_msg *msg);
size_t per_msg_len(const struct per_msg *msg);

/* Memory the message holds, in octets. */
size_t per_msg_memory(const struct per_msg *msg);

/*
 * Zeroed memory that lives as long as the message, for values put into it;
 * NULL when there is none or the message's limit is reached. Nothing in a
 * message may be released singly, and asn1c's own ASN_STRUCT_FREE must never
 * see it.
 */
void *per_msg_zalloc(struct per_msg *msg, size_t size);

/* Append elem to the SEQUENCE OF at list (any asn1c A_SEQUENCE_OF). ENOMEM */
int per_msg_append(struct per_msg *msg, void *list, void *elem);

/* ---- encoding ---- */

/*
 * Encode a value. *lenp: octets written.
 * Errors: ENOSPC buf is too small, EINVAL the value does not fit its type,
 * EOVERFLOW.
 */
int per_encode(const struct per *per, const struct per_type *type,
	       const void *value, uint8_t *buf, size_t size, size_t *lenp,
	       struct per_fault *fault);

/*
 * Encode a message after its value was changed. Messages nested in it are
 * encoded anew only where per_nested_changed() was called.
 */
int per_msg_encode(const struct per_msg *msg, uint8_t *buf, size_t size,
		   size_t *lenp, struct per_fault *fault);

/* ---- messages in messages ---- */

/*
 * A message carried in an OCTET STRING of another.
 */
struct per_nested {
	void *carrier;		     /* OCTET_STRING_t * that carries it */
	const struct per_type *type;
	void *value;		     /* NULL if it could not be decoded */
	size_t offset;		     /* of its first octet in the message */
	size_t len;
	int err;		     /* why value is NULL */
};

/* All of them, outermost first; returns how many. */
size_t per_msg_nested(const struct per_msg *msg,
		      const struct per_nested **nestedp);

/* The one carried by an OCTET_STRING_t; NULL if there is none. */
const struct per_nested *per_nested_find(const struct per_msg *msg,
					 const void *carrier);

/*
 * Encode its value into its carrier again, after a change; of messages that lie
 * in each other the innermost first. Offsets stay those of what was decoded.
 */
int per_nested_changed(struct per_msg *msg, const struct per_nested *nested);

/* ---- looking at every field ---- */

enum per_kind {
	PER_NULL,
	PER_BOOLEAN,		/* i */
	PER_INTEGER,		/* i; u if is_unsigned */
	PER_ENUMERATED,		/* i, label (NULL: unknown, i is its index) */
	PER_BIT_STRING,		/* data, len in octets, unused bits */
	PER_OCTET_STRING,	/* data, len */
	PER_OID,		/* data, len: contents octets as in BER */
	PER_STRING,		/* data, len: one octet a character */
	PER_BMP_STRING,		/* data, len: two octets a character, UCS-2 */
	PER_OPEN,		/* data, len: open type, an encoding */
	PER_SEQUENCE,		/* its fields follow */
	PER_SEQUENCE_OF,	/* count elements follow */
	PER_CHOICE,		/* label: the alternative, which follows */
	PER_UNKNOWN,		/* i: index of an addition or alternative that
				   the tables don't know; data, len */
	PER_NESTED,		/* a decoded message in an OCTET STRING, which
				   follows as one field */
};

struct per_field {
	enum per_kind kind;
	unsigned depth;		     /* 0: the message itself */
	const struct per_field *up;  /* what it lies in; NULL at depth 0 */
	const char *name;	     /* the identifier ("callIdentifier"); NULL
					in a SEQUENCE OF and at depth 0 */
	size_t index;		     /* place in a SEQUENCE OF */
	const struct per_type *type; /* NULL for PER_UNKNOWN */
	const char *type_name;	     /* as the Recommendation spells it, or the
					built-in type's name */
	const char *label;
	const uint8_t *data;
	size_t len;
	size_t count;
	unsigned unused_bits;
	int64_t i;
	bool is_unsigned;
};

/*
 * Called for each field in the order of the definition, and for the
 * constructed kinds (PER_SEQUENCE, _SEQUENCE_OF, _CHOICE, _NESTED) with leave
 * set when their contents are done. A value other than 0 ends the walk, which
 * returns it.
 */
typedef int (per_field_h)(const struct per_field *field, bool leave,
			  void *arg);

int per_msg_walk(const struct per_msg *msg, per_field_h *fieldh, void *arg);
int per_value_walk(const struct per *per, const struct per_type *type,
		   const void *value, per_field_h *fieldh, void *arg);

/*
 * An OBJECT IDENTIFIER's contents octets as "0.0.8.2250.0.7". Returns its
 * length as snprintf() does, 0 if malformed.
 */
size_t per_oid_print(char *buf, size_t size, const uint8_t *data, size_t len);

/* ---- transport addresses, and rewriting them ---- */

/*
 * A transport address with IP address and port, anywhere in a message.
 *
 * In aligned PER the address is octet-aligned and so is the port, so a new
 * value of the same family is written over the old octets and every other bit
 * stays what it was.
 */
struct per_addr {
	uint8_t ip_len;		/* 4 or 16 */
	uint8_t ip[16];
	uint16_t port;
	size_t ip_off;		/* offsets in the message's octets */
	size_t port_off;
	bool in_place;		/* false: these octets are nowhere in one piece
				   (a string fragmented above 16K) */
	bool multicast;		/* an H.245 MulticastAddress */
	const char *const *path; /* identifiers from the outside inwards, as
				    "h245Control", "openLogicalChannel", ...,
				    "mediaChannel", "unicastAddress",
				    "iPAddress" */
	size_t path_len;
};

/* Does an identifier of the address's path have this name? */
bool per_addr_within(const struct per_addr *addr, const char *name);

/* The address's path, joined with dots; returns as snprintf() does. */
size_t per_addr_path(char *buf, size_t size, const struct per_addr *addr);

/* All addresses of a decoded message in the order they stand in it. */
size_t per_msg_addrs(const struct per_msg *msg, const struct per_addr **addrsp);

/*
 * Called for each address; to change it, write the new value into *to (which
 * holds the old one) and return true.
 */
struct per_ipport {
	uint8_t ip_len;		/* 4 or 16 */
	uint8_t ip[16];
	uint16_t port;
};
typedef bool (per_rewrite_h)(const struct per_addr *addr,
			     struct per_ipport *to, void *arg);

/*
 * Copy the message at buf to out, with addresses changed as the handler says.
 * No value is built as long as no address changes its size; then every bit
 * but those of the changed addresses is the same. When a size changes, the
 * smallest enclosing part (an open type or a nested message) is encoded anew.
 * out must not overlap buf. Octets after the message's end are copied too.
 *
 * Errors: as per_decode(); ENOSPC out is too small; EINVAL the handler asked
 * for something that is no address. buf and out are untouched, or out holds
 * nothing of use.
 */
int per_rewrite(const struct per *per, const struct per_type *type,
		const uint8_t *buf, size_t len, per_rewrite_h *rewriteh,
		void *arg, uint8_t *out, size_t size, size_t *lenp,
		struct per_fault *fault);

#endif
