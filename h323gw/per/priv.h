/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the codec share: the codec, a message, and the state of
 * one decoding or encoding, each owned by the function that was called.
 */
#ifndef H323GW_PER_PRIV_H
#define H323GW_PER_PRIV_H

#include <string.h>
#include <asn_application.h>
#include <OCTET_STRING.h>
#include <BIT_STRING.h>
#include <asn_SET_OF.h>
#include "h323gw/per/arena.h"
#include "h323gw/per/bits.h"
#include "h323gw/per/type.h"

enum {
	TYPE_BUCKETS = 1024,
	FRAGMENT     = 16384,	/* X.691 11.9.3.8 */
	SMALL_MAX    = 65535,	/* normally small numbers: more than any type */
	PATH_MAX_LEN = PER_DEPTH_MAX + 2,
};

struct per {
	struct per_conf conf;
	struct per_type *buckets[TYPE_BUCKETS];
	struct alphabet_item *alphabets;
};

/*
 * What a value's members can't say of an extension: all of one that the table
 * does not know, or what follows one that it knows. asn1c's context of a CHOICE
 * points to one of these, that of a SEQUENCE to struct seq_extras.
 */
struct extra {
	unsigned index;		/* of the addition */
	bool known;		/* then data follows what the table knows */
	bool empty;		/* a known one that was sent with no octets */
	const uint8_t *data;
	size_t len;
};

struct seq_extras {
	unsigned bits;		/* of the sender's bitmap of additions */
	unsigned count;
	struct extra *extra;
};

/*
 * A piece of a message with a length of its own: an open type or a nested
 * message. What lies outside keeps its bits when it changes size.
 */
struct part {
	struct part *up;
	struct part *prev;	/* in order of appearance */
	const struct per_type *type;
	void *value;
	OCTET_STRING_t *carrier; /* NULL: open type */
	const uint8_t *length;	 /* its length determinant; NULL: fragments */
	const uint8_t *p;
	size_t len;
	const uint8_t *tail;	 /* of p: octets behind the value */
	size_t tail_len;
	bool dirty;		/* to be encoded anew */
	bool touched;		/* something within is */
	uint8_t *fresh;
	size_t fresh_len;
};

/* What per_addr's reader need not see. */
struct addr_item {
	struct part *part;
	const struct per_type *choice;	/* of the address, and its value */
	void *choice_value;
	const struct per_type *type;	/* the SEQUENCE, and its value */
	void *value;
};

struct per_msg {
	const struct per *per;
	const struct per_type *type;
	void *value;
	uint8_t *octets;
	size_t len;
	struct arena arena;
	struct per_addr *addr;
	struct addr_item *item;	/* beside addr */
	size_t addrs, addrs_max;
	struct per_nested *nested;
	size_t nesteds, nested_max;
	struct part root;
	struct part *last_part;
};

struct decoder {
	struct bitr r;
	const struct per_conf *conf;
	const struct per *per;
	struct per_msg *msg;
	unsigned depth;
	unsigned elements;	/* seen so far */
	unsigned detached;	/* within octets put together from fragments */
	bool build;		/* make values; else only look for addresses */
	size_t octets_bit;	/* where the last octets lay */
	struct part *part;
	const struct per_type *choice;	/* the innermost */
	void *choice_value;
	const struct per_type *fault_type;
	const char *path[PATH_MAX_LEN];
	unsigned path_len;
};

struct encoder {
	struct bitw w;
	const struct per_conf *conf;
	unsigned depth;
	const struct per_type *fault_type;
};

/* table.c */
int table_build(struct per *per);
void table_free(struct per *per);
struct per_type *type_seek(const struct per *per,
			   const struct asn_TYPE_descriptor_s *td,
			   const void *pc);

/* type.c */
void role_mark(const struct per *per, struct per_type *t);

static inline void decode_fail(struct decoder *d, int err, const char *what)
{
	bitr_fail(&d->r, err, what);
}

static inline void encode_fail(struct encoder *e, int err, const char *what)
{
	bitw_fail(&e->w, err, what);
}

/* A piece of the message's memory; NULL with the sticky error set. */
static inline void *decode_zalloc(struct decoder *d, size_t size)
{
	void *p = arena_zalloc(&d->msg->arena, size);

	if (!p)
		decode_fail(d, d->msg->arena.err,
			    "it takes too much memory");
	return p;
}

/* decode.c: a value of a type; value is NULL where none is made */
void decode_value(struct decoder *d, const struct per_type *t, void *value);
void decode_run(struct decoder *d, const struct per_type *t, void *value,
		struct per_fault *fault);

/* decode_number.c */
uint64_t decode_whole(struct decoder *d, uint64_t range);
unsigned decode_small(struct decoder *d);
size_t decode_length(struct decoder *d, bool *more);
size_t decode_count(struct decoder *d, const struct range *c, bool *general);
size_t decode_small_length(struct decoder *d);
void decode_integer(struct decoder *d, const struct per_type *t, long *v);
void decode_enumerated(struct decoder *d, const struct per_type *t, long *v);

/* decode_string.c */
void decode_bits(struct decoder *d, const struct per_type *t,
		 BIT_STRING_t *v);
void decode_octets(struct decoder *d, const struct per_type *t,
		   OCTET_STRING_t *v);
void decode_string(struct decoder *d, const struct per_type *t,
		   OCTET_STRING_t *v);
bool string_aligned(const struct per_type *t);
/* unconstrained octets: where they lie, in the message or put together */
const uint8_t *decode_blob(struct decoder *d, size_t *lenp, bool *pieced);

/* decode_constr.c */
void decode_sequence(struct decoder *d, const struct per_type *t, void *v);
void decode_sequence_of(struct decoder *d, const struct per_type *t, void *v);
void decode_choice(struct decoder *d, const struct per_type *t, void *v);

/* opentype.c */
void decode_open(struct decoder *d, const struct per_type *t, void *v,
		 struct extra *rest);
void encode_open(struct encoder *e, const struct per_type *t, const void *v,
		 const struct extra *rest);

void decode_within(struct decoder *d, const struct per_type *t, void *v,
		   const uint8_t *p, size_t len, bool pieced,
		   struct extra *rest);
void part_enter(struct decoder *d, struct part *part,
		const struct per_type *t, void *v, const uint8_t *len_at);

/* encode.c and the like */
int encode_run(const struct per *per, const struct per_type *t, const void *v,
	       const uint8_t *tail, size_t tail_len, uint8_t *buf, size_t size,
	       size_t *lenp, struct per_fault *fault);
int encode_fresh(struct per_msg *m, const struct per_type *t, const void *v,
		 const uint8_t *tail, size_t tail_len, size_t guess,
		 uint8_t **p, size_t *len);
void encode_value(struct encoder *e, const struct per_type *t, const void *v);
void encode_whole(struct encoder *e, uint64_t v, uint64_t range);
void encode_small(struct encoder *e, unsigned v);
size_t encode_length(struct encoder *e, size_t n);
bool encode_count(struct encoder *e, const struct range *c, size_t n,
		  bool *general);
void encode_small_length(struct encoder *e, size_t n);
void encode_blob(struct encoder *e, const uint8_t *p, size_t n);
void encode_integer(struct encoder *e, const struct per_type *t,
		    const long *v);
void encode_enumerated(struct encoder *e, const struct per_type *t,
		       const long *v);
void encode_bits(struct encoder *e, const struct per_type *t,
		 const BIT_STRING_t *v);
void encode_octets(struct encoder *e, const struct per_type *t,
		   const OCTET_STRING_t *v);
void encode_string(struct encoder *e, const struct per_type *t,
		   const OCTET_STRING_t *v);
void encode_sequence(struct encoder *e, const struct per_type *t,
		     const void *v);
void encode_sequence_of(struct encoder *e, const struct per_type *t,
			const void *v);
void encode_choice(struct encoder *e, const struct per_type *t, const void *v);

/* addr.c */
void addr_note(struct decoder *d, const struct per_type *t, void *v,
	       const uint8_t *ip, size_t ip_bit, size_t port_bit);

/* nested.c */
void nested_carried(struct decoder *d, const struct per_type *t,
		    OCTET_STRING_t *carrier, bool pieced,
		    const uint8_t *len_at);
void nested_generic(struct decoder *d, const struct per_type *t, void *v);

/* Bits that a choice among n things takes: 0 for one. */
static inline unsigned bits_for(uint64_t n)
{
	return n > 1 ? 64u - (unsigned)__builtin_clzll(n - 1) : 0;
}

/* A CHOICE's discriminator: 0 is none, n + 1 the n-th alternative. */
static inline int choice_get(const struct per_type *t, const void *v)
{
	int present;

	memcpy(&present, (const char *)v + t->present_offset, sizeof(present));
	return present;
}

static inline void choice_set(const struct per_type *t, void *v, int present)
{
	memcpy((char *)v + t->present_offset, &present, sizeof(present));
}

/* asn1c's context in a SEQUENCE or CHOICE, whose ptr holds our extras */
static inline void **extras_of(const struct per_type *t, const void *v)
{
	return &((asn_struct_ctx_t *)((char *)v + t->ctx_offset))->ptr;
}

#endif
