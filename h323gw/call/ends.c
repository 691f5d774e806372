/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ends.c  Calls that others end: gatekeeper, relay, operator
 */
#include <errno.h>
#include <string.h>
#include "h323gw/call/host.h"


enum {
	DRQ_WAIT = 1000, /* ms, for the ReleaseComplete that goes with it */
};


static uint64_t now_ms(struct calls *cs)
{
	return cs->env->io.now(NULL);
}


/* a call of the last run has no signalling that could be told */
static void restored_end(struct held *h, enum call_by by, int reason,
			 int cause, const char *why)
{
	struct calls *cs    = h->cs;
	struct call_info *i = &h->last;

	if (i->ended)
		return;
	i->ended  = true;
	i->by	  = by;
	i->reason = reason;
	i->cause  = cause;
	i->end	  = now_ms(cs);
	str_ncpy(i->why, why, sizeof(i->why));
	tmr_cancel(&h->drq);
	hash_unlink(&h->le_id);
	list_unlink(&h->le);
	list_append(&cs->ending, &h->le, h);
	record_call(h);
	restored_over(h);
}


/* both endpoints hear of it by DRQ, for perhaps neither has signalling; its
 * sessions are closed, flows told */
void restored_over(struct held *h)
{
	struct calls *cs	  = h->cs;
	const struct call_info *i = held_info(h);

	if (h->counted) {
		gk_disengage(cs->gk, i->call_id);
		gk_call_ended(cs->gk, i->call_id);
	}
	h->counted = false;
	if (cs->link)
		streams_restored_close(h);
	else
		record_over(h);
}


void held_end(struct held *h, enum call_by by, int reason, int cause,
	      const char *why)
{
	if (h->call)
		call_hangup(h->call, by, reason, cause, why);
	else
		restored_end(h, by, reason, cause, why);
}


typedef bool(held_filter_h)(const struct held *h, const void *arg);

/* one that ends leaves its list, and no other with it */
static void end_all(struct list *l, held_filter_h *filter, const void *arg,
		    int cause, const char *why)
{
	struct le *le = list_head(l);

	while (le) {
		struct held *h = le->data;

		le = le->next;
		if (filter(h, arg))
			held_end(h, CALL_BY_SERVER,
				 ReleaseCompleteReason_PR_undefinedReason,
				 cause, why);
	}
}


static bool has_id(const struct held *h, const void *arg)
{
	return !strcmp(h->id, arg);
}


void calls_closed(struct calls *cs, const char *id)
{
	end_all(&cs->restored, has_id, id, CAUSE_NORMAL, "media-closed");
}


static void on_session(const struct rpc_error *err, const json_t *result,
		       int *fds, size_t nfds, void *arg)
{
	struct held *h = arg;
	(void)result;
	(void)fds;
	(void)nfds;

	h->dial_req = NULL;
	if (err && err->code == RPC_NOT_FOUND)
		held_end(h, CALL_BY_SERVER,
			 ReleaseCompleteReason_PR_undefinedReason,
			 CAUSE_TEMPORARY_FAILURE, "relay-lost");
}


/* what this run's calls have, media open again; of the last run's we only know
 * that they had a session */
void calls_relay_up(struct calls *cs)
{
	for (struct le *le = list_head(&cs->restored); le; le = le->next) {
		struct held *h = le->data;
		json_t *params = json_pack("{s:s}", "id", h->id);

		if (params && !h->dial_req)
			(void)link_call(&h->dial_req, cs->link, "session.get",
					params, on_session, h);
		json_decref(params);
	}
}


void calls_idle(struct calls *cs, const char *id)
{
	end_all(&cs->restored, has_id, id, CAUSE_TEMPORARY_FAILURE,
		"media-timeout");
}


static bool has_agent(const struct held *h, const void *arg)
{
	const struct call_info *i = held_info(h);

	return !strcmp(i->party[SIDE_A].reach.agent, arg) ||
	       !strcmp(i->party[SIDE_B].reach.agent, arg);
}


/* of this run and the last */
static void end_of(struct calls *cs, held_filter_h *filter, const char *what,
		   int cause, const char *why)
{
	if (!what[0])
		return;
	end_all(&cs->held, filter, what, cause, why);
	end_all(&cs->restored, filter, what, cause, why);
}


void calls_agent_down(struct calls *cs, const char *agent)
{
	end_of(cs, has_agent, agent, CAUSE_OUT_OF_ORDER, "agent-down");
}


static bool has_endpoint(const struct held *h, const void *arg)
{
	const struct call_info *i = held_info(h);

	return !strcmp(i->party[SIDE_A].reach.endpoint, arg) ||
	       !strcmp(i->party[SIDE_B].reach.endpoint, arg);
}


void calls_drop_endpoint(struct calls *cs, const char *endpointIdentifier)
{
	end_of(cs, has_endpoint, endpointIdentifier, CAUSE_NORMAL,
	       "unregistered");
}


struct wanted {
	const uint8_t *call_id;
	const char *endpoint; /* NULL: any */
};


static bool is_wanted(struct le *le, void *arg)
{
	const struct held *h	  = le->data;
	const struct wanted *w	  = arg;
	const struct call_info *i = held_info(h);

	return !memcmp(i->call_id, w->call_id, GUID_LEN) &&
	       (!w->endpoint || has_endpoint(h, w->endpoint));
}


/* endpoint: one of its parties; NULL: any */
struct held *calls_find(struct calls *cs, const uint8_t call_id[GUID_LEN],
			const char *endpoint)
{
	struct wanted w = {call_id, endpoint};

	return list_ledata(hash_lookup(
		cs->by_id, hash_fast((const char *)call_id, GUID_LEN),
		is_wanted, &w));
}


static void on_drq(void *arg)
{
	struct held *h = arg;

	held_end(h, h->drq_by, ReleaseCompleteReason_PR_undefinedReason,
		 CAUSE_NORMAL, "DRQ");
}


/* who leaves says so by ReleaseComplete, too, and in it why: that comes over
 * another connection, and may come after this */
bool calls_disengage(struct calls *cs, const uint8_t call_id[16],
		     const char *endpointIdentifier, int drq_reason)
{
	struct held *h = calls_find(cs, call_id, endpointIdentifier);
	const struct call_info *i;
	enum call_by by = CALL_BY_SERVER;
	(void)drq_reason;

	if (!h)
		return false;
	i = held_info(h);
	if (endpointIdentifier)
		by = strcmp(i->party[SIDE_A].reach.endpoint,
			    endpointIdentifier)
			     ? CALL_BY_CALLEE
			     : CALL_BY_CALLER;
	if (!tmr_isrunning(&h->drq)) {
		h->drq_by = by;
		tmr_start(&h->drq, h->call ? DRQ_WAIT : 0, on_drq, h);
	}

	return true;
}


void calls_bandwidth(struct calls *cs, const uint8_t call_id[16],
		     const char *endpointIdentifier, uint32_t hundred_bits)
{
	struct held *h = calls_find(cs, call_id, endpointIdentifier);

	if (h && h->media)
		media_bandwidth(h->media, hundred_bits);
}


static struct held *by_name(struct list *l, const char *id)
{
	for (struct le *le = list_head(l); le; le = le->next) {
		struct held *h = le->data;

		if (has_id(h, id))
			return h;
	}

	return NULL;
}


int calls_disconnect(struct calls *cs, const char *id)
{
	struct held *h = by_name(&cs->held, id);

	if (!h)
		h = by_name(&cs->restored, id);
	if (!h)
		return ENOENT;
	held_end(h, CALL_BY_OPERATOR,
		 ReleaseCompleteReason_PR_undefinedReason, CAUSE_NORMAL,
		 "operator");

	return 0;
}
