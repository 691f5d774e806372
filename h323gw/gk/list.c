/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file gk/list.c  What operators see of the gatekeeper, and do to it
 *
 * Owns no state.
 */
#include <errno.h>
#include <string.h>
#include <RasMessage.h>
#include "priv.h"

/** Who is listed */
struct listing {
	const char *filter;
	json_t *list;
};


static json_t *names(const struct zone_alias *za)
{
	json_t *list = json_array();

	for (; za && list; za = za->next)
		(void)json_array_append_new(list,
			json_pack("{s:s,s:s}", "type",
				  alias_type_name(za->type), "text", za->text));

	return list;
}


static json_t *endpoint_json(const struct endpoint *ep)
{
	char signalling[ADDR_STRLEN], ras[ADDR_STRLEN], seen[ADDR_STRLEN];

	return json_pack(
		"{s:s,s:s,s:o,s:o,s:s,s:s,s:s,s:s*,s:b,s:s*,s:i,s:i,s:I,s:I,"
		"s:I,s:i,s:I,s:b}",
		"endpointIdentifier", ep->id, "type",
		endpoint_type_name(ep->type), "aliases", names(ep->aliases),
		"prefixes", names(ep->prefixes), "callSignalAddress",
		addr_str(&ep->at.signalling, signalling), "rasAddress",
		addr_str(&ep->at.ras, ras), "seen",
		addr_str(&ep->at.seen, seen), "agent",
		ep->at.agent[0] ? ep->at.agent : NULL, "nat", ep->at.nat,
		"vendor", ep->vendor, "version", (int)ep->version, "ttl",
		(int)ep->ttl, "firstSeen", (json_int_t)ep->first_seen,
		"lastSeen", (json_int_t)ep->last_seen, "expires",
		(json_int_t)ep->expires, "calls", (int)ep->calls, "bandwidth",
		(json_int_t)ep->bandwidth, "busy", ep->busy);
}


static bool is_meant(const struct endpoint *ep, const char *filter)
{
	const struct zone_alias *za;

	if (!filter || !strcmp(ep->id, filter) ||
	    !strcmp(ep->at.agent, filter))
		return true;
	for (za = ep->aliases; za; za = za->next) {
		if (!strcmp(za->text, filter))
			return true;
	}

	return false;
}


static int on_endpoint(struct endpoint *ep, void *arg)
{
	struct listing *l = arg;

	if (is_meant(ep, l->filter))
		(void)json_array_append_new(l->list, endpoint_json(ep));

	return json_array_size(l->list) >= GK_LIST_MAX;
}


json_t *gk_endpoints(struct gk *gk, const char *filter)
{
	struct listing l = {.filter = filter, .list = json_array()};

	if (!l.list)
		return NULL;
	(void)zone_each(gk->zone, on_endpoint, &l);

	return json_pack("{s:o,s:I}", "endpoints", l.list, "registered",
			 (json_int_t)zone_count(gk->zone));
}


json_t *gk_status(const struct gk *gk)
{
	const struct settings_gatekeeper *g = &gk->settings->gatekeeper;
	char v4[ADDR_STRLEN], v6[ADDR_STRLEN];

	return json_pack("{s:s,s:s*,s:s*,s:i,s:i,s:I,s:I}", "identifier",
			 g->identifier, "address",
			 addr_is_set(&g->address[0])
				 ? addr_ip_str(&g->address[0], v4)
				 : NULL,
			 "address6",
			 addr_is_set(&g->address[1])
				 ? addr_ip_str(&g->address[1], v6)
				 : NULL,
			 "rasPort", (int)g->ras_port, "signallingPort",
			 (int)gk->settings->call.port, "endpoints",
			 (json_int_t)zone_count(gk->zone), "admitted",
			 (json_int_t)ras_call_count(gk->ras));
}


int gk_unregister(struct gk *gk, const char *who)
{
	struct endpoint *ep = zone_by_id(gk->zone, who);
	struct alias a;

	if (!ep && !alias_guess(&a, who))
		ep = zone_by_alias(gk->zone, &a);
	if (!ep && strlen(who) <= ALIAS_TEXT_MAX) {
		a.type = ALIAS_H323_ID;
		memcpy(a.text, who, strlen(who) + 1);
		ep = zone_by_alias(gk->zone, &a);
	}
	if (!ep)
		return ENOENT;
	gk_throw_out(gk, ep, UnregRequestReason_PR_maintenance, "operator");

	return 0;
}
