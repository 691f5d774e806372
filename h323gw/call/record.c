/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file record.c  What is written down of a call: a row, flows, its state
 *
 * One row a call, put when its media begin, when it is answered and when it
 * ends; a call that a restart cuts off is found again by its state.
 */
#include <errno.h>
#include <string.h>
#include <sys/time.h>
#include "h323gw/call/host.h"


#define OWNER "h323gw"

static const char *const ended_by[] = {
	[CALL_BY_CALLER]   = "caller",
	[CALL_BY_CALLEE]   = "callee",
	[CALL_BY_OPERATOR] = "operator",
	[CALL_BY_SERVER]   = "server",
};


const struct call_info *held_info(const struct held *h)
{
	return h->call ? call_info(h->call) : &h->last;
}


/* as dialled where nobody has another name for it */
static const char *alias_of(const struct call_info *i, enum side s)
{
	if (i->party[s].reach.alias[0])
		return i->party[s].reach.alias;

	return s == SIDE_B && i->called.text[0] ? i->called.text : NULL;
}


static const char *agent_of(const struct call_info *i, enum side s)
{
	return i->party[s].reach.agent[0] ? i->party[s].reach.agent : NULL;
}


static const char *address_of(const struct call_info *i, enum side s,
			      char buf[ADDR_STRLEN])
{
	const struct reach *r = &i->party[s].reach;

	if (addr_is_set(&r->signalling) && !r->nat)
		return addr_str(&r->signalling, buf);

	return addr_is_set(&r->seen) ? addr_str(&r->seen, buf) : NULL;
}


static void reason_text(const struct call_info *i, char *buf, size_t size)
{
	if (!i->ended)
		buf[0] = '\0';
	else if (!i->reason)
		str_ncpy(buf, i->why, size);
	else
		(void)re_snprintf(buf, size, "%s, %s", i->why,
				  reason_name(i->reason));
}


void record_call(struct held *h)
{
	const struct calls_store *st = &h->cs->conf.store;
	const struct call_info *i    = held_info(h);
	char a[ADDR_STRLEN], b[ADDR_STRLEN], id[GUID_STRLEN], why[96];
	const struct store_call row = {
		.id		= h->id,
		.kind		= STORE_H323,
		.callIdentifier = i->has_call_id ? guid_str(i->call_id, id)
						 : NULL,
		.caller		= alias_of(i, SIDE_A),
		.callee		= alias_of(i, SIDE_B),
		.callerAddress	= address_of(i, SIDE_A, a),
		.calleeAddress	= address_of(i, SIDE_B, b),
		.callerAgent	= agent_of(i, SIDE_A),
		.calleeAgent	= agent_of(i, SIDE_B),
		.start		= (int64_t)i->start,
		.answer		= (int64_t)i->answer,
		.end		= (int64_t)i->end,
		.endReason	= i->ended ? why : NULL,
		.endCode	= i->ended ? i->cause : 0,
		.endedBy	= i->ended ? ended_by[i->by] : NULL,
	};

	h->stored = true;
	reason_text(i, why, sizeof(why));
	if (st->callh)
		st->callh(&row, st->arg);
}


void record_flow(struct held *h, const struct media_flow *f)
{
	const struct calls_store *st = &h->cs->conf.store;
	const struct store_flow flow = {
		.call	   = h->id,
		.session   = f->session,
		.stream	   = f->stream,
		.media	   = f->media,
		.from	   = f->from == SIDE_A ? "caller" : "callee",
		.packets   = f->count.packets,
		.bytes	   = f->count.bytes,
		.dropped   = f->count.dropped,
		.lost	   = f->count.lost,
		.latched   = f->count.latched[0] ? f->count.latched : NULL,
		.latchedAt = f->count.latched_at,
		.start	   = f->start,
		.end	   = f->end,
	};

	if (!h->stored)
		record_call(h);
	if (st->flowh)
		st->flowh(&flow, st->arg);
}


/* ---- state ---- */

static json_t *party_json(const struct call_info *i, enum side s)
{
	const struct reach *r = &i->party[s].reach;

	return json_pack("{s:s, s:s, s:s}", "alias", r->alias, "agent",
			 r->agent, "endpoint", r->endpoint);
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
	char id[GUID_STRLEN];
	json_t *o;
	char *text;

	if (!h->stored)
		record_call(h);
	o = json_pack("{s:s, s:b, s:I, s:I, s:o, s:o, s:O}", "call_id",
		      guid_str(i->call_id, id), "has_call_id", i->has_call_id,
		      "start", (json_int_t)i->start, "answer",
		      (json_int_t)i->answer, "caller", party_json(i, SIDE_A),
		      "callee", party_json(i, SIDE_B), "media", h->state);
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

static int party_read(struct reach *r, const json_t *o, const char *name)
{
	const char *alias, *agent, *endpoint;

	if (json_unpack((json_t *)(uintptr_t)o, "{s:{s:s, s:s, s:s}}", name,
			"alias", &alias, "agent", &agent, "endpoint",
			&endpoint))
		return EBADMSG;
	str_ncpy(r->alias, alias, sizeof(r->alias));
	str_ncpy(r->agent, agent, sizeof(r->agent));
	str_ncpy(r->endpoint, endpoint, sizeof(r->endpoint));

	return 0;
}


static int state_read(struct held *h, const json_t *o)
{
	struct call_info *i = &h->last;
	json_int_t start, answer;
	json_t *media;
	const char *id;
	int has, err;

	if (json_unpack((json_t *)(uintptr_t)o,
			"{s:s, s:b, s:I, s:I, s:O}", "call_id", &id,
			"has_call_id", &has, "start", &start, "answer",
			&answer, "media", &media))
		return EBADMSG;
	h->state       = media;
	i->has_call_id = has && guid_parse(i->call_id, id);
	i->start       = (uint64_t)start;
	i->answer      = (uint64_t)answer;
	err	       = party_read(&i->party[SIDE_A].reach, o, "caller");

	return err ? err : party_read(&i->party[SIDE_B].reach, o, "callee");
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
	h->stored = true;
	list_append(&cs->restored, &h->le, h);
	(void)held_count(h);
	if (h->last.has_call_id)
		hash_append(cs->by_id,
			    hash_fast((const char *)h->last.call_id, GUID_LEN),
			    &h->le_id, h);
	metrics_inc(cs->stats, STAT_CALLS_RESTORED);

	return 0;
}
