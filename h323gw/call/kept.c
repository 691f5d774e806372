/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kept.c  Connections that terminals behind NATs keep open to be called
 *
 * Nobody can connect to such a terminal. Whose a connection is it says itself,
 * by its endpointIdentifier or a call's identifier; who says nothing is known
 * if there is no other whose it could be.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/call/host.h"


enum {
	KEPT_MAX = 64, /* endpoints of one address that are told apart */
};

/** What there is from an address */
struct kept {
	const struct reach *reach;
	struct sig *theirs, *perhaps;
	unsigned strangers;
	const char *others[KEPT_MAX]; /* endpoints that have their own */
	unsigned otherc;
};


/* is it a terminal's that we can't connect to? */
bool sig_is_kept(const struct sig *s)
{
	return !s->ours && s->known && s->reach.nat && s->reach.endpoint[0];
}


static uint32_t ip_key(const struct addr *a)
{
	char ip[ADDR_STRLEN];

	return hash_joaat_str(addr_ip_str(a, ip));
}


/* it may be found by the address it comes from */
void sig_keep(struct sig *s)
{
	hash_append(s->cs->by_ip, ip_key(&s->from), &s->le_ip, s);
}


static void other(struct kept *k, const char *endpoint)
{
	for (unsigned i = 0; i < k->otherc; i++) {
		if (!strcmp(k->others[i], endpoint))
			return;
	}
	if (k->otherc < KEPT_MAX)
		k->others[k->otherc++] = endpoint;
}


static bool kept_look(struct le *le, void *arg)
{
	struct sig *s  = le->data;
	struct kept *k = arg;

	if (!s->conn || !addr_ip_eq(&s->from, &k->reach->seen))
		return false;
	if (!s->known) {
		k->perhaps = s;
		++k->strangers;
	} else if (!strcmp(s->reach.endpoint, k->reach->endpoint)) {
		k->theirs = s;
	} else {
		other(k, s->reach.endpoint);
	}

	return false;
}


/* the connection that a terminal behind a NAT keeps open for us: one by which
 * it said who it is, or the only one from there without an owner, where all
 * others who are registered from there have theirs */
struct sig *sig_kept(struct calls *cs, const struct reach *r)
{
	struct kept k = {.reach = r};

	(void)hash_lookup(cs->by_ip, ip_key(&r->seen), kept_look, &k);
	if (k.theirs)
		return k.theirs;
	if (k.strangers != 1 || gk_registered_at(cs->gk, r) > k.otherc + 1)
		return NULL;

	return k.perhaps;
}


/* ---- who it is ---- */

/* its endpointIdentifier as it stands in Facility, in ASCII: so terminals do it
 * that know GNU Gatekeeper */
static bool identifier(char id[REACH_ENDPOINT_LEN], const struct q931 *q)
{
	const struct q931_ie *ie = q931_find(q, Q931_IE_FACILITY);

	if (!ie || !ie->len || ie->len >= REACH_ENDPOINT_LEN)
		return false;
	memcpy(id, ie->p, ie->len);
	id[ie->len] = '\0';
	for (const char *p = id; *p; p++) {
		if (*p < ' ' || *p > '~')
			return false;
	}

	return strlen(id) == ie->len;
}


/* a terminal behind a NAT opens its connection before there is a call, and
 * says by it who it is */
void sig_introduction(struct sig *s, const struct q931 *q)
{
	const struct call_env *e = s->cs->env;
	char id[REACH_ENDPOINT_LEN];
	uint8_t call_id[GUID_LEN];
	struct reach r;
	struct uuie u;

	if (s->ours || s->door)
		return;
	/* which may be another one after a new registration */
	if (identifier(id, q)) {
		if (gk_caller(s->cs->gk, &r, s->agent, &s->from, id, NULL) &&
		    !strcmp(r.endpoint, id))
			sig_known(s, &r);
		return;
	}
	if (s->known || uuie_decode(&u, e->per, e->uu, q))
		return;
	if (u.callIdentifier && guid_get(call_id, &u.callIdentifier->guid) &&
	    gk_caller(s->cs->gk, &r, s->agent, &s->from, NULL, call_id))
		sig_known(s, &r);
	uuie_reset(&u);
}
