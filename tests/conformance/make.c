/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random values. Each has a temper of its own: how often optional fields are
 * there, how long strings are, how much there may be in all. Owns the random
 * numbers, and for each type how deep a value of it must be at least, which is
 * what ends a recursion.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "h323gw/per/priv.h"
#include "tests/conformance/make.h"

enum {
	DEPTH_MAX   = 40,
	DEPTH_NEVER = 1000,
	LONG_PERIOD = 61,	/* long strings are the same again and again */
	LONG_SOME   = 600,
};

struct depth {
	const struct per_type *type;
	unsigned depth;
};

struct maker {
	const struct per *per;
	struct depth *depth;
	size_t depths;
	uint64_t seed, state;
	unsigned most;
	bool avoid[MAKER_FAULTS];
	size_t turned_away[MAKER_FAULTS];

	/* of this value */
	struct per_msg *msg;
	long budget;
	unsigned often;		/* optional fields, in percent */
	bool may_be_long;
	bool in_key;		/* of H235Key, what follows is SIGNED */
	int err;
};

static void make(struct maker *mk, const struct per_type *t, void *v,
		 unsigned depth);


/* splitmix64, by its definition */
static uint64_t next(struct maker *mk)
{
	uint64_t z = mk->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}


static size_t below(struct maker *mk, size_t n)
{
	return n ? (size_t)(next(mk) % n) : 0;
}


static size_t between(struct maker *mk, size_t l, size_t u)
{
	return l + below(mk, u - l + 1);
}


static bool lean(const struct maker *mk, unsigned depth)
{
	return depth > DEPTH_MAX || mk->budget <= 0;
}


static void *room(struct maker *mk, size_t size)
{
	void *p = per_msg_zalloc(mk->msg, size + !size);

	if (!p)
		mk->err = ENOMEM;
	return p;
}


/* ---- depths ---- */

static unsigned depth_known(const struct maker *mk, const struct per_type *t)
{
	size_t lo = 0, hi = mk->depths;

	while (lo < hi) {
		const size_t mid = (lo + hi) / 2;

		if (mk->depth[mid].type == t)
			return mk->depth[mid].depth;
		if (mk->depth[mid].type < t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}


static unsigned depth_work_out(const struct maker *mk,
			       const struct per_type *t)
{
	unsigned least = DEPTH_NEVER, most = 0;

	switch (t->kind) {

	case PER_SEQUENCE:
		for (unsigned i = 0; i < t->root; i++) {
			const unsigned d = depth_known(mk, t->members[i].type);

			if (!t->members[i].optional && d > most)
				most = d;
		}
		return most + 1;
	case PER_CHOICE:
		for (unsigned i = 0; i < t->total; i++) {
			const unsigned d = depth_known(mk, t->members[i].type);

			if (d < least)
				least = d;
		}
		return least + 1;
	case PER_SEQUENCE_OF:
		return t->count.lb ? depth_known(mk, t->members[0].type) + 1
				   : 0;
	default:
		return 0;
	}
}


static int by_type(const void *a, const void *b)
{
	const struct depth *da = a, *db = b;

	return (da->type > db->type) - (da->type < db->type);
}


static int depths_set(struct maker *mk)
{
	const struct per *per = mk->per;
	bool changed = true;

	for (int pass = 0; pass < 2; pass++) {
		size_t n = 0;

		for (size_t i = 0; i < TYPE_BUCKETS; i++) {
			for (const struct per_type *t = per->buckets[i]; t;
			     t = t->next) {
				if (pass)
					mk->depth[n] = (struct depth){
						t, DEPTH_NEVER};
				++n;
			}
		}
		mk->depths = n;
		if (!pass)
			mk->depth = calloc(n, sizeof(*mk->depth));
		if (!mk->depth)
			return ENOMEM;
	}
	qsort(mk->depth, mk->depths, sizeof(*mk->depth), by_type);
	while (changed) {
		changed = false;
		for (size_t i = 0; i < mk->depths; i++) {
			struct depth *d = &mk->depth[i];
			const unsigned now = depth_work_out(mk, d->type);

			changed |= now < d->depth;
			if (now < d->depth)
				d->depth = now;
		}
	}
	return 0;
}


/* ---- sizes and numbers ---- */

static size_t size_long(struct maker *mk, const struct range *c)
{
	static const size_t sizes[] = {16383, 16384, 16385, 32767, 32768, 40000,
				       49152, 65535, 65536, 81920, 81921};
	const size_t n = sizes[below(mk, sizeof(sizes) / sizeof(*sizes))];

	mk->budget -= 2000;
	return c->has_ub && n > (size_t)c->ub ? (size_t)c->ub : n;
}


/* A length within the bounds, or outside them where a marker allows that. */
static size_t size_any(struct maker *mk, const struct range *c, unsigned depth)
{
	const size_t lb = (size_t)c->lb;
	const size_t ub = c->has_ub ? (size_t)c->ub : SIZE_MAX;
	size_t n;

	if (lean(mk, depth))
		return lb;
	switch (below(mk, 12)) {

	case 0:
		return lb;
	case 1:
		if (ub <= 300)
			return ub;
		break;
	case 2:
		if (c->extensible)
			return ub + between(mk, 1, 5);
		break;
	case 3:
		n = lb + below(mk, 131);
		return n < ub ? n : ub;
	case 4:
	case 5:
	case 6:
		if (mk->may_be_long && ub >= FRAGMENT)
			return size_long(mk, c);
		break;
	default:
		break;
	}
	n = lb + below(mk, 12);
	return n < ub ? n : ub;
}


static long edge(struct maker *mk, long low, long high)
{
	const long near = (long)((UINT64_C(1) << between(mk, 1, 61)) +
				 below(mk, 3)) - 1;
	long n = near;

	if (low < 0 && below(mk, 2))
		n = -near;
	else if (low > 0 && near < high - low)
		n = low + near;
	return n < low || n > high ? low : n;
}


static void make_integer(struct maker *mk, const struct per_type *t, long *v)
{
	const struct range *r = &t->value;
	const long low = r->has_lb ? (long)r->lb : INT64_MIN / 2;
	const long high = r->has_ub ? (long)r->ub : INT64_MAX / 2;

	switch (below(mk, 8)) {

	case 0:
		*v = r->extensible ? high + (long)between(mk, 1, 100000) : low;
		break;
	case 1:
		*v = low;
		break;
	case 2:
		*v = high;
		break;
	case 3:
	case 4:
		*v = edge(mk, low, high);
		break;
	default:
		*v = low + (long)(next(mk) %
				  ((uint64_t)high - (uint64_t)low + 1));
	}
}


/* ---- strings ---- */

static uint8_t any_octet(struct maker *mk, const struct per_type *t)
{
	static const char common[] = "0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz'()+,-./:=?";

	if (t->alphabet)
		return t->alphabet->character[below(mk, t->alphabet->count)];
	if (t->kind == PER_STRING)
		return (uint8_t)common[below(mk, sizeof(common) - 1)];
	return (uint8_t)next(mk);
}


static uint8_t *fill(struct maker *mk, const struct per_type *t, size_t n)
{
	uint8_t *p = room(mk, n);

	for (size_t i = 0; p && i < n; i++) {
		p[i] = n > LONG_SOME && i >= LONG_PERIOD ? p[i - LONG_PERIOD]
							 : any_octet(mk, t);
	}
	mk->budget -= (long)n / 8;
	return p;
}


/* Is this to be kept away from? Counts it. */
static bool turn_away(struct maker *mk, enum maker_fault fault)
{
	mk->turned_away[fault] += mk->avoid[fault];
	return mk->avoid[fault];
}


static void make_string(struct maker *mk, const struct per_type *t,
			OCTET_STRING_t *v, unsigned depth)
{
	size_t n = size_any(mk, &t->count, depth);

	if (!n && t->known_multiplier && t->count.has_ub && t->count.ub &&
	    turn_away(mk, MAKER_EMPTY_STRING))
		n = 1;
	if (n >= FRAGMENT && !t->known_multiplier && t->kind == PER_STRING &&
	    turn_away(mk, MAKER_LONG_TEXT))
		n = FRAGMENT - 1;
	if (t->kind == PER_BMP_STRING)
		n *= 2;
	v->buf = fill(mk, t, n);
	v->size = (int)n;
}


static void make_bits(struct maker *mk, const struct per_type *t,
		      BIT_STRING_t *v, unsigned depth)
{
	const size_t n = size_any(mk, &t->count, depth);
	const size_t len = (n + 7) / 8;

	v->buf = fill(mk, t, len);
	v->size = (int)len;
	v->bits_unused = (int)(len * 8 - n);
	if (v->buf && len)
		v->buf[len - 1] &= (uint8_t)(0xff << v->bits_unused);
}


/* Subidentifiers of up to five octets; X.690 8.19.2: none begins with 0x80 */
static void make_oid(struct maker *mk, OCTET_STRING_t *v)
{
	const size_t arcs = between(mk, 1, 7);
	size_t n = 0;

	v->buf = room(mk, arcs * 5);
	for (size_t i = 0; v->buf && i < arcs; i++) {
		const size_t len = below(mk, 4) ? 1 : between(mk, 1, 5);

		for (size_t k = 0; k < len; k++)
			v->buf[n++] = (uint8_t)((next(mk) & 0x7f) |
						(k + 1 < len ? 0x80u : 0));
		if (len > 1 && v->buf[n - len] == 0x80)
			v->buf[n - len] = 0x81;
	}
	v->size = (int)n;
}


/*
 * What an open type holds, which our tables do not say: all are of SIGNED, and
 * hold a ClearToken, but in certProtectedKey a KeySignedMaterial. That has no
 * table, so it is always {generalId "ab", mrandom 5, srandom 7, encrptval ...},
 * the octets worked out by hand.
 */
static void make_open(struct maker *mk, OCTET_STRING_t *v, unsigned depth)
{
	enum { HELD_MAX = 1 << 18 };
	static const uint8_t key[] = {0x80, 0x80, 0, 'a', 0, 'b', 1, 5, 1, 7,
				      1, 1, 0, 1, 1};
	const struct per_type *token = per_type_find(mk->per, "ClearToken");
	void *value;
	size_t n = 0;

	v->buf = room(mk, mk->in_key ? sizeof(key) : HELD_MAX);
	if (!v->buf)
		return;
	if (mk->in_key) {
		memcpy(v->buf, key, sizeof(key));
		v->size = sizeof(key);
		return;
	}
	value = token ? room(mk, token->size) : NULL;
	if (!value)
		return;
	make(mk, token, value, depth + 1);
	if (per_encode(mk->per, token, value, v->buf, HELD_MAX, &n, NULL))
		mk->err = EINVAL;
	v->size = (int)n;
}


/* ---- what holds others ---- */

static void *member_room(struct maker *mk, const struct per_member *m, void *v)
{
	void *p = (char *)v + m->offset;

	if (!m->pointer)
		return p;
	return *(void **)p = room(mk, m->type->size);
}


/* A group of additions that has none of them is none. */
static bool is_hollow(const struct per_type *t, const void *v)
{
	for (unsigned i = 0; i < t->total; i++) {
		const struct per_member *m = &t->members[i];

		if (!m->pointer ||
		    *(void *const *)((const char *)v + m->offset))
			return false;
	}
	return true;
}


static void make_sequence(struct maker *mk, const struct per_type *t, void *v,
			  unsigned depth)
{
	const unsigned often = lean(mk, depth) ? 0 : mk->often;

	--mk->budget;
	for (unsigned i = 0; i < t->total && !mk->err; i++) {
		const struct per_member *m = &t->members[i];
		void *p;

		if ((m->optional || i >= t->root) && below(mk, 100) >= often)
			continue;
		p = member_room(mk, m, v);
		if (!p)
			return;
		make(mk, m->type, p, depth + 1);
		if (!strncmp(m->name, "group", 5) &&
		    m->type->kind == PER_SEQUENCE && is_hollow(m->type, p))
			*(void **)((char *)v + m->offset) = NULL;
	}
}


static unsigned least_deep(struct maker *mk, const struct per_type *t)
{
	unsigned best = 0;

	for (unsigned i = 1; i < t->total; i++) {
		if (depth_known(mk, t->members[i].type) <
		    depth_known(mk, t->members[best].type))
			best = i;
	}
	return best;
}


static void make_choice(struct maker *mk, const struct per_type *t, void *v,
			unsigned depth)
{
	const unsigned i = lean(mk, depth) ? least_deep(mk, t)
					   : (unsigned)below(mk, t->total);
	void *p;

	--mk->budget;
	choice_set(t, v, (int)i + 1);
	p = member_room(mk, &t->members[i], v);
	if (!p)
		return;
	mk->in_key = !strcmp(t->members[i].name, "certProtectedKey");
	make(mk, t->members[i].type, p, depth + 1);
	mk->in_key = false;
}


static void make_list(struct maker *mk, const struct per_type *t, void *v,
		      unsigned depth)
{
	const struct per_type *et = t->members[0].type;
	const size_t lb = (size_t)t->count.lb;
	size_t n = size_any(mk, &t->count, depth);

	/* long ones only of what is small */
	if (n > 20 && depth_known(mk, et))
		n = lb > 3 ? lb : 3;
	--mk->budget;
	for (size_t i = 0; i < n && !mk->err; i++) {
		void *p;

		if (i >= lb && lean(mk, depth) && n < FRAGMENT)
			return;
		p = room(mk, et->size);
		if (!p)
			return;
		make(mk, et, p, depth + 1);
		mk->err = mk->err ? mk->err : per_msg_append(mk->msg, v, p);
	}
}


static void make(struct maker *mk, const struct per_type *t, void *v,
		 unsigned depth)
{
	switch (t->kind) {

	case PER_BOOLEAN:
		*(int *)v = (int)below(mk, 2);
		break;
	case PER_INTEGER:
		make_integer(mk, t, v);
		break;
	case PER_ENUMERATED:
		*(long *)v = t->enums[below(mk, t->total)].value;
		break;
	case PER_BIT_STRING:
		make_bits(mk, t, v, depth);
		break;
	case PER_OCTET_STRING:
	case PER_STRING:
	case PER_BMP_STRING:
		make_string(mk, t, v, depth);
		break;
	case PER_OID:
		make_oid(mk, v);
		break;
	case PER_OPEN:
		make_open(mk, v, depth);
		break;
	case PER_SEQUENCE:
		make_sequence(mk, t, v, depth);
		break;
	case PER_SEQUENCE_OF:
		make_list(mk, t, v, depth);
		break;
	case PER_CHOICE:
		make_choice(mk, t, v, depth);
		break;
	case PER_NULL:
	case PER_UNKNOWN:
	case PER_NESTED:
		break;
	}
}


/* ---- what others call ---- */

int maker_make(struct per_msg **msgp, struct maker *mk,
	       const struct per_type *type, uint64_t index)
{
	int err = per_msg_alloc(&mk->msg, mk->per, type);

	if (err)
		return err;
	mk->state = mk->seed * 0x2545f4914f6cdd1du + index;
	(void)next(mk);
	mk->err = 0;
	mk->budget = (long)(mk->most * between(mk, 1, 20) / 20);
	if (!below(mk, 20))
		mk->budget = 10 * (long)mk->most;
	mk->often = (unsigned)between(mk, 1, 90);
	switch (below(mk, 8)) {

	case 0:
		mk->often = 0;
		break;
	case 1:
		mk->often = 100;
		break;
	default:
		break;
	}
	mk->may_be_long = !below(mk, 20);
	make(mk, type, per_msg_value(mk->msg), 0);
	if (mk->err)
		per_msg_free(mk->msg);
	else
		*msgp = mk->msg;
	return mk->err;
}


void maker_avoid(struct maker *mk, enum maker_fault fault)
{
	mk->avoid[fault] = true;
}


size_t maker_turned_away(const struct maker *mk, enum maker_fault fault)
{
	return mk->turned_away[fault];
}


/*
 * asn1c has tables too of what has no name in a module: of built-in types, some
 * with a blank in theirs, and of templates ("SIGNED {X}").
 */
static bool is_nameless(const char *name)
{
	static const char *const names[] = {
		"ANY", "BMPString", "BOOLEAN", "ENUMERATED", "GeneralString",
		"IA5String", "INTEGER", "NULL", "NumericString",
		"PrintableString", "SEQUENCE", "UTF8String", "VisibleString",
		"SIGNED", "ENCRYPTED", "HASHED",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	return strchr(name, ' ') != NULL;
}


void maker_types(const struct per *per, type_name_h *nameh, void *arg)
{
	for (size_t i = 0; i < TYPE_BUCKETS; i++) {
		for (const struct per_type *t = per->buckets[i]; t;
		     t = t->next) {
			if (!is_nameless(t->td->name) &&
			    per_type_find(per, t->td->name) == t)
				nameh(t->td->name, arg);
		}
	}
}


int maker_alloc(struct maker **mkp, const struct per *per, uint64_t seed,
		unsigned budget)
{
	struct maker *mk = calloc(1, sizeof(*mk));

	if (!mk)
		return ENOMEM;
	mk->per = per;
	mk->seed = seed;
	mk->most = budget;
	if (depths_set(mk)) {
		maker_free(mk);
		return ENOMEM;
	}
	*mkp = mk;
	return 0;
}


void maker_free(struct maker *mk)
{
	if (!mk)
		return;
	free(mk->depth);
	free(mk);
}
