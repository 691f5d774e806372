/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file neighbour.c  Other gatekeepers, asked for whom nobody here knows
 *
 * Of the neighbours whose prefixes fit a number those with the longest are
 * asked, all at once; who confirms first has the call. If none does, those with
 * the next shorter ones are. A hop count bounds how far that goes, and what is
 * asked for already is not asked for again: so circles end.
 *
 * Owns what is being asked. The neighbours are the settings'.
 */
#include <errno.h>
#include <string.h>
#include <RasMessage.h>
#include "neighbour.h"
#include "priv.h"

#define NONE SIZE_MAX

struct asking;

/** One neighbour that is being asked */
struct question {
	struct asking *as;
	struct pending *pending; /* NULL: it has answered, or never was */
};

struct asking {
	struct le le;
	struct gk *gk;
	gk_route_h *h;
	void *arg;
	struct route none;
	struct alias called[NEIGHBOUR_ALIASES];
	size_t calledc;
	bool rewritten; /* the first of called */
	struct alias asked; /* the first as it stood */
	uint8_t call_id[GUID_LEN];
	bool has_call_id;
	unsigned hops;
	struct addr asker;
	size_t length; /* of the prefixes of those asked now */
	unsigned left; /* of them */
	struct question q[NEIGHBOURS_MAX];
};


/* ---- who is asked ---- */

/* length of the prefix that fits; NONE: none does */
static size_t fits(const struct settings_neighbour *n, const struct asking *as)
{
	size_t best = n->prefixc ? NONE : 0, i, k;

	for (i = 0; i < as->calledc; i++) {
		const struct alias *a = &as->called[i];

		for (k = 0; alias_is_number(a) && k < n->prefixc; k++) {
			const size_t len = strlen(n->prefixv[k]);

			if (!strncmp(a->text, n->prefixv[k], len) &&
			    (best == NONE || len > best))
				best = len;
		}
	}

	return best;
}


/* the longest that is shorter than the last; NONE: there is none any more */
static size_t next_length(const struct asking *as)
{
	const struct settings *s = as->gk->settings;
	size_t best = NONE, i;

	for (i = 0; i < s->neighbourc; i++) {
		const size_t len = fits(&s->neighbourv[i], as);

		if (len == NONE ||
		    (as->length != NONE && len >= as->length) ||
		    addr_ip_eq(&s->neighbourv[i].address, &as->asker))
			continue;
		if (best == NONE || len > best)
			best = len;
	}

	return best;
}


/* ---- what was answered: ARQ and Setup both ask for a call ---- */

struct located {
	struct le le, he;
	struct gk *gk;
	uint8_t call_id[GUID_LEN];
	struct alias called; /* that was asked for */
	struct route route;
	uint64_t until; /* ms */
};


static void located_destructor(void *arg)
{
	struct located *l = arg;

	--l->gk->locatedc;
	list_unlink(&l->le);
	hash_unlink(&l->he);
}


static uint32_t key_of(const uint8_t call_id[GUID_LEN])
{
	return hash_joaat(call_id, GUID_LEN);
}


static void located_put(const struct asking *as, const struct route *r)
{
	struct gk *gk = as->gk;
	struct located *l;

	if (!as->has_call_id)
		return;
	if (gk->locatedc >= NEIGHBOUR_LOCATED)
		mem_deref(list_ledata(list_head(&gk->located)));
	l = mem_zalloc(sizeof(*l), located_destructor);
	if (!l)
		return;
	l->gk = gk;
	++gk->locatedc;
	memcpy(l->call_id, as->call_id, GUID_LEN);
	l->called = as->asked;
	l->route  = *r;
	l->until  = tmr_jiffies() + NEIGHBOUR_LOCATED_S * 1000;
	list_append(&gk->located, &l->le, l);
	hash_append(gk->located_by_call, key_of(l->call_id), &l->he, l);
}


static bool is_of_call(struct le *le, void *arg)
{
	const struct located *l		   = le->data;
	const struct route_query *const q = arg;

	return !memcmp(l->call_id, q->call_id, GUID_LEN) &&
	       q->calledc && alias_eq(&l->called, &q->called[0]) &&
	       l->until > tmr_jiffies();
}


static const struct route *located_find(const struct gk *gk,
					const struct route_query *q)
{
	const struct located *l;

	if (!q->has_call_id)
		return NULL;
	l = list_ledata(hash_lookup(gk->located_by_call, key_of(q->call_id),
				    is_of_call, (void *)(uintptr_t)q));

	return l ? &l->route : NULL;
}


int gk_neighbour_alloc(struct gk *gk)
{
	return hash_alloc(&gk->located_by_call, NEIGHBOUR_LOCATED / 4);
}


/* ---- asking ---- */

static void asking_destructor(void *arg)
{
	struct asking *as = arg;
	size_t i;

	--as->gk->askingc;
	list_unlink(&as->le);
	for (i = 0; i < NEIGHBOURS_MAX; i++)
		mem_deref(as->q[i].pending);
}


static void finish(struct asking *as, const struct route *r)
{
	gk_route_h *h = as->h;
	void *arg     = as->arg;
	struct route route = *r;

	metrics_inc(as->gk->stats,
		    r->reason ? STAT_NOT_LOCATED : STAT_LOCATED);
	if (!r->reason)
		located_put(as, r);
	mem_deref(as);
	h(&route, arg);
}


static pending_h on_answer;


static void question_put(struct asking *as, size_t i)
{
	struct gk *gk = as->gk;
	const struct settings_neighbour *n = &gk->settings->neighbourv[i];
	const uint16_t seq = pending_seq(gk->pending);
	const struct ras_location_query q = {
		.called	 = as->called,
		.calledc = as->calledc,
		.call_id = as->has_call_id ? as->call_id : NULL,
		.hops	 = as->hops,
	};
	struct ras_answer *const a = &gk->answer;

	as->q[i].as = as;
	if (!ras_lrq(gk->ras, a, &n->address, seq, &q) &&
	    !pending_send(&as->q[i].pending, gk->pending, &n->address, NULL,
			  seq, a->p, a->len, on_answer, &as->q[i]))
		++as->left;
}


/* false: there is nobody left */
static bool ask_next(struct asking *as)
{
	const struct settings *s = as->gk->settings;
	size_t i;

	while (!as->left) {
		as->length = next_length(as);
		if (as->length == NONE)
			return false;
		for (i = 0; i < s->neighbourc; i++) {
			if (fits(&s->neighbourv[i], as) == as->length &&
			    !addr_ip_eq(&s->neighbourv[i].address, &as->asker))
				question_put(as, i);
		}
	}

	return true;
}


/* an address of this host's would be a circle, others that are no host's */
static bool is_good(const struct gk *gk, const struct addr *a)
{
	return !addr_is_any(a) && !addr_is_multicast(a) && !gk_is_own(gk, a);
}


static void on_answer(const struct ras_response *resp, void *arg)
{
	struct question *q = arg;
	struct asking *as  = q->as;
	struct alias called;
	struct route r;

	q->pending = NULL; /* it releases itself */
	--as->left;
	memset(&r, 0, sizeof(r));
	if (resp && ras_located(&r.to.signalling, &called, resp) &&
	    is_good(as->gk, &r.to.signalling)) {
		r.to.seen = r.to.signalling;
		(void)addr_str(&r.to.signalling, r.to.alias);
		r.rewritten = called.type != ALIAS_NONE || as->rewritten;
		r.called    = called.type != ALIAS_NONE ? called
							: as->called[0];
		if (!r.rewritten)
			r.called.type = ALIAS_NONE;
		finish(as, &r);
	} else if (!ask_next(as)) {
		finish(as, &as->none);
	}
}


static bool is_asked(const struct gk *gk, const struct route_query *q)
{
	struct le *le;

	for (le = q->has_call_id ? list_head(&gk->askings) : NULL; le;
	     le = le->next) {
		const struct asking *as = le->data;

		if (as->has_call_id &&
		    !memcmp(as->call_id, q->call_id, GUID_LEN))
			return true;
	}

	return false;
}


int gk_neighbour_ask(struct gk *gk, const struct route_query *q,
		     const struct route *none, gk_route_h *h, void *arg)
{
	const unsigned hops = q->located ? q->hops : NEIGHBOUR_HOPS;
	const struct route *known;
	struct asking *as;

	if (!gk->settings->neighbourc || !hops)
		return ENOENT;
	known = located_find(gk, q);
	if (known) {
		const struct route r = *known;

		h(&r, arg);
		return 0;
	}
	if (q->located && is_asked(gk, q))
		return ELOOP;
	if (gk->askingc >= NEIGHBOUR_ASKINGS)
		return ENFILE;
	as = mem_zalloc(sizeof(*as), asking_destructor);
	if (!as)
		return ENOMEM;
	list_append(&gk->askings, &as->le, as);
	++gk->askingc;
	as->gk	   = gk;
	as->h	   = h;
	as->arg	   = arg;
	as->none   = *none;
	as->hops   = hops > NEIGHBOUR_HOPS_MAX ? NEIGHBOUR_HOPS_MAX : hops;
	as->asker  = q->caller->seen;
	as->length = NONE;
	if (q->calledc)
		as->asked = q->called[0];
	memcpy(as->call_id, q->call_id, GUID_LEN);
	as->has_call_id = q->has_call_id;
	as->calledc = gk_route_called(gk, as->called, NEIGHBOUR_ALIASES,
				      &as->rewritten, q);
	if (as->calledc && ask_next(as))
		return 0;
	mem_deref(as);

	return ENOENT;
}


void gk_neighbour_cancel(struct gk *gk, const void *arg)
{
	struct le *le, *next;

	for (le = list_head(&gk->askings); le; le = next) {
		struct asking *as = le->data;

		next = le->next;
		if (as->arg == arg)
			mem_deref(as);
	}
}


void gk_neighbour_flush(struct gk *gk)
{
	list_flush(&gk->askings);
	list_flush(&gk->located);
	gk->located_by_call = mem_deref(gk->located_by_call);
}


const char *gk_neighbour_at(const struct gk *gk, const struct addr *ip)
{
	const struct settings *s = gk->settings;
	size_t i;

	for (i = 0; i < s->neighbourc; i++) {
		if (addr_ip_eq(&s->neighbourv[i].address, ip))
			return s->neighbourv[i].name;
	}

	return NULL;
}
