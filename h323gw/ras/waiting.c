/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file waiting.c  Answers that need to know where a call goes
 *
 * Where that is known at once, so is the answer. Otherwise the one who asks is
 * told that it takes longer (RIP), and gets the answer when it is there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "exchange.h"


int ras_waiting_alloc(struct ras_waiting **wp, struct ras_exchange *x,
		      enum ras_waiting_kind kind, long seq)
{
	struct ras *r = x->ras;
	struct ras_waiting *w;

	if (r->waitingc >= RAS_WAITING_MAX)
		return ENFILE;
	w = calloc(1, sizeof(*w));
	if (!w)
		return ENOMEM;
	w->ras	= r;
	w->kind = kind;
	w->src	= *x->src;
	w->to	= x->to;
	w->seq	= seq;
	if (x->ep)
		memcpy(w->endpoint, x->ep->id, sizeof(x->ep->id));

	w->prevp = &r->waiting;
	w->next	 = r->waiting;
	if (w->next)
		w->next->prevp = &w->next;
	r->waiting = w;
	++r->waitingc;
	*wp = w;

	return 0;
}


static void waiting_free(struct ras_waiting *w)
{
	*w->prevp = w->next;
	if (w->next)
		w->next->prevp = w->prevp;
	--w->ras->waitingc;
	free(w);
}


void ras_waiting_flush(struct ras *r)
{
	while (r->waiting) {
		if (r->h.route_cancelh)
			r->h.route_cancelh(r->waiting, r->arg);
		waiting_free(r->waiting);
	}
}


static int answer(struct ras_exchange *x, const struct ras_waiting *w,
		  const struct route *route)
{
	return w->kind == RAS_WAITING_ADMISSION
		       ? ras_admission_answer(x, w, route)
		       : ras_location_answer(x, w, route);
}


/* who asked may be gone by now: then nobody hears of it */
static void later(struct ras_waiting *w, const struct route *route)
{
	struct ras *r	      = w->ras;
	struct ras_exchange x = {.ras = r, .src = &w->src, .to = w->to,
				 .result = RAS_ANSWERED};
	struct ras_answer *ans = malloc(sizeof(*ans));

	if (w->endpoint[0])
		x.ep = zone_by_id(r->conf.zone, w->endpoint);
	if (ans && (x.ep || !w->endpoint[0]) && !answer(&x, w, route)) {
		ras_finish(&x, ans);
		if (ans->len)
			r->h.sendh(&w->src, &ans->to, ans->p, ans->len,
				   r->arg);
	}
	per_msg_free(x.answer);
	free(ans);
}


static void on_route(const struct route *route, void *arg)
{
	struct ras_waiting *w = arg;

	w->done = true;
	if (w->now) {
		if (answer(w->now, w, route))
			w->now->quiet = true;
		return;
	}
	later(w, route);
	waiting_free(w);
}


static int in_progress(struct ras_exchange *x, long seq)
{
	RequestInProgress_t *rip =
		ras_reply(x, RasMessage_PR_requestInProgress);

	if (!rip)
		return ENOMEM;
	rip->requestSeqNum = seq;
	rip->delay	   = RAS_RIP_MS;
	x->result	   = RAS_LATER;

	return 0;
}


int ras_waiting_route(struct ras_waiting *w, struct ras_exchange *x,
		      const struct route_query *q)
{
	struct ras *r = x->ras;
	int err;

	w->now = x;
	err    = r->h.routeh(q, on_route, w, r->arg);
	w->now = NULL;
	if (err || w->done) {
		waiting_free(w);
		return err;
	}

	return in_progress(x, w->seq);
}
