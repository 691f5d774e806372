/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file zone/names.c  Aliases and prefixes of endpoints
 *
 * An alias is one endpoint's; a prefix may be several gateways'. Both lie in
 * their endpoint's list and in an index by class and text.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "zone_priv.h"

/** What is looked for */
struct name {
	enum alias_type class;
	const char *text;
	size_t len;
};


static struct zone_alias *of_node(const struct index_node *n)
{
	return (struct zone_alias *)(uintptr_t)n;
}


static int name_match(const struct index_node *n, const void *key)
{
	const struct zone_alias *a = of_node(n);
	const struct name *name	   = key;

	return alias_class(a->type) == name->class &&
	       !strncmp(a->text, name->text, name->len) && !a->text[name->len];
}


static uint64_t name_hash(const struct zone *z, const struct name *name)
{
	const uint64_t seed[2] = {z->conf.seed[0],
				  z->conf.seed[1] ^ name->class};

	return index_hash(seed, name->text, name->len);
}


static struct name name_of(const struct alias *a)
{
	return (struct name){alias_class(a->type), a->text, strlen(a->text)};
}


static struct zone_alias *own_find(struct zone_alias *list,
				   const struct name *name)
{
	while (list && !name_match(&list->node, name))
		list = list->next;

	return list;
}


/* at the end of an endpoint's list */
static int add(struct index *ix, struct zone_alias **list,
	       struct endpoint *ep, const struct alias *a,
	       const struct name *name)
{
	struct zone_alias *za = malloc(sizeof(*za) + name->len + 1);
	int err;

	if (!za)
		return ENOMEM;
	za->next   = NULL;
	za->ep	   = ep;
	za->type   = (uint8_t)a->type;
	za->ton	   = a->ton;
	za->marked = true;
	za->slot   = ++ep->slots;
	memcpy(za->text, a->text, name->len + 1);

	err = index_add(ix, &za->node, name_hash(ep->zone, name));
	if (err) {
		free(za);
		return err;
	}
	while (*list)
		list = &(*list)->next;
	*list = za;

	return 0;
}


static bool drop(struct index *ix, struct zone_alias **list,
		 struct zone_alias *za)
{
	while (*list && *list != za)
		list = &(*list)->next;
	if (!*list)
		return false;
	*list = za->next;
	index_remove(ix, &za->node);
	free(za);

	return true;
}


/* ---- aliases ---- */

static struct zone_alias *alias_find(const struct zone *z,
				     const struct name *name)
{
	struct index_node *n = index_find(&z->by_alias, name_hash(z, name),
					  name_match, name);

	return n ? of_node(n) : NULL;
}


int zone_alias_add(struct endpoint *ep, const struct alias *a)
{
	const struct name name = name_of(a);
	struct zone_alias *za  = alias_find(ep->zone, &name);
	int err;

	if (za && za->ep != ep)
		return EEXIST;
	if (za) {
		za->marked = true;
		return EALREADY;
	}
	if (ep->aliasc >= ENDPOINT_ALIASES_MAX)
		return ENOBUFS;

	err = add(&ep->zone->by_alias, &ep->aliases, ep, a, &name);
	if (!err)
		++ep->aliasc;

	return err;
}


static bool alias_drop(struct endpoint *ep, struct zone_alias *za)
{
	const bool had = za && drop(&ep->zone->by_alias, &ep->aliases, za);

	ep->aliasc = (uint16_t)(ep->aliasc - had);

	return had;
}


bool zone_alias_remove(struct endpoint *ep, const struct alias *a)
{
	const struct name name = name_of(a);

	return alias_drop(ep, own_find(ep->aliases, &name));
}


struct endpoint *zone_by_alias(const struct zone *z, const struct alias *a)
{
	const struct name name	    = name_of(a);
	const struct zone_alias *za = alias_find(z, &name);

	return za ? za->ep : NULL;
}


/* ---- prefixes ---- */

int zone_prefix_add(struct endpoint *ep, const struct alias *a)
{
	const struct name name = name_of(a);
	struct zone_alias *za  = own_find(ep->prefixes, &name);
	int err;

	if (za) {
		za->marked = true;
		return EALREADY;
	}
	if (ep->prefixc >= ENDPOINT_ALIASES_MAX)
		return ENOBUFS;
	if (!name.len || name.len > ENDPOINT_PREFIX_MAX)
		return EINVAL;

	err = add(&ep->zone->by_prefix, &ep->prefixes, ep, a, &name);
	if (err)
		return err;
	++ep->prefixc;
	if (name.len > ep->zone->prefix_max)
		ep->zone->prefix_max = name.len;

	return 0;
}


static bool prefix_drop(struct endpoint *ep, struct zone_alias *za)
{
	const bool had = za && drop(&ep->zone->by_prefix, &ep->prefixes, za);

	ep->prefixc = (uint16_t)(ep->prefixc - had);

	return had;
}


bool zone_prefix_remove(struct endpoint *ep, const struct alias *a)
{
	const struct name name = name_of(a);

	return prefix_drop(ep, own_find(ep->prefixes, &name));
}


/* in turn, so that several share the calls; NULL: all are busy */
static struct endpoint *in_turn(struct zone *z, const struct name *name)
{
	const uint64_t hash = name_hash(z, name);
	struct index_node *n;
	unsigned long count = 0, i;

	n = index_find(&z->by_prefix, hash, name_match, name);
	for (; n; n = index_next(n, hash, name_match, name))
		count += !of_node(n)->ep->busy;
	if (!count)
		return NULL;

	i = z->turn++ % count;
	n = index_find(&z->by_prefix, hash, name_match, name);
	while (of_node(n)->ep->busy || i-- > 0)
		n = index_next(n, hash, name_match, name);

	return of_node(n)->ep;
}


struct endpoint *zone_by_prefix(struct zone *z, const struct alias *number)
{
	struct name name = name_of(number);

	if (name.len > z->prefix_max)
		name.len = z->prefix_max;
	for (; name.len; name.len--) {
		struct endpoint *ep = in_turn(z, &name);

		if (ep)
			return ep;
	}

	return NULL;
}


/* ---- a whole list anew ---- */

void zone_unmark(struct endpoint *ep)
{
	struct zone_alias *za;

	for (za = ep->aliases; za; za = za->next)
		za->marked = false;
	for (za = ep->prefixes; za; za = za->next)
		za->marked = false;
}


unsigned zone_drop_unmarked(struct endpoint *ep)
{
	struct zone_alias *za, *next;
	unsigned n = 0;

	for (za = ep->aliases; za; za = next) {
		next = za->next;
		if (!za->marked)
			n += alias_drop(ep, za);
	}
	for (za = ep->prefixes; za; za = next) {
		next = za->next;
		if (!za->marked)
			n += prefix_drop(ep, za);
	}

	return n;
}
