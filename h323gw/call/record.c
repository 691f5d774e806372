/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file record.c  What is written down of a call: a row, and flows
 *
 * One row a call, put when its media begin, when it is answered and when it
 * ends.
 */
#include <string.h>
#include "h323gw/call/host.h"


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
