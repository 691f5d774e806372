/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file hide.c  What one side says, without what is not the other's to see
 *
 * Fields that come or go are edited in the decoded message, which then is
 * encoded anew; addresses are written over in the encoded one.
 */
#include <errno.h>
#include <string.h>
#include <AliasAddress.h>
#include <ClearToken.h>
#include "h323gw/call/hide.h"
#include "h323gw/call/words.h"
#include "h323gw/h225/field.h"

/* H.235.0 §8.2: access tokens of the RAS; for us, not for the far end */
#define OID_CAT "1.2.840.113548.10.1.2.1"


/* ---- addresses ---- */

bool hide_address(const struct per_addr *a, struct per_ipport *to, void *arg)
{
	const struct hiding *h = arg;
	const struct addr *own = &h->own;
	const struct call_io *io = &h->c->env->io;

	if (per_addr_within(a, "fastStart") ||
	    per_addr_within(a, "h245Control") ||
	    per_addr_within(a, "parallelH245Control"))
		return io->media_rewrite(h->c, h->from, a, to, h->c->arg);

	if (per_addr_within(a, "h245Address") && addr_is_set(&h->h245))
		own = &h->h245;
	else if ((per_addr_within(a, "destCallSignalAddress") ||
		  per_addr_within(a, "destinationAddress")) &&
		 addr_is_set(&h->dest))
		own = &h->dest;

	if (addr_family(own) == AF_INET6) {
		to->ip_len = 16;
		memcpy(to->ip, &own->u.in6.sin6_addr, 16);
	} else {
		to->ip_len = 4;
		memcpy(to->ip, &own->u.in.sin_addr, 4);
	}
	to->port = addr_port(own);

	return true;
}


/* a source route tells the way there: none is to be told */
static int route_drop(struct uuie *u, TransportAddress_t *ta,
		      const struct addr *own, bool *changed)
{
	if (!ta || ta->present == TransportAddress_PR_ipAddress ||
	    ta->present == TransportAddress_PR_ip6Address)
		return 0;
	*changed = true;

	return h225_addr_set(ta, u->msg, own);
}


/* ---- fields ---- */

static void tokens_drop(struct uuie *u, bool *changed)
{
	if (u->cryptoTokens && *u->cryptoTokens) {
		*u->cryptoTokens = NULL;
		*changed	 = true;
	}
	if (!u->tokens || !*u->tokens)
		return;
	for (int i = uuie_list(*u->tokens).count; i-- > 0;) {
		const ClearToken_t *t = uuie_list(*u->tokens).array[i];

		if (!oid_eq(&t->tokenOID, OID_CAT))
			continue;
		uuie_list_remove(*u->tokens, i);
		*changed = true;
	}
	if (!uuie_list(*u->tokens).count) {
		*u->tokens = NULL;
		*changed   = true;
	}
}


/* one call, one connection: what the far end does with its own is no promise
 * of ours */
static void promises_drop(struct uuie *u, bool *changed)
{
	BOOLEAN_t **const v[] = {u->multipleCalls, u->maintainConnection};

	for (size_t i = 0; i < 2; i++) {
		if (!v[i] || !uuie_bool(*v[i]))
			continue;
		**v[i]	 = 0;
		*changed = true;
	}
}


static bool is_text(const struct alias *a)
{
	return a->type == ALIAS_URL_ID || a->type == ALIAS_EMAIL_ID ||
	       a->type == ALIAS_H323_ID;
}


/* a host is ours, whoever's it was; elsewhere the sender's addresses are.
 * What does not fit then says where we are, and nothing else. */
static bool text_edit(struct alias *a, const struct hiding *h)
{
	const struct alias was = *a;
	char *host	       = alias_host(a);
	char ip[ADDR_STRLEN];
	size_t len;
	int err;

	if (!host) {
		err = words_write(a->text, sizeof(a->text) - 1, &len,
				  was.text, strlen(was.text), h);
		if (err == ENOENT)
			return false;
		a->text[err ? 0 : len] = '\0';
		if (!err)
			return true;
		host = a->text;
	}
	str_ncpy(host, addr_ip_str(&h->own, ip),
		 sizeof(a->text) - (size_t)(host - a->text));

	return true;
}


static int alias_edit(struct uuie *u, AliasAddress_t *aa,
		      const struct hiding *h, bool *changed)
{
	struct alias a;

	if (!alias_get(&a, aa) || !is_text(&a) || !text_edit(&a, h))
		return 0;
	*changed = true;

	return alias_set(aa, u->msg, &a);
}


/* addresses that stand in names */
static int aliases_edit(struct uuie *u, const struct hiding *h, bool *changed)
{
	int err = 0;

	for (size_t l = 0; l < UUIE_ALIASES_MAX; l++) {
		const struct uuie_list list =
			uuie_list(u->aliases[l] ? *u->aliases[l] : NULL);

		for (int i = 0; i < list.count && !err; i++)
			err = alias_edit(u, list.array[i], h, changed);
	}

	return err;
}


static int setup_edit(struct uuie *u, const struct hiding *h, bool *changed)
{
	Setup_UUIE_t *s = uuie_setup(u);
	int err;

	if (!s)
		return 0;
	if (s->endpointIdentifier || *h->as) {
		s->endpointIdentifier =
			*h->as ? field_bmp(u->msg, h->as) : NULL;
		*changed = true;
	}
	err = route_drop(u, s->sourceCallSignalAddress, &h->own, changed);
	if (!err)
		err = route_drop(u, s->destCallSignalAddress, &h->dest,
				 changed);

	return err;
}


int hide_edit(struct uuie *u, const struct hiding *h, bool *changed)
{
	Facility_UUIE_t *f = uuie_facility(u);
	int err;

	tokens_drop(u, changed);
	promises_drop(u, changed);
	err = setup_edit(u, h, changed);
	if (!err)
		err = aliases_edit(u, h, changed);
	if (!err)
		err = words_edit(u, h, changed);
	if (!err && f)
		err = route_drop(u, f->alternativeAddress, &h->own, changed);
	if (!err && u->h245Address && *u->h245Address &&
	    addr_is_set(&h->h245))
		err = route_drop(u, *u->h245Address, &h->h245, changed);

	return err;
}


/* ---- another number ---- */

static int destination_append(struct uuie *u, const struct alias *a)
{
	Setup_UUIE_t *s = uuie_setup(u);
	AliasAddress_t *aa;
	int err;

	if (!s->destinationAddress)
		s->destinationAddress = per_msg_zalloc(
			u->msg, sizeof(*s->destinationAddress));
	aa = per_msg_zalloc(u->msg, sizeof(*aa));
	if (!aa || !s->destinationAddress)
		return ENOMEM;
	err = alias_set(aa, u->msg, a);

	return err ? err
		   : per_msg_append(u->msg, &s->destinationAddress->list, aa);
}


int hide_destination(struct uuie *u, const struct alias *v, size_t n)
{
	Setup_UUIE_t *s = uuie_setup(u);
	int err		= 0;

	s->destinationAddress = NULL;
	for (size_t i = 0; i < n && !err; i++)
		err = destination_append(u, &v[i]);

	return err;
}


int hide_called_number(struct q931 *q, const struct alias *a,
		       struct called_number *room)
{
	const struct q931_ie *ie = q931_find(q, Q931_IE_CALLED_NUMBER);
	const size_t len	 = strlen(a->text);

	if (!ie)
		return 0;
	if (!alias_is_number(a) || len >= sizeof(room->p)) {
		q931_ie_remove(q, Q931_IE_CALLED_NUMBER);
		return 0;
	}
	/* type and numbering plan stay what they were (Q.931 §4.5.8) */
	room->p[0] = ie->len ? ie->p[0] : 0x81;
	memcpy(room->p + 1, a->text, len);

	return q931_ie_set(q, Q931_IE_CALLED_NUMBER, room->p, len + 1);
}
