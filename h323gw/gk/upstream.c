/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file gk/upstream.c  The gatekeeper above us: who of ours is registered there
 *
 * Endpoints of the zone are registered there as they come, each on its own or
 * all as names of one. What the gatekeeper there says of it changes nothing
 * here: who is registered with us stays so. Owns the uplinks.
 */
#include <errno.h>
#include <string.h>
#include "uplink.h"
#include "upstream.h"

enum {
	BUCKETS = 4096,
};

#define NAME_OF_ONE "" /* its port is the first of the range */


static const struct settings_upstream *settings(const struct gk *gk)
{
	return &gk->settings->upstream;
}


static struct upstream_conf conf_of(const struct gk *gk)
{
	const struct settings_upstream *u = settings(gk);

	return (struct upstream_conf){
		.per	       = gk->per,
		.gatekeeper    = u->gatekeeper,
		.gatekeeper_id = u->id,
		.discover      = u->discover,
		.ttl	       = u->ttl,
		.version       = PACKAGE_VERSION,
	};
}


/* ---- making it ---- */

static int parts_alloc(struct uplinks *us)
{
	const struct upstream_conf conf = conf_of(us->gk);
	struct upstream_handlers h;
	int err;

	uplink_handlers(&h);
	h.admittedh  = climb_admitted;
	h.endedh     = climb_ended;
	h.bandwidthh = climb_bandwidth;
	err = upstream_alloc(&us->up, &conf, &h, us->gk);
	if (!err)
		err = uplink_pending(us);
	if (!err)
		err = hash_alloc(&us->ports, BUCKETS);
	if (!err)
		err = hash_alloc(&us->clients, BUCKETS);

	return err ? err : climbs_alloc(us);
}


int gk_upstream_alloc(struct gk *gk)
{
	static const struct log_limit limit = LOG_LIMIT(10, 1);
	struct uplinks *us;

	if (!addr_is_set(&settings(gk)->gatekeeper))
		return 0;
	us = mem_zalloc(sizeof(*us), NULL);
	if (!us)
		return ENOMEM;
	us->gk = gk;
	us->malformed = us->strange = us->refused = limit;
	gk->uplinks = us;

	return parts_alloc(us);
}


void gk_upstream_free(struct gk *gk)
{
	struct uplinks *us = gk->uplinks;

	if (!us)
		return;
	climbs_free(us);
	/* names know their owners */
	list_flush(&us->all);
	hash_flush(us->clients);
	mem_deref(us->ports);
	mem_deref(us->clients);
	mem_deref(us->pending);
	mem_deref(us->up);
	gk->uplinks = mem_deref(us);
}


void gk_upstream_reload(struct gk *gk)
{
	const struct upstream_conf conf = conf_of(gk);

	if (gk->uplinks)
		upstream_conf_set(gk->uplinks->up, &conf);
}


/* ---- endpoints ---- */

static bool is_id(struct le *le, void *arg)
{
	return !strcmp(((struct client *)le->data)->id, arg);
}


static struct client *find(const struct gk *gk, const char *id)
{
	return list_ledata(hash_lookup(gk->uplinks->clients,
				       hash_joaat_str(id), is_id,
				       (void *)(uintptr_t)id));
}


struct uplink *uplink_of(const struct gk *gk, const char *id)
{
	const struct client *c =
		gk->uplinks && id[0] ? find(gk, id) : NULL;

	return c ? c->uplink : NULL;
}


static void client_destructor(void *arg)
{
	hash_unlink(&((struct client *)arg)->he);
}


static int client_alloc(struct client **cp, struct gk *gk, const char *id)
{
	struct client *c = mem_zalloc(sizeof(*c), client_destructor);
	int err		 = 0;

	if (!c)
		return ENOMEM;
	str_ncpy(c->id, id, sizeof(c->id));
	if (settings(gk)->one)
		c->uplink = gk->uplinks->one;
	else
		err = uplink_alloc(&c->uplink, gk, id, false);
	if (err) {
		mem_deref(c);
		return err;
	}
	if (!settings(gk)->one)
		c->uplink->client = c;
	hash_append(gk->uplinks->clients, hash_joaat_str(id), &c->he, c);
	*cp = c;

	return 0;
}


/* whatever it is called by, nobody is told where it is */
static bool tells(const struct endpoint *ep, const char *text)
{
	char seen[ADDR_STRLEN], at[ADDR_STRLEN];

	return strstr(text, addr_ip_str(&ep->at.seen, seen)) ||
	       strstr(text, addr_ip_str(&ep->at.signalling, at));
}


static void put(struct client *c, const struct endpoint *ep,
		const struct zone_alias *za, bool prefix)
{
	struct alias a;

	for (; za; za = za->next) {
		if (tells(ep, za->text))
			continue;
		a.type = za->type;
		a.ton  = za->ton;
		memcpy(a.text, za->text, strlen(za->text) + 1);
		(void)upstream_name_put(c->uplink->reg, &c->owner, &a, prefix);
	}
}


static void names(struct client *c, const struct endpoint *ep)
{
	upstream_names_begin(&c->owner);
	if (ep) {
		put(c, ep, ep->aliases, false);
		put(c, ep, ep->prefixes, true);
	}
	upstream_names_end(c->uplink->reg, &c->owner);
	upstream_reg_start(c->uplink->reg, c->uplink->gk->uplinks->delay);
}


static void enter(struct gk *gk, const struct endpoint *ep)
{
	struct client *c = find(gk, ep->id);
	int err;

	if (!c) {
		err = client_alloc(&c, gk, ep->id);
		if (err) {
			log_warn(GK_ROOM, "upstream: %s has no port there: %s",
				 ep->id, strerror(err));
			return;
		}
	}
	upstream_reg_type(c->uplink->reg, ep->type);
	names(c, ep);
}


void gk_upstream_enter(struct gk *gk, const struct endpoint *ep)
{
	if (gk->uplinks && (gk->uplinks->one || !settings(gk)->one))
		enter(gk, ep);
}


void gk_upstream_leave(struct gk *gk, const struct endpoint *ep)
{
	struct client *c = gk->uplinks ? find(gk, ep->id) : NULL;

	if (!c)
		return;
	hash_unlink(&c->he);
	if (settings(gk)->one) {
		names(c, NULL);
		mem_deref(c);
	}
	else
		upstream_reg_leave(c->uplink->reg);
}


/* ---- the start ---- */

static int start_one(struct gk *gk)
{
	const struct settings_upstream *u = settings(gk);
	struct uplinks *us		  = gk->uplinks;
	struct alias a;
	size_t i;
	int err;

	err = uplink_alloc(&us->one, gk, NAME_OF_ONE, true);
	if (err)
		return err;
	upstream_names_begin(&us->self);
	for (i = 0; i < u->aliasc; i++) {
		if (!alias_guess(&a, u->aliasv[i]))
			(void)upstream_name_put(us->one->reg, &us->self, &a,
						false);
	}
	upstream_names_end(us->one->reg, &us->self);
	upstream_reg_start(us->one->reg, 0);

	return 0;
}


static int on_endpoint(struct endpoint *ep, void *arg)
{
	struct gk *gk = arg;

	gk_upstream_enter(gk, ep);
	/* not all at once */
	gk->uplinks->delay += UPLINK_PACE_MS;

	return 0;
}


void gk_upstream_start(struct gk *gk)
{
	char text[ADDR_STRLEN];
	int err = 0;

	if (!gk->uplinks)
		return;
	if (settings(gk)->one)
		err = start_one(gk);
	if (err) {
		log_error(GK_ROOM, "upstream: no port for the one endpoint: "
			  "%s", strerror(err));
		return;
	}
	log_notice(GK_ROOM, "upstream: %s at %s",
		   settings(gk)->one ? "one endpoint" : "each terminal",
		   addr_str(&settings(gk)->gatekeeper, text));
	(void)zone_each(gk->zone, on_endpoint, gk);
	gk->uplinks->delay = 0;
}
