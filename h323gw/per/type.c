/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding types, and knowing those that hold addresses or carry other messages.
 * Owns nothing: the types are struct per's.
 */
#include "h323gw/per/priv.h"


static int find_member(const struct per_type *t, const char *name)
{
	for (unsigned i = 0; i < t->total; i++) {
		if (!strcmp(t->members[i].name, name))
			return (int)i;
	}
	return -1;
}


static void address_mark(struct per_type *t)
{
	int ip = find_member(t, "ip"), port = find_member(t, "port");

	if (ip < 0) {
		ip = find_member(t, "network");
		port = find_member(t, "tsapIdentifier");
	}
	if (ip < 0 || port < 0 || (unsigned)ip >= t->root ||
	    t->members[ip].type->kind != PER_OCTET_STRING ||
	    t->members[port].type->kind != PER_INTEGER)
		return;
	t->role = ROLE_ADDRESS;
	t->ip = (unsigned)ip;
	t->port = (unsigned)port;
}


/* Types in which the codec looks for more than ASN.1 says. */
void role_mark(const struct per *per, struct per_type *t)
{
	static const struct {
		const char *name, *type;
		enum per_kind kind;
		enum role role;
	} known[] = {
		{"fastStart", "OpenLogicalChannel", PER_SEQUENCE_OF,
		 ROLE_CARRIER},
		{"h245Control", "MultimediaSystemControlMessage",
		 PER_SEQUENCE_OF, ROLE_CARRIER},
		{"parallelH245Control", "MultimediaSystemControlMessage",
		 PER_SEQUENCE_OF, ROLE_CARRIER},
		{"MulticastAddress", NULL, PER_CHOICE, ROLE_MULTICAST},
		{"GenericData", "IncomingCallIndication", PER_SEQUENCE,
		 ROLE_H225_GENERIC},
		{"GenericMessage", "TraversalParameters", PER_SEQUENCE,
		 ROLE_H245_GENERIC},
		{"GenericInformation", "TraversalParameters", PER_SEQUENCE,
		 ROLE_H245_GENERIC},
	};

	if (t->kind == PER_SEQUENCE)
		address_mark(t);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (t->kind != known[i].kind || strcmp(t->name, known[i].name))
			continue;
		t->role = known[i].role;
		t->carries = per_type_find(per, known[i].type);
	}
}


const struct per_type *per_type_of(const struct per *per,
				   const struct asn_TYPE_descriptor_s *td)
{
	return per && td ? type_seek(per, td, td->per_constraints) : NULL;
}


const struct per_type *per_type_find(const struct per *per, const char *name)
{
	/* anonymous types are called as their field: in small letters */
	if (!per || !name || name[0] < 'A' || name[0] > 'Z')
		return NULL;
	for (size_t i = 0; i < TYPE_BUCKETS; i++) {
		for (const struct per_type *t = per->buckets[i]; t;
		     t = t->next) {
			if (!strcmp(t->td->name, name) &&
			    t->constraints == t->td->per_constraints)
				return t;
		}
	}
	return NULL;
}


const char *per_type_name(const struct per_type *type)
{
	return type ? type->name : NULL;
}


const struct asn_TYPE_descriptor_s *per_type_td(const struct per_type *type)
{
	return type ? type->td : NULL;
}
