/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file told.c  How H.245 gets to a side: what it says of that, what happens
 *
 * Tunnelling is what both say; an address for H.245 may come in any message;
 * connections come up and break (H.323 §8.2).
 */
#include <errno.h>
#include <string.h>
#include "h323gw/call/priv.h"

#define BODY(name) H323_UU_PDU__h323_message_body_PR_##name


/* ---- what messages say about it ---- */

bool h245_says_tunnelling(const struct uuie *u)
{
	switch (u->body) {
	case BODY(setup):
	case BODY(callProceeding):
	case BODY(alerting):
	case BODY(connect):
	case BODY(progress):
	case BODY(facility):
	case BODY(empty):
		return true;
	default:
		return false;
	}
}


/* they have not read what Setup brought: it goes another way, first of all */
static void tunnel_no(struct h245 *h)
{
	struct piece *p;

	h->tunnel = TUNNEL_NO;
	while ((p = list_ledata(list_tail(&h->unsure)))) {
		list_unlink(&p->le);
		list_prepend(&h->outl, &p->le, p);
	}
}


static void tunnelling_read(struct call *c, const struct item *it)
{
	const struct uuie *u = &it->u;
	const BOOLEAN_t *b   = u->pdu->h245Tunnelling;
	struct h245 *h	     = &c->side[it->from].h245;

	if (!h245_says_tunnelling(u) || h->tunnel == TUNNEL_NO)
		return;
	if (uuie_bool(b)) {
		h->tunnel = TUNNEL_YES;
		h245_pieces_drop(h, &h->unsure);
		return;
	}
	if (u->pdu->provisionalRespToH245Tunnelling ||
	    (!b && h->tunnel == TUNNEL_YES) || u->body == BODY(empty))
		return;
	tunnel_no(h);
}


static void address_read(struct call *c, const struct item *it)
{
	const TransportAddress_t *ta = uuie_h245Address(&it->u);
	struct h245 *h		     = &c->side[it->from].h245;
	struct addr a;

	if (!ta || !h225_addr_get(&a, ta))
		return;
	if (!addr_eq(&a, &h->theirs))
		h->failed = false;
	h->theirs = a;
	h->wants  = true;
	/* H.323 §8.2.3: it leaves the tunnel */
	if (it->u.body == BODY(facility) && h->tunnel == TUNNEL_YES)
		h->tunnel = TUNNEL_NO;
}


void h245_facts(struct call *c, struct item *it)
{
	if (!it->u.msg)
		return;
	tunnelling_read(c, it);
	address_read(c, it);
}


/* a message has gone on: what each side may begin now */
void h245_went_on(struct call *c, const struct item *it)
{
	const enum side to = side_other(it->from);
	struct h245 *y = &c->side[it->from].h245, *x = &c->side[to].h245;
	const bool early = it->from == SIDE_A && it->q.type == Q931_SETUP;

	if (it->tell_h245)
		x->told = true;
	if (!early && (y->wants || y->outl.head))
		h245_start(c, it->from);
	if (it->q.type == Q931_CONNECT || x->outl.head ||
	    (uuie_h245Address(&it->u) && addr_is_set(&x->theirs)))
		if (x->wants || x->outl.head)
			h245_start(c, to);
}


/* ---- what happens to connections ---- */

void call_h245_listening(struct call *c, enum side s, int err,
			 const struct addr *at)
{
	struct h245 *h	      = &c->side[s].h245;
	const struct item *it = list_ledata(list_head(&c->line));
	const bool in_line    = c->waiting && it && it->asked &&
			     it->step == STEP_LISTEN && it->from != s;

	if (c->ended || h->own != OWN_LISTENING)
		return;
	h->own = err ? OWN_NONE : OWN_WAITING;
	if (!err)
		h->ours = *at;
	mem_ref(c);
	if (in_line)
		line_answer(c, err);
	else if (err)
		h245_no_way(c, s);
	else
		own_facility_h245(c, s);
	mem_deref(c);
}


void call_h245_up(struct call *c, enum side s)
{
	const enum side o    = side_other(s);
	const struct h245 *y = &c->side[o].h245;

	if (c->ended)
		return;
	c->side[s].h245.own   = OWN_UP;
	c->side[s].h245.wants = false;
	c->env->io.timer(c, s == SIDE_A ? CALL_TIMER_H245_A
					: CALL_TIMER_H245_B,
			 0, c->arg);
	h245_flush(c, s);
	/* the other one that waits to be connected to says nothing before */
	if (y->own == OWN_NONE && y->wants)
		h245_start(c, o);
}


static void lost(struct call *c, enum side s)
{
	struct h245 *h = &c->side[s].h245;

	h->own = h->end_sent || h->end_got ? OWN_OVER : OWN_NONE;
	memset(&h->theirs, 0, sizeof(h->theirs));
	memset(&h->ours, 0, sizeof(h->ours));
	if (h->own == OWN_NONE && h->tunnel != TUNNEL_YES)
		c->env->io.timer(c, s == SIDE_A ? CALL_TIMER_H245_A
						: CALL_TIMER_H245_B,
				 c->env->timeouts.h245, c->arg);
}


void call_h245_down(struct call *c, enum side s, int err)
{
	struct h245 *h = &c->side[s].h245;

	if (c->ended)
		return;
	switch (h->own) {
	case OWN_UP:
		lost(c, s);
		break;
	case OWN_CONNECTING:
		h->own	  = OWN_NONE;
		h->failed = true;
		h245_start(c, s);
		break;
	case OWN_WAITING:
		h->own = OWN_NONE;
		/* the agent or the relay went, and with it the address that
		 * it was told: it gets another */
		if (c->connected && err == ENOTCONN)
			h245_start(c, s);
		else if (c->connected)
			h245_no_way(c, s);
		break;
	default:
		break;
	}
}
