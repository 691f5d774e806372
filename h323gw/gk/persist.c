/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file persist.c  Registrations in the store, and back from it
 *
 * One contact for each alias of an endpoint; its id is the endpointIdentifier
 * and the alias's slot. What the store has no column for is its host data.
 * Owns no state.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "priv.h"
#include "upstream.h"

enum {
	ID_MAX	     = 64,    /* octets of a contact's id */
	HOST_MAX     = 16384, /* of its host data */
	STORE_PART   = 4,     /* of its time to live that it may be behind */
	RESTORED_MS  = 60000, /* a restored one lives at least so long */
};

#define WANTED_REASON "unregistered" /* by the terminal itself: no audit */


/* ---- host data ---- */

/** Text as it grows */
struct text {
	char *p;
	size_t size, len;
};


static void append(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void append(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->p + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < t->size - t->len)
		t->len += (size_t)n;
}


/* in quotes; there are no control characters in it (h225/text.h) */
static void append_quoted(struct text *t, const char *s)
{
	append(t, "\"");
	for (; *s; s++)
		append(t, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
	append(t, "\"");
}


static void append_addr(struct text *t, const char *key, const struct addr *a)
{
	char buf[ADDR_STRLEN];

	if (addr_is_set(a))
		append(t, ",\"%s\":\"%s\"", key, addr_str(a, buf));
}


static void host_data(struct text *t, const struct endpoint *ep)
{
	const struct zone_alias *za;

	t->len = 0;
	append(t, "{\"endpoint\":\"%s\",\"ttl\":%u,\"version\":%u",
	       endpoint_type_name(ep->type), ep->ttl, ep->version);
	append_addr(t, "seen", &ep->at.seen);
	append_addr(t, "local", &ep->at.local);
	append_addr(t, "localRas", &ep->at.local_ras);
	if (!ep->prefixes)
		return;
	append(t, ",\"prefixes\":[");
	for (za = ep->prefixes; za; za = za->next) {
		append(t, "[\"%s\",", alias_type_name(za->type));
		append_quoted(t, za->text);
		append(t, za->next ? "]," : "]");
	}
	append(t, "]");
}


/* ---- into the store ---- */

/* slot 0: of one that has no alias */
static void contact_id(char buf[ID_MAX], const struct endpoint *ep,
		       uint32_t slot)
{
	(void)snprintf(buf, ID_MAX, "%s.%u", ep->id, slot);
}


static void put(struct gk *gk, struct store_contact *c, struct text *host,
		const struct endpoint *ep, const struct zone_alias *za)
{
	const size_t common = host->len;
	char id[ID_MAX];

	contact_id(id, ep, za ? za->slot : 0);
	c->id	     = id;
	c->alias     = za ? za->text : c->callSignalAddress;
	c->aliasType = alias_type_name(za ? za->type : ALIAS_TRANSPORT_ID);
	if (za)
		append(host, ",\"alias\":\"%s\",\"ton\":%u", c->aliasType,
		       za->ton);
	append(host, "}");
	c->hostData = host->p;
	(void)writer_contact_put(gk->writer, c);
	host->len = common;
}


static void delete(struct gk *gk, const struct endpoint *ep, uint32_t slot,
		   const char *why)
{
	char id[ID_MAX];

	contact_id(id, ep, slot);
	(void)writer_contact_delete(gk->writer, id, why);
}


/* a refresh is written when the store is too far behind */
static bool is_fresh(const struct endpoint *ep)
{
	return ep->stored > 1 &&
	       ep->expires - ep->stored < ep->ttl * 1000LL / STORE_PART;
}


void gk_store_put(struct gk *gk, struct endpoint *ep, bool whole)
{
	char signalling[ADDR_STRLEN], ras[ADDR_STRLEN], buf[HOST_MAX];
	struct text host	= {.p = buf, .size = sizeof(buf)};
	struct store_contact c	= {.kind = STORE_H323, .transport = "udp",
				   .q = -1};
	const struct zone_alias *za;

	if (!whole && is_fresh(ep))
		return;
	ep->stored = ep->expires;
	if (!gk->writer)
		return;

	c.callSignalAddress = addr_str(&ep->at.signalling, signalling);
	c.received	    = addr_str(&ep->at.ras, ras);
	c.agent		    = ep->at.agent[0] ? ep->at.agent : NULL;
	c.userAgent	    = ep->vendor;
	c.expires	    = ep->expires;
	c.firstSeen	    = ep->first_seen;
	c.lastSeen	    = ep->last_seen;
	c.nat		    = ep->at.nat;
	host_data(&host, ep);
	for (za = ep->aliases; za; za = za->next)
		put(gk, &c, &host, ep, za);
	if (!ep->aliases)
		put(gk, &c, &host, ep, NULL);
	else if (ep->nameless)
		delete(gk, ep, 0, NULL);
	ep->nameless = !ep->aliases;
}


void gk_store_drop(struct gk *gk, struct endpoint *ep)
{
	const struct zone_alias *za;

	for (za = ep->aliases; za && gk->writer; za = za->next) {
		if (!za->marked)
			delete(gk, ep, za->slot, NULL);
	}
}


void gk_store_delete(struct gk *gk, struct endpoint *ep, const char *why)
{
	const char *reason = strcmp(why, WANTED_REASON) ? why : NULL;
	const struct zone_alias *za;

	if (!gk->writer)
		return;
	for (za = ep->aliases; za; za = za->next)
		delete(gk, ep, za->slot, reason);
	if (ep->nameless)
		delete(gk, ep, 0, reason);
}


/* ---- and back ---- */

/** What restores */
struct restoring {
	struct gk *gk;
	int64_t now;
	unsigned skipped;
};


static bool get_addr(struct addr *a, const json_t *host, const char *key)
{
	const char *text = json_string_value(json_object_get(host, key));

	return text && !addr_parse_hostport(a, text);
}


static bool place(struct endpoint_address *at, const struct store_contact *c,
		  const json_t *host)
{
	memset(at, 0, sizeof(*at));
	if (!c->callSignalAddress || !c->received ||
	    (c->agent && strlen(c->agent) >= sizeof(at->agent)) ||
	    addr_parse_hostport(&at->signalling, c->callSignalAddress) ||
	    addr_parse_hostport(&at->ras, c->received))
		return false;
	if (c->agent)
		memcpy(at->agent, c->agent, strlen(c->agent) + 1);
	at->nat = c->nat;
	if (!get_addr(&at->seen, host, "seen"))
		at->seen = at->ras;
	(void)get_addr(&at->local, host, "local");
	(void)get_addr(&at->local_ras, host, "localRas");

	return true;
}


static bool alias_of(struct alias *a, const char *type, const char *text)
{
	memset(a, 0, sizeof(*a));
	a->type = type ? alias_type_find(type) : ALIAS_NONE;
	if (!a->type || !text || strlen(text) > ALIAS_TEXT_MAX)
		return false;
	memcpy(a->text, text, strlen(text) + 1);

	return true;
}


static void prefixes(struct endpoint *ep, const json_t *host)
{
	const json_t *list = json_object_get(host, "prefixes");
	struct alias a;
	json_t *item;
	size_t i;

	json_array_foreach (list, i, item) {
		if (alias_of(&a, json_string_value(json_array_get(item, 0)),
			     json_string_value(json_array_get(item, 1))))
			(void)zone_prefix_add(ep, &a);
	}
}


static uint32_t number(const json_t *host, const char *key)
{
	return (uint32_t)json_integer_value(json_object_get(host, key));
}


static struct endpoint *enter(struct restoring *rs, const char *id,
			      const struct store_contact *c,
			      const json_t *host)
{
	const char *type = json_string_value(json_object_get(host, "endpoint"));
	const int64_t least = rs->now + RESTORED_MS;
	struct endpoint *ep = zone_by_id(rs->gk->zone, id);
	struct endpoint_address at;

	if (ep)
		return ep;
	if (!place(&at, c, host) ||
	    zone_add(&ep, rs->gk->zone, id, &at,
		     c->expires > least ? c->expires : least))
		return NULL;
	ep->type       = type ? endpoint_type_find(type) : ENDPOINT_OTHER;
	ep->ttl	       = number(host, "ttl");
	ep->version    = number(host, "version");
	ep->first_seen = c->firstSeen;
	ep->last_seen  = c->lastSeen;
	ep->expires    = c->expires;
	ep->stored     = c->expires ? c->expires : 1;
	if (!ep->ttl)
		ep->ttl = rs->gk->settings->gatekeeper.ttl;
	(void)zone_vendor(ep, c->userAgent);
	prefixes(ep, host);
	gk_policy_enter(rs->gk, ep);

	return ep;
}


static bool name(struct endpoint *ep, uint32_t slot,
		 const struct store_contact *c, const json_t *host)
{
	const char *type = json_string_value(json_object_get(host, "alias"));
	const uint32_t slots = ep->slots;
	struct alias a;
	int err;

	if (!slot) {
		ep->nameless = true;
		return true;
	}
	if (!alias_of(&a, type ? type : c->aliasType, c->alias))
		return false;
	a.ton	  = (uint8_t)number(host, "ton");
	ep->slots = slot - 1;
	err	  = zone_alias_add(ep, &a);
	if (ep->slots < slots)
		ep->slots = slots;

	return !err;
}


/* what makes no sense is left out, and taken away */
static int on_contact(const struct store_contact *c, void *arg)
{
	struct restoring *rs = arg;
	const char *dot	     = strrchr(c->id, '.');
	struct endpoint *ep  = NULL;
	char id[ID_MAX], *end;
	unsigned long slot;
	json_t *host;
	bool ok = false;

	host = c->hostData ? json_loads(c->hostData, 0, NULL) : NULL;
	if (dot && (size_t)(dot - c->id) < sizeof(id)) {
		memcpy(id, c->id, (size_t)(dot - c->id));
		id[dot - c->id] = '\0';
		slot = strtoul(dot + 1, &end, 10);
		ep   = *end || slot > UINT32_MAX
			       ? NULL
			       : enter(rs, id, c, host);
		ok = ep && name(ep, (uint32_t)slot, c, host);
	}
	json_decref(host);
	if (!ok) {
		++rs->skipped;
		if (rs->gk->writer)
			(void)writer_contact_delete(rs->gk->writer, c->id,
						    "unreadable");
	}

	return 0;
}


int gk_restore(struct gk *gk, struct store *st)
{
	struct restoring rs = {.gk = gk, .now = gk_now(gk)};
	int err;

	err = gk_guard_restore(gk, st);
	if (err)
		return err;
	err = store_contact_each(st, STORE_H323, NULL, 0, on_contact, &rs);
	if (!err)
		log_notice(GK_ROOM, "%zu endpoints from the store",
			   zone_count(gk->zone));
	if (!err)
		gk_upstream_start(gk);
	if (rs.skipped)
		log_warn(GK_ROOM, "%u entries of the store make no sense",
			 rs.skipped);

	return err;
}
