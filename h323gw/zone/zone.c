/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file zone.c  The zone: all endpoints registered here
 *
 * Owns the endpoints and what finds them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "heap.h"
#include "zone.h"
#include "zone_priv.h"

enum {
	ENDPOINTS_MAX = 100000, /* default */
};

/** What an endpoint's identity is hashed over */
struct identity {
	char agent[REACH_AGENT_LEN];
	uint8_t signalling[16], seen[16];
	uint16_t port;
};


int zone_alloc(struct zone **zp, const struct zone_conf *conf)
{
	struct zone *z = calloc(1, sizeof(*z));

	if (!z)
		return ENOMEM;
	z->conf = *conf;
	if (!z->conf.endpoints_max)
		z->conf.endpoints_max = ENDPOINTS_MAX;
	*zp = z;

	return 0;
}


void zone_free(struct zone *z)
{
	if (!z)
		return;
	while (z->due.n)
		zone_remove(z->due.v[z->due.n - 1].ep);
	index_reset(&z->by_id);
	index_reset(&z->by_address);
	index_reset(&z->by_alias);
	index_reset(&z->by_prefix);
	heap_reset(&z->due);
	free(z);
}


size_t zone_count(const struct zone *z)
{
	return z->due.n;
}


/* ---- by identifier ---- */

static struct endpoint *of_id(const struct index_node *n)
{
	return (struct endpoint *)(uintptr_t)((const char *)n -
		offsetof(struct endpoint, by_id));
}


static int id_match(const struct index_node *n, const void *key)
{
	return !strcmp(of_id(n)->id, key);
}


struct endpoint *zone_by_id(const struct zone *z, const char *id)
{
	const uint64_t hash  = index_hash(z->conf.seed, id, strlen(id));
	struct index_node *n = index_find(&z->by_id, hash, id_match, id);

	return n ? of_id(n) : NULL;
}


/* ---- by address ---- */

static struct endpoint *of_address(const struct index_node *n)
{
	return (struct endpoint *)(uintptr_t)((const char *)n -
		offsetof(struct endpoint, by_address));
}


static void ip_octets(uint8_t p[16], const struct addr *a)
{
	if (addr_family(a) == AF_INET)
		memcpy(p, &a->u.in.sin_addr, 4);
	else if (addr_family(a) == AF_INET6)
		memcpy(p, &a->u.in6.sin6_addr, 16);
}


static void identity_set(struct identity *id, const char *agent,
			 const struct addr *signalling,
			 const struct addr *seen)
{
	memset(id, 0, sizeof(*id));
	strncpy(id->agent, agent, sizeof(id->agent) - 1);
	ip_octets(id->signalling, signalling);
	ip_octets(id->seen, seen);
	id->port = addr_port(signalling);
}


static int identity_match(const struct index_node *n, const void *key)
{
	const struct endpoint_address *at = &of_address(n)->at;
	struct identity id;

	identity_set(&id, at->agent, &at->signalling, &at->seen);

	return !memcmp(&id, key, sizeof(id));
}


static struct endpoint *identity_find(const struct zone *z, uint64_t *hash,
				      const char *agent,
				      const struct addr *signalling,
				      const struct addr *seen)
{
	struct identity id;
	struct index_node *n;

	identity_set(&id, agent, signalling, seen);
	*hash = index_hash(z->conf.seed, &id, sizeof(id));
	n     = index_find(&z->by_address, *hash, identity_match, &id);

	return n ? of_address(n) : NULL;
}


struct endpoint *zone_by_address(const struct zone *z, const char *agent,
				 const struct addr *signalling,
				 const struct addr *seen)
{
	uint64_t hash;

	return identity_find(z, &hash, agent, signalling, seen);
}


/* ---- coming, moving, going ---- */

static int enter(struct zone *z, struct endpoint *ep, uint64_t address_hash)
{
	const uint64_t hash =
		index_hash(z->conf.seed, ep->id, strlen(ep->id));
	int err;

	err = heap_add(&z->due, ep);
	if (err)
		return err;
	err = index_add(&z->by_id, &ep->by_id, hash);
	if (!err) {
		err = index_add(&z->by_address, &ep->by_address, address_hash);
		if (err)
			index_remove(&z->by_id, &ep->by_id);
	}
	if (err)
		heap_remove(&z->due, ep);

	return err;
}


int zone_add(struct endpoint **epp, struct zone *z, const char *id,
	     const struct endpoint_address *at, int64_t due)
{
	struct endpoint *ep;
	uint64_t hash;
	int err;

	if (strlen(id) >= sizeof(ep->id))
		return EINVAL;
	if (z->due.n >= z->conf.endpoints_max)
		return ENFILE;
	if (zone_by_id(z, id) ||
	    identity_find(z, &hash, at->agent, &at->signalling, &at->seen))
		return EEXIST;

	ep = calloc(1, sizeof(*ep));
	if (!ep)
		return ENOMEM;
	ep->zone = z;
	ep->at	 = *at;
	ep->due	 = due;
	memcpy(ep->id, id, strlen(id));
	err = enter(z, ep, hash);
	if (err) {
		free(ep);
		return err;
	}
	*epp = ep;

	return 0;
}


void zone_remove(struct endpoint *ep)
{
	struct zone *z = ep->zone;

	zone_unmark(ep);
	(void)zone_drop_unmarked(ep);
	index_remove(&z->by_id, &ep->by_id);
	index_remove(&z->by_address, &ep->by_address);
	heap_remove(&z->due, ep);
	free(ep->vendor);
	free(ep);
}


int zone_move(struct endpoint *ep, const struct endpoint_address *at)
{
	struct zone *z = ep->zone;
	struct endpoint *other;
	uint64_t hash;

	other = identity_find(z, &hash, at->agent, &at->signalling, &at->seen);
	if (other && other != ep)
		return EEXIST;
	if (!other) {
		/* there is room: one has gone */
		index_remove(&z->by_address, &ep->by_address);
		(void)index_add(&z->by_address, &ep->by_address, hash);
	}
	ep->at = *at;

	return 0;
}


void zone_due(struct endpoint *ep, int64_t due)
{
	ep->due = due;
	heap_moved(&ep->zone->due, ep);
}


int zone_vendor(struct endpoint *ep, const char *vendor)
{
	char *copy = NULL;

	if (ep->vendor && vendor && !strcmp(ep->vendor, vendor))
		return 0;
	if (vendor && *vendor) {
		copy = strdup(vendor);
		if (!copy)
			return ENOMEM;
	}
	free(ep->vendor);
	ep->vendor = copy;

	return 0;
}


struct endpoint *zone_overdue(const struct zone *z, int64_t now)
{
	return z->due.n && z->due.v[0].due <= now ? z->due.v[0].ep : NULL;
}


int64_t zone_next_due(const struct zone *z)
{
	return z->due.n ? z->due.v[0].due : INT64_MAX;
}


int zone_each(struct zone *z, zone_each_h *h, void *arg)
{
	size_t i;

	for (i = 0; i < z->by_id.size; i++) {
		struct index_node *n = z->by_id.chains[i];

		while (n) {
			struct index_node *next = n->next;
			const int e = h(of_id(n), arg);

			if (e)
				return e;
			n = next;
		}
	}

	return 0;
}


/* ---- what others want to know ---- */

void endpoint_reach(struct reach *r, const struct endpoint *ep)
{
	const struct zone_alias *a = ep->aliases;

	memset(r, 0, sizeof(*r));
	memcpy(r->agent, ep->at.agent, sizeof(r->agent));
	memcpy(r->endpoint, ep->id, sizeof(ep->id));
	r->signalling = ep->at.signalling;
	r->seen	      = ep->at.seen;
	r->local      = ep->at.local;
	r->nat	      = ep->at.nat;
	if (a)
		strncpy(r->alias, a->text, sizeof(r->alias) - 1);
}


static const char *const type_names[] = {
	[ENDPOINT_TERMINAL] = "terminal",
	[ENDPOINT_GATEWAY]  = "gateway",
	[ENDPOINT_MCU]	    = "mcu",
	[ENDPOINT_OTHER]    = "other",
};


const char *endpoint_type_name(enum endpoint_type type)
{
	return type_names[type];
}


enum endpoint_type endpoint_type_find(const char *name)
{
	enum endpoint_type t;

	for (t = ENDPOINT_TERMINAL; t < ENDPOINT_OTHER; t++) {
		if (!strcmp(type_names[t], name))
			break;
	}

	return t;
}
