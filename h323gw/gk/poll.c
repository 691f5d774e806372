/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file poll.c  Endpoints whose time is over, and what is done once a second
 *
 * Who has not been heard of in time is asked (IRQ) before it is forgotten: a
 * terminal of version 1 knows no time to live. Owns no state.
 */
#include <errno.h>
#include <RasMessage.h>
#include "priv.h"


void gk_throw_out(struct gk *gk, struct endpoint *ep, int reason,
		  const char *why)
{
	const uint16_t seq	 = pending_seq(gk->pending);
	struct ras_answer *const a = &gk->answer;

	if (!ras_urq(gk->ras, a, ep, seq, reason))
		(void)pending_send(NULL, gk->pending, &a->to, NULL, seq,
				   a->p, a->len, NULL, NULL);
	ras_unregister(gk->ras, ep, why);
}


static void overdue(struct gk *gk, struct endpoint *ep, int64_t now)
{
	struct ras_answer *const a = &gk->answer;

	if (ep->asked >= POLL_TRIES) {
		metrics_inc(gk->stats, STAT_EXPIRED);
		gk_throw_out(gk, ep, UnregRequestReason_PR_ttlExpired,
			     "expired");
		return;
	}
	++ep->asked;
	zone_due(ep, now + POLL_MS);
	if (!ras_irq(gk->ras, a, ep, pending_seq(gk->pending)))
		gk_send(gk, &a->to, a->p, a->len);
}


void gk_tick(void *arg)
{
	struct gk *gk	  = arg;
	const int64_t now = gk_now(gk);
	struct endpoint *ep;
	unsigned n;

	tmr_start(&gk->tick, TICK_MS, gk_tick, gk);
	for (n = 0; n < TICK_OVERDUE; n++) {
		ep = zone_overdue(gk->zone, now);
		if (!ep)
			break;
		overdue(gk, ep, now);
	}
	ras_call_expire(gk->ras, now);
}
