/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file adopt.c  Calls of the last run whose parties take up their signalling
 *
 * Our connections ended with us, and a party that makes a new one says which
 * call it is for by its callIdentifier (as H.323 annex R has it). Then that
 * side is as it was: it can hang up, ask for the call's state, and talk to the
 * other side, if that has come back as well. New channels are refused, for what
 * there was is not known any more.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/call/host.h"


static bool is_from(const struct reach *r, const struct sig *s)
{
	return !strcmp(r->agent, s->agent) &&
	       (addr_ip_eq(&r->seen, &s->from) ||
		addr_ip_eq(&r->signalling, &s->from));
}


/* whose message is it? Where both parties are at one address, the call
 * reference's flag says it: we have chosen that of the called one */
static bool side_of(enum side *side, const struct held *h,
		    const struct sig *s, const struct q931 *q)
{
	const struct call_party *p = held_info(h)->party;
	const bool a = is_from(&p[SIDE_A].reach, s);
	const bool b = is_from(&p[SIDE_B].reach, s);

	*side = a && b ? (q->from_destination ? SIDE_B : SIDE_A)
		       : (a ? SIDE_A : SIDE_B);

	return a || b;
}


static struct held *call_of(struct sig *s, const struct q931 *q)
{
	const struct call_env *e = s->cs->env;
	uint8_t id[GUID_LEN];
	struct held *h = NULL;
	struct uuie u;

	if (uuie_decode(&u, e->per, e->uu, q))
		return NULL;
	if (u.callIdentifier && guid_get(id, &u.callIdentifier->guid) &&
	    !guid_is_zero(id))
		h = calls_find(s->cs, id, NULL);
	uuie_reset(&u);

	return h && h->restored && !held_info(h)->ended ? h : NULL;
}


static int revive(struct held *h)
{
	struct call_info *i = &h->last;

	for (int s = 0; s < SIDES; s++)
		i->party[s].own = gk_signalling_address(h->cs->gk,
							&i->party[s].reach);

	return call_restore(&h->call, h->cs->env, i, h->tunnel, h);
}


bool sig_adopt(struct sig *s, const struct q931 *q, const uint8_t *p,
	       size_t len)
{
	struct held *h = q->type == Q931_SETUP ? NULL : call_of(s, q);
	enum side side;

	if (!h || !side_of(&side, h, s, q) || (!h->call && revive(h)))
		return false;
	/* it has made another one since */
	leg_release(&h->leg[side]);
	leg_bind(&h->leg[side], s, q->callref, !q->from_destination);
	call_signal_back(h->call, side, q->callref, !q->from_destination);
	metrics_inc(s->cs->stats, STAT_CALLS_ADOPTED);
	log_info(CALL_ROOM, "%s: signalling of %s is back", h->id,
		 held_info(h)->party[side].reach.alias);
	call_q931(h->call, side, p, len);

	return true;
}
