/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file upstream_list.c  What operators see of the gatekeeper above
 *
 * Owns no state.
 */
#include <errno.h>
#include <string.h>
#include "uplink.h"
#include "upstream.h"

/** Names of one registration, as they are listed */
struct naming {
	json_t *aliases, *prefixes;
	const char *filter;
	bool fits;
};


static void on_name(const struct alias *a, bool prefix, bool told, void *arg)
{
	struct naming *n = arg;
	json_t *list	 = prefix ? n->prefixes : n->aliases;

	n->fits |= n->filter && !strcmp(n->filter, a->text);
	if (json_array_size(list) < GK_LIST_MAX)
		(void)json_array_append_new(
			list, json_pack("{s:s,s:s,s:b}", "type",
					alias_type_name(a->type), "text",
					a->text, "registered", told));
}


static const char *text_or_null(const char *text)
{
	return *text ? text : NULL;
}


static json_t *registration(const struct uplink *ul, const struct naming *n)
{
	char own[ADDR_STRLEN], up[ADDR_STRLEN];
	struct upstream_info i;

	upstream_reg_info(&i, ul->reg);

	return json_pack(
		"{s:s,s:s*,s:s,s:s,s:s*,s:s*,s:i,s:I,s:I,s:s*,s:i,s:i,s:O,"
		"s:O}",
		"state", upstream_state_name(i.state), "endpoint",
		ul->client ? ul->client->id : NULL, "address",
		addr_str(&i.own, own), "gatekeeper",
		addr_str(&i.gatekeeper, up), "endpointIdentifier",
		text_or_null(i.endpointIdentifier), "gatekeeperIdentifier",
		text_or_null(i.gatekeeperIdentifier), "ttl", (int)i.ttl,
		"since", (json_int_t)i.since, "heard", (json_int_t)i.heard,
		"reason", upstream_reason_name(i.reason), "names",
		(int)i.namec, "registered", (int)i.toldc, "aliases",
		n->aliases, "prefixes", n->prefixes);
}


static void add(json_t *list, const struct uplink *ul, const char *filter)
{
	struct naming n = {json_array(), json_array(), filter, false};

	upstream_names_each(ul->reg, on_name, &n);
	if (!filter || n.fits ||
	    (ul->client && !strcmp(ul->client->id, filter)))
		(void)json_array_append_new(list, registration(ul, &n));
	json_decref(n.aliases);
	json_decref(n.prefixes);
}


void gk_upstream_count(const struct gk *gk)
{
	unsigned all = 0, registered = 0, told = 0;
	struct upstream_info i;
	struct le *le;

	for (le = gk->uplinks ? list_head(&gk->uplinks->all) : NULL; le;
	     le = le->next) {
		const struct uplink *ul = le->data;

		upstream_reg_info(&i, ul->reg);
		++all;
		registered += ul->registered;
		told += (unsigned)i.toldc;
	}
	metrics_set(gk->stats, STAT_UP_REGISTRATIONS, all);
	metrics_set(gk->stats, STAT_UP_REGISTERED, registered);
	metrics_set(gk->stats, STAT_UP_NAMES, told);
}


json_t *gk_upstream_json(const struct gk *gk, const char *filter)
{
	const struct settings_upstream *u = &gk->settings->upstream;
	json_t *list			  = json_array();
	char text[ADDR_STRLEN];
	struct le *le;

	if (!list || !gk->uplinks)
		return json_pack("{s:o}", "registrations", list);
	for (le = list_head(&gk->uplinks->all);
	     le && json_array_size(list) < GK_LIST_MAX; le = le->next)
		add(list, le->data, filter);

	return json_pack("{s:s,s:s,s:s,s:i,s:o}", "gatekeeper",
			 addr_str(&u->gatekeeper, text), "mode",
			 u->one ? "one" : "terminals", "calls",
			 u->all ? "all" : "unknown", "callsNow",
			 (int)gk->uplinks->climbc, "registrations", list);
}
