/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file show.c  Calls for operators
 */
#include <string.h>
#include "h323gw/call/host.h"


static json_t *party_json(const struct call_info *i, enum side s)
{
	const struct reach *r = &i->party[s].reach;
	char text[ADDR_STRLEN];
	json_t *o = json_pack("{s:s, s:s}", "alias", r->alias, "endpoint",
			      r->endpoint);

	if (o && r->agent[0])
		(void)json_object_set_new(o, "agent", json_string(r->agent));
	if (o && addr_is_set(&r->signalling))
		(void)json_object_set_new(
			o, "address",
			json_string(addr_str(&r->signalling, text)));

	return o;
}


static json_t *call_json(const struct held *h)
{
	const struct call_info *i = held_info(h);
	char id[GUID_STRLEN];
	json_t *o;

	o = json_pack("{s:s, s:s, s:I, s:I, s:o, s:o}", "id", h->id, "state",
		      h->call ? call_state_name(h->call) : "signalling lost",
		      "start", (json_int_t)i->start, "answer",
		      (json_int_t)i->answer, "caller", party_json(i, SIDE_A),
		      "callee", party_json(i, SIDE_B));
	if (o && i->has_call_id)
		(void)json_object_set_new(
			o, "callIdentifier",
			json_string(guid_str(i->call_id, id)));
	if (o && i->called.text[0])
		(void)json_object_set_new(o, "called",
					  json_string(i->called.text));
	if (o && h->media)
		(void)json_object_set_new(o, "media", media_json(h->media));

	return o;
}


static void list_json(json_t *a, const struct list *l)
{
	for (const struct le *le = list_head(l); le; le = le->next)
		(void)json_array_append_new(a, call_json(le->data));
}


json_t *calls_json(const struct calls *cs)
{
	json_t *a = json_array();

	if (!a)
		return NULL;
	list_json(a, &cs->held);
	list_json(a, &cs->restored);

	return a;
}
