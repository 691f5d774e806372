/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From asn1c's descriptors to struct per_type. All that is peculiar about the
 * descriptors of asn1c 0.9.28 is known here and nowhere else; each place says
 * what it works round. Owns the types of a struct per.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "h323gw/per/priv.h"
#include <NativeInteger.h>
#include <constr_CHOICE.h>
#include <constr_SEQUENCE.h>
#include <constr_SEQUENCE_OF.h>

extern asn_TYPE_descriptor_t *asn_pdu_collection[];

struct alphabet_item {
	struct alphabet_item *next;
	struct alphabet alphabet;
	const void *constraints;
};

/* Names that h323gw/asn1 prefixes because two modules have them. */
static const char *const prefixed[] = {
	"H235NonStandardParameter", "H245IV16", "H245IV8",
	"H245NonStandardIdentifier", "H245NonStandardMessage",
	"H245NonStandardParameter", "H245Params", "H245Password",
	"H245TransportAddress",
};

static int type_get(struct per *per, const struct per_type **typep,
		    asn_TYPE_descriptor_t *td,
		    const asn_per_constraints_t *pc);


static const char *plain_name(const char *name)
{
	for (size_t i = 0; i < sizeof(prefixed) / sizeof(*prefixed); i++) {
		if (!strcmp(name, prefixed[i]))
			return name + strlen("H245");
	}
	return name;
}


static unsigned type_bucket(const struct asn_TYPE_descriptor_s *td)
{
	return (unsigned)(((uintptr_t)td >> 4) % TYPE_BUCKETS);
}


struct per_type *type_seek(const struct per *per,
			   const struct asn_TYPE_descriptor_s *td,
			   const void *pc)
{
	struct per_type *t = per->buckets[type_bucket(td)];

	while (t && (t->td != td || t->constraints != pc))
		t = t->next;
	return t;
}


static void range_set(struct range *r, const asn_per_constraint_t *c)
{
	r->extensible = c->flags & APC_EXTENSIBLE;
	r->has_ub = c->flags & APC_CONSTRAINED;
	r->has_lb = c->flags & (APC_CONSTRAINED | APC_SEMI_CONSTRAINED);
	r->lb = r->has_lb ? c->lower_bound : 0;
	r->ub = r->has_ub ? c->upper_bound : 0;
}


/* A length has a lower bound always, and a large upper one doesn't count. */
static void count_set(struct range *r, const asn_per_constraints_t *pc)
{
	if (pc)
		range_set(r, &pc->size);
	if (!r->has_lb) {
		r->has_lb = true;
		r->lb = 0;
	}
}


/* The universal tag; a string lists OCTET STRING's after its own. 0: none */
static unsigned universal(const asn_TYPE_descriptor_t *td)
{
	for (int i = 0; i < td->all_tags_count; i++) {
		if (BER_TAG_CLASS(td->all_tags[i]) == ASN_TAG_CLASS_UNIVERSAL)
			return BER_TAG_VALUE(td->all_tags[i]);
	}
	return 0;
}


static int alphabet_set(struct per *per, struct per_type *t,
			const asn_per_constraints_t *pc)
{
	struct alphabet_item *it = calloc(1, sizeof(*it));
	struct alphabet *a;

	if (!it)
		return ENOMEM;
	it->next = per->alphabets;
	per->alphabets = it;
	a = &it->alphabet;

	for (long c = pc->value.lower_bound;
	     c <= pc->value.upper_bound && c < 256; c++) {
		if (pc->value2code && pc->value2code((unsigned)c) < 0)
			continue;
		a->character[a->count] = (uint8_t)c;
		a->code[c] = (uint8_t)++a->count;
	}
	/* bits for aligned PER, where asn1c has those for unaligned */
	a->bits = 1;
	while (a->bits < bits_for(a->count))
		a->bits *= 2;
	a->indexed = a->count && a->bits < 8 &&
		     a->character[a->count - 1] >= 1u << a->bits;
	t->alphabet = a->bits < 8 ? a : NULL;
	return 0;
}


static int string_set(struct per *per, struct per_type *t, unsigned tag,
		      const asn_per_constraints_t *pc)
{
	t->size = sizeof(OCTET_STRING_t);
	t->kind = PER_STRING;
	switch (tag) {

	case 18: /* NumericString */
	case 19: /* PrintableString */
	case 22: /* IA5String */
	case 26: /* VisibleString */
		t->known_multiplier = true;
		count_set(&t->count, pc);
		if (pc && pc->value.flags & APC_CONSTRAINED)
			return alphabet_set(per, t, pc);
		if (t->td->per_constraints)
			return alphabet_set(per, t, t->td->per_constraints);
		return 0;

	case 30:
		t->kind = PER_BMP_STRING;
		t->known_multiplier = true;
		count_set(&t->count, pc);
		return 0;

	default: /* their size is not PER-visible */
		count_set(&t->count, NULL);
		return 0;
	}
}


static int enumerated_set(struct per_type *t)
{
	const asn_INTEGER_specifics_t *spc = t->td->specifics;
	struct enumeral *e;

	if (!spc || spc->map_count < 1)
		return ENOTSUP;
	e = calloc((size_t)spc->map_count, sizeof(*e));
	if (!e)
		return ENOMEM;
	t->enums = e;
	t->total = (unsigned)spc->map_count;
	/* counted from 1, where the marker itself takes a number */
	t->extensible = spc->extension != 0;
	t->root = t->extensible ? (unsigned)spc->extension - 1 : t->total;
	if (t->root > t->total)
		return ENOTSUP;
	for (unsigned i = 0; i < t->total; i++) {
		e[i].name = spc->value2enum[i].enum_name;
		e[i].value = spc->value2enum[i].nat_value;
	}
	return 0;
}


static int members_set(struct per *per, struct per_type *t)
{
	const asn_TYPE_descriptor_t *td = t->td;

	t->total = (unsigned)td->elements_count;
	t->members = calloc(t->total + 1u, sizeof(*t->members));
	if (!t->members)
		return ENOMEM;
	for (unsigned i = 0; i < t->total; i++) {
		const asn_TYPE_member_t *m = &td->elements[i];
		struct per_member *pm = &t->members[i];
		int err;

		/* no module has a DEFAULT: nothing here knows of any */
		if (m->default_value)
			return ENOTSUP;
		pm->name = m->name;
		pm->offset = (size_t)m->memb_offset;
		pm->pointer = m->flags & ATF_POINTER;
		err = type_get(per, &pm->type, m->type, m->per_constraints);
		if (err)
			return err;
	}
	return 0;
}


static int sequence_set(struct per_type *t)
{
	const asn_SEQUENCE_specifics_t *spc = t->td->specifics;

	t->kind = PER_SEQUENCE;
	t->size = (size_t)spc->struct_size;
	t->ctx_offset = (size_t)spc->ctx_offset;
	t->root = t->total;
	/*
	 * A SEQUENCE { ... } looks as if it had no marker, and one that begins
	 * with the marker has no element before its additions. In no module do
	 * root elements follow the additions.
	 */
	if (!t->total) {
		t->extensible = true;
	}
	else if (spc->ext_before > spc->ext_after) {
		t->extensible = true;
		t->root = (unsigned)(spc->ext_after + 1);
		if ((unsigned)spc->ext_before <= t->total)
			return ENOTSUP;
	}
	t->optionals = (unsigned)spc->roms_count;
	if (t->optionals > 64)
		return ENOTSUP;
	for (unsigned i = 0; i < t->optionals; i++)
		t->members[spc->oms[i]].optional = true;
	for (unsigned i = 0; i < t->total; i++) {
		if ((t->members[i].optional || i >= t->root) &&
		    !t->members[i].pointer)
			return ENOTSUP;
	}
	return 0;
}


static int choice_set_up(struct per_type *t)
{
	const asn_CHOICE_specifics_t *spc = t->td->specifics;

	t->kind = PER_CHOICE;
	t->size = (size_t)spc->struct_size;
	t->ctx_offset = (size_t)spc->ctx_offset;
	t->present_offset = (size_t)spc->pres_offset;
	if (spc->canonical_order || spc->pres_size != sizeof(int))
		return ENOTSUP;
	t->extensible = spc->ext_start >= 0;
	t->root = t->extensible ? (unsigned)spc->ext_start : t->total;
	return 0;
}


static int constructed_set(struct per *per, struct per_type *t,
			   const asn_per_constraints_t *pc)
{
	int err = members_set(per, t);

	if (err)
		return err;
	if (t->td->free_struct == SEQUENCE_free)
		return sequence_set(t);
	if (t->td->free_struct == CHOICE_free)
		return choice_set_up(t);
	if (t->td->free_struct != SEQUENCE_OF_free || t->total != 1)
		return ENOTSUP;
	t->kind = PER_SEQUENCE_OF;
	t->size = (size_t)((asn_SET_OF_specifics_t *)t->td->specifics)
			  ->struct_size;
	count_set(&t->count, pc);
	return 0;
}


static int type_set(struct per *per, struct per_type *t,
		    const asn_per_constraints_t *pc)
{
	const unsigned tag = universal(t->td);

	switch (tag) {

	case 1:
		t->kind = PER_BOOLEAN;
		t->size = sizeof(int);
		return 0;
	case 2:
		t->kind = PER_INTEGER;
		t->size = sizeof(long);
		if (t->td->free_struct != NativeInteger_free)
			return ENOTSUP;
		if (pc)
			range_set(&t->value, &pc->value);
		return 0;
	case 3:
		t->kind = PER_BIT_STRING;
		t->size = sizeof(BIT_STRING_t);
		count_set(&t->count, pc);
		return 0;
	case 4:
		t->kind = PER_OCTET_STRING;
		t->size = sizeof(OCTET_STRING_t);
		count_set(&t->count, pc);
		return 0;
	case 5:
		t->kind = PER_NULL;
		t->size = sizeof(int);
		return 0;
	case 6:
		t->kind = PER_OID;
		t->size = sizeof(OCTET_STRING_t);
		count_set(&t->count, NULL);
		return 0;
	case 10:
		t->kind = PER_ENUMERATED;
		t->size = sizeof(long);
		return enumerated_set(t);
	case 16: case 17:
		return constructed_set(per, t, pc);
	case 0:
		if (t->td->free_struct == CHOICE_free)
			return constructed_set(per, t, pc);
		/* TYPE-IDENTIFIER.&Type: asn1c knows it as ANY */
		t->kind = PER_OPEN;
		t->size = sizeof(OCTET_STRING_t);
		count_set(&t->count, NULL);
		return 0;
	default:
		return string_set(per, t, tag, pc);
	}
}


static int type_get(struct per *per, const struct per_type **typep,
		    asn_TYPE_descriptor_t *td, const asn_per_constraints_t *pc)
{
	struct per_type **b = &per->buckets[type_bucket(td)], *t;

	/* derived types complete their descriptor when first used */
	td->free_struct(td, NULL, 0);

	if (!pc)
		pc = td->per_constraints;
	t = type_seek(per, td, pc);
	if (t) {
		*typep = t;
		return 0;
	}
	t = calloc(1, sizeof(*t));
	if (!t)
		return ENOMEM;
	t->td = td;
	t->constraints = pc;
	t->name = plain_name(td->name);
	t->next = *b;
	*b = t;
	*typep = t;
	return type_set(per, t, pc);
}


int table_build(struct per *per)
{
	/* asn1c's descriptors are global, and completing them writes */
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	const struct per_type *t;
	int err = 0;

	pthread_mutex_lock(&mutex);
	for (size_t i = 0; !err && asn_pdu_collection[i]; i++)
		err = type_get(per, &t, asn_pdu_collection[i], NULL);
	pthread_mutex_unlock(&mutex);
	if (err)
		return err;

	for (size_t i = 0; i < TYPE_BUCKETS; i++) {
		for (struct per_type *m = per->buckets[i]; m; m = m->next)
			role_mark(per, m);
	}
	return 0;
}


void table_free(struct per *per)
{
	for (size_t i = 0; i < TYPE_BUCKETS; i++) {
		for (struct per_type *t = per->buckets[i], *n; t; t = n) {
			n = t->next;
			free(t->members);
			free((void *)t->enums);
			free(t);
		}
	}
	while (per->alphabets) {
		struct alphabet_item *it = per->alphabets;

		per->alphabets = it->next;
		free(it);
	}
}
