/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file state.c  A call's state in the store, and calls of the last run
 *
 * A call that a restart cuts off is found again by its state: its media go on,
 * and its parties may take up its signalling (adopt.c).
 */
#include <errno.h>
#include <string.h>
#include <sys/time.h>
#include "h323gw/call/host.h"

#define OWNER "h323gw"


/* ---- state ---- */

static json_t *addr_json(const struct addr *a)
{
	char text[ADDR_STRLEN];

	return addr_is_set(a) ? json_string(addr_str(a, text)) : json_null();
}


static json_t *party_json(const struct held *h, enum side s)
{
	const struct reach *r = &held_info(h)->party[s].reach;
	const bool tunnel = h->call ? call_tunnelled(h->call, s)
				    : h->tunnel[s];

	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:b, s:b}", "alias",
			 r->alias, "agent", r->agent, "endpoint", r->endpoint,
			 "signalling", addr_json(&r->signalling), "seen",
			 addr_json(&r->seen), "local", addr_json(&r->local),
			 "nat", r->nat, "tunnel", tunnel);
}


static void put(struct held *h, const char *state)
{
	const struct calls_store *st = &h->cs->conf.store;
	struct timeval tv;
	struct store_session row = {.id	   = h->id,
				    .owner = OWNER,
				    .call  = h->id,
				    .state = state};

	(void)gettimeofday(&tv, NULL);
	row.updated = (int64_t)tv.tv_sec * 1000;
	if (st->sessionh)
		st->sessionh(&row, st->arg);
}


void record_state(struct held *h)
{
	const struct call_info *i = held_info(h);
	char id[GUID_STRLEN], conference[GUID_STRLEN];
	json_t *o;
	char *text;

	if (!h->stored)
		record_call(h);
	o = json_pack("{s:s, s:b, s:s, s:I, s:I, s:o, s:o, s:O}", "call_id",
		      guid_str(i->call_id, id), "has_call_id", i->has_call_id,
		      "conference_id", guid_str(i->conference_id, conference),
		      "start", (json_int_t)i->start, "answer",
		      (json_int_t)i->answer, "caller", party_json(h, SIDE_A),
		      "callee", party_json(h, SIDE_B), "media", h->state);
	text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	if (text)
		put(h, text);
	free(text);
	json_decref(o);
}


/* all of it is told */
void record_over(struct held *h)
{
	if (h->state)
		put(h, NULL);
	held_over(h);
}


/* ---- a call of the last run ---- */

/* null, or nothing: unset */
static void addr_read(struct addr *a, const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	if (!text || addr_parse_hostport(a, text))
		memset(a, 0, sizeof(*a));
}


static int party_read(struct held *h, enum side s, const json_t *o)
{
	struct reach *r = &h->last.party[s].reach;
	const char *alias, *agent, *endpoint;

	if (json_unpack((json_t *)(uintptr_t)o, "{s:s, s:s, s:s}", "alias",
			&alias, "agent", &agent, "endpoint", &endpoint))
		return EBADMSG;
	addr_read(&r->signalling, o, "signalling");
	addr_read(&r->seen, o, "seen");
	addr_read(&r->local, o, "local");
	r->nat	     = json_is_true(json_object_get(o, "nat"));
	h->tunnel[s] = json_is_true(json_object_get(o, "tunnel"));
	str_ncpy(r->alias, alias, sizeof(r->alias));
	str_ncpy(r->agent, agent, sizeof(r->agent));
	str_ncpy(r->endpoint, endpoint, sizeof(r->endpoint));

	return 0;
}


static int state_read(struct held *h, const json_t *o)
{
	struct call_info *i = &h->last;
	json_int_t start, answer;
	const char *id, *conference;
	json_t *media;
	int has, err;

	if (json_unpack((json_t *)(uintptr_t)o,
			"{s:s, s:b, s:I, s:I, s:O}", "call_id", &id,
			"has_call_id", &has, "start", &start, "answer",
			&answer, "media", &media))
		return EBADMSG;
	conference = json_string_value(json_object_get(o, "conference_id"));
	if (conference)
		(void)guid_parse(i->conference_id, conference);
	h->state       = media;
	i->has_call_id = has && guid_parse(i->call_id, id);
	i->start       = (uint64_t)start;
	i->answer      = (uint64_t)answer;
	err = party_read(h, SIDE_A, json_object_get(o, "caller"));

	return err ? err : party_read(h, SIDE_B, json_object_get(o, "callee"));
}


static bool is_here(const struct calls *cs, const char *id)
{
	for (struct le *le = list_head(&cs->restored); le; le = le->next) {
		const struct held *h = le->data;

		if (!strcmp(h->id, id))
			return true;
	}

	return false;
}


int calls_restore(struct calls *cs, const struct store_session *s)
{
	json_t *o = json_loads(s->state ? s->state : "", 0, NULL);
	struct held *h;
	int err;

	if (!o || !s->id || strlen(s->id) >= CALLS_ID_LEN) {
		json_decref(o);
		return EBADMSG;
	}
	if (is_here(cs, s->id)) {
		json_decref(o);
		return EEXIST;
	}
	err = held_alloc(&h, cs, NULL, 0);
	if (err) {
		json_decref(o);
		return err;
	}
	str_ncpy(h->id, s->id, sizeof(h->id));
	err = state_read(h, o);
	json_decref(o);
	if (err) {
		mem_deref(h);
		return err;
	}
	h->stored = h->restored = h->known = true;
	list_append(&cs->restored, &h->le, h);
	(void)held_count(h);
	if (h->last.has_call_id)
		hash_append(cs->by_id,
			    hash_fast((const char *)h->last.call_id, GUID_LEN),
			    &h->le_id, h);
	metrics_inc(cs->stats, STAT_CALLS_RESTORED);

	return 0;
}
