/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call.c  One call: what happens to it comes in here
 *
 * Owns the call's line, and what waits for H.245.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/call/priv.h"


enum {
	/* ms; Q.931 §9.1, but that a Setup here goes over TCP and may have to
	 * wait for others at the far end */
	T303	   = 8000,
	T310	   = 30000,
	T301	   = 180000,
	PROCEEDING = 2000, /* less than a caller's T303 of 4 s */
	H245_LOST  = 10000,
};


int call_env_init(struct call_env *env, const struct per *per)
{
	memset(env, 0, sizeof(*env));
	env->per      = per;
	env->uu	      = per_type_find(per, "H323-UserInformation");
	env->h245     = per_type_find(per, "MultimediaSystemControlMessage");
	env->tunnel   = true;
	env->timeouts = (struct call_timeouts){T303, T310, T301, PROCEEDING,
					       H245_LOST};

	return env->uu && env->h245 ? 0 : ENOTSUP;
}


static void call_destructor(void *arg)
{
	struct call *c = arg;

	if (c->setup && !c->setup->le.list)
		mem_deref(c->setup);
	list_flush(&c->line);
	h245_reset(&c->side[SIDE_A].h245);
	h245_reset(&c->side[SIDE_B].h245);
	mem_deref(c->to);
}


int call_alloc(struct call **cp, struct call_env *env, uint32_t callref,
	       void *arg)
{
	struct call *c = mem_zalloc(sizeof(*c), call_destructor);

	if (!c)
		return ENOMEM;
	c->env				= env;
	c->arg				= arg;
	c->info.start			= env->io.now(arg);
	c->info.party[SIDE_A].callref	= callref;
	c->info.party[SIDE_A].chose	= true;
	c->info.party[SIDE_A].open	= true;
	c->side[SIDE_A].state		= STATE_PRESENT;
	*cp = c;

	return 0;
}


int call_restore(struct call **cp, struct call_env *env,
		 const struct call_info *info, const bool tunnel[SIDES],
		 void *arg)
{
	struct call *c;
	int err = call_alloc(&c, env, 0, arg);

	if (err)
		return err;
	c->info		   = *info;
	c->connected	   = true;
	c->proceeding_told = true;
	c->media	   = true;
	for (int s = 0; s < SIDES; s++) {
		c->info.party[s].open	= false;
		c->side[s].state	= STATE_ACTIVE;
		c->side[s].h245.tunnel	= tunnel[s] ? TUNNEL_YES : TUNNEL_NO;
	}
	*cp = c;

	return 0;
}


void call_signal_back(struct call *c, enum side s, uint32_t callref,
		      bool chose)
{
	c->info.party[s].callref = callref;
	c->info.party[s].chose	 = chose;
	c->info.party[s].open	 = true;
}


void call_signal_away(struct call *c, enum side s)
{
	c->info.party[s].open = false;
}


bool call_tunnelled(const struct call *c, enum side s)
{
	return c->side[s].h245.tunnel == TUNNEL_YES;
}


const struct call_info *call_info(const struct call *c)
{
	return &c->info;
}


void call_party_set(struct call *c, enum side s, const struct reach *r,
		    const struct addr *own)
{
	c->info.party[s].reach = *r;
	c->info.party[s].own   = *own;
}


void call_ref_set(struct call *c, uint32_t callref)
{
	c->info.party[SIDE_B].callref = callref;
}


const char *call_state_name(const struct call *c)
{
	if (c->ended)
		return "ended";
	switch (c->side[SIDE_B].state) {
	case STATE_NULL:
		return "routing";
	case STATE_ACTIVE:
		return "connected";
	case STATE_DELIVERED:
		return "alerting";
	default:
		return "proceeding";
	}
}


/* a message is for us as long as its side has not been released */
void call_q931(struct call *c, enum side from, const uint8_t *p, size_t len)
{
	struct item *it;
	const char *why;

	if (c->ended || !c->info.party[from].open)
		return;
	if (item_alloc(&it, ITEM_Q931, from, p, len))
		return;
	if (q931_decode(&it->q, it->p, it->len, &why)) {
		c->env->io.odd(c, from, why, c->arg);
		mem_deref(it);
		return;
	}
	if (it->q.type == Q931_SETUP &&
	    (from == SIDE_B || c->setup || c->connected)) {
		c->env->io.odd(c, from, "a second Setup", c->arg);
		mem_deref(it);
		return;
	}
	if (it->q.type == Q931_RELEASE_COMPLETE) {
		mem_ref(c);
		release_received(c, it);
		mem_deref(it);
		mem_deref(c);
		return;
	}
	line_add(c, it);
}


void call_h245(struct call *c, enum side from, const uint8_t *p, size_t len)
{
	struct item *it;

	if (c->ended || !len || item_alloc(&it, ITEM_H245, from, p, len))
		return;
	line_add(c, it);
}


void call_routed(struct call *c, const struct route *r)
{
	c->route  = *r;
	c->routed = true;
	line_answer(c, 0);
}


bool call_is_routed(const struct call *c)
{
	return c->routed;
}


void call_media_ready(struct call *c, int err)
{
	line_answer(c, err);
}


void call_dialled(struct call *c, int err)
{
	if (c->ended || !c->dialling)
		return;
	c->dialling		      = false;
	c->info.party[SIDE_B].open    = !err;
	line_answer(c, err);
}


void call_signal_lost(struct call *c, enum side s, int err)
{
	(void)err;
	if (c->ended || !c->info.party[s].open)
		return;
	c->info.party[s].open = false;
	release_all(c, s == SIDE_A ? CALL_BY_CALLER : CALL_BY_CALLEE,
		    ReleaseCompleteReason_PR_adaptiveBusy,
		    CAUSE_TEMPORARY_FAILURE, "connection-lost");
}


static void on_state_timer(struct call *c)
{
	switch (c->side[SIDE_B].state) {
	case STATE_DELIVERED:
		release_all(c, CALL_BY_SERVER,
			    ReleaseCompleteReason_PR_undefinedReason,
			    CAUSE_NO_ANSWER, "T301");
		break;
	case STATE_INITIATED:
		release_all(c, CALL_BY_SERVER,
			    ReleaseCompleteReason_PR_unreachableDestination,
			    CAUSE_NO_USER_RESPONDING, "T303");
		break;
	default:
		release_all(c, CALL_BY_SERVER,
			    ReleaseCompleteReason_PR_undefinedReason,
			    CAUSE_NO_USER_RESPONDING, "T310");
	}
}


void call_timeout(struct call *c, enum call_timer t)
{
	const enum side s = t == CALL_TIMER_H245_B ? SIDE_B : SIDE_A;

	if (c->ended)
		return;
	if (t == CALL_TIMER_STATE) {
		on_state_timer(c);
		return;
	}
	if (t == CALL_TIMER_PROCEEDING) {
		own_proceeding(c);
		return;
	}
	if (c->side[s].h245.own != OWN_UP && !h245_tunnels(c, s))
		release_all(c, CALL_BY_SERVER,
			    ReleaseCompleteReason_PR_undefinedReason,
			    CAUSE_TEMPORARY_FAILURE, "H.245-lost");
}


void call_hangup(struct call *c, enum call_by by, int reason, int cause,
		 const char *why)
{
	release_all(c, by, reason, cause, why);
}
