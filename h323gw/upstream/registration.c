/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file upstream/registration.c  A registration's life
 *
 * One request at a time. Found, registered in full, kept by lightweight
 * requests at half its time to live; names that come and go are told between
 * these. A gatekeeper that refuses or is silent is asked again, less and less
 * often, and its alternates in between. Owns it.
 */
#include <errno.h>
#include <string.h>
#include "priv.h"

enum {
	BUSY_MS = 1000, /* something else is asked just now */
};


static void destructor(void *arg)
{
	struct upstream_reg *reg = arg;
	struct le *le;

	if (reg->ask.host)
		reg->up->h.forgeth(&reg->ask, reg->up->arg);
	/* calls are others'; they know that it is gone by their reg */
	while ((le = list_head(&reg->calls))) {
		struct upstream_call *c = le->data;

		list_unlink(&c->le);
		if (c->ask.host)
			reg->up->h.forgeth(&c->ask, reg->up->arg);
		c->ask.host = NULL;
		c->reg	    = NULL;
	}
	names_flush(reg);
}


int upstream_reg_alloc(struct upstream_reg **rp, struct upstream *up,
		       const struct addr *own, bool additive, void *arg)
{
	struct upstream_reg *reg = mem_zalloc(sizeof(*reg), destructor);
	int err;

	if (!reg)
		return ENOMEM;
	reg->up		= up;
	reg->arg	= arg;
	reg->own	= *own;
	reg->additive	= additive;
	reg->type	= additive ? ENDPOINT_GATEWAY : ENDPOINT_TERMINAL;
	reg->gatekeeper = up->conf.gatekeeper;
	reg->ask.h	= reg_answered;
	reg->ask.arg	= reg;
	err		= names_alloc(reg);
	if (err)
		mem_deref(reg);
	else
		*rp = reg;

	return err;
}


void *upstream_reg_arg(const struct upstream_reg *reg)
{
	return reg->arg;
}


void upstream_reg_type(struct upstream_reg *reg, enum endpoint_type type)
{
	if (reg->type == type || reg->additive)
		return;
	reg->type  = type;
	reg->stale = true;
}


/* ---- states ---- */

int64_t reg_now(const struct upstream_reg *reg)
{
	return reg->up->h.nowh(reg->up->arg);
}


void reg_timer(struct upstream_reg *reg, uint64_t ms)
{
	reg->up->h.timerh(reg, ms, reg->up->arg);
}


void reg_state_set(struct upstream_reg *reg, enum upstream_state state)
{
	if (reg->state == state)
		return;
	reg->state = state;
	reg->up->h.changedh(reg, reg->up->arg);
}


uint64_t reg_again(struct upstream_reg *reg)
{
	uint64_t ms = (uint64_t)UPSTREAM_AGAIN_MS << reg->tries;

	if (reg->tries < UPSTREAM_TRIES_MAX)
		++reg->tries;

	return ms < UPSTREAM_AGAIN_MAX_MS ? ms : UPSTREAM_AGAIN_MAX_MS;
}


void reg_forget(struct upstream_reg *reg)
{
	struct le *le;

	reg->id[0] = '\0';
	reg->since = 0;
	reg->stale = false;
	names_anew(reg, true);
	/* what it admitted it does not know any more, nor is told of */
	for (le = list_head(&reg->calls); le; le = le->next)
		((struct upstream_call *)le->data)->admitted = false;
}


/* ---- what is asked ---- */

void reg_ask(struct upstream_reg *reg, enum asking what,
		enum upstream_state state)
{
	int err;

	reg->asking = what;
	if (what == ASK_RRQ)
		reg->stale = false;
	switch (what) {

	case ASK_GRQ:
		err = ask_discovery(reg);
		break;
	case ASK_DROP:
	case ASK_URQ:
		err = ask_unregistration(reg, what);
		break;
	default:
		err = ask_registration(reg, what);
	}
	if (!err) {
		reg_state_set(reg, state);
		return;
	}
	/* too many wait, or no memory: as if it had been lost on the way */
	reg->asking = ASK_NONE;
	names_anew(reg, false);
	if (reg->leaving)
		reg_state_set(reg, UPSTREAM_GONE);
	else
		reg_timer(reg, reg_again(reg));
}


void reg_begin(struct upstream_reg *reg)
{
	if (reg->asking)
		return;
	if (!reg->namec)
		reg_state_set(reg, UPSTREAM_IDLE);
	else if (reg->up->conf.discover && !reg->discovered)
		reg_ask(reg, ASK_GRQ, UPSTREAM_DISCOVERING);
	else
		reg_ask(reg, ASK_RRQ, UPSTREAM_REGISTERING);
}


static void leave(struct upstream_reg *reg)
{
	reg_timer(reg, 0);
	if (reg->id[0])
		reg_ask(reg, ASK_URQ, UPSTREAM_LEAVING);
	else
		reg_state_set(reg, reg->leaving ? UPSTREAM_GONE
						: UPSTREAM_IDLE);
}


void reg_next(struct upstream_reg *reg)
{
	if (reg->asking || reg->state == UPSTREAM_GONE)
		return;
	if (reg->leaving || (!reg->namec && reg->id[0])) {
		leave(reg);
		return;
	}
	if (reg->state != UPSTREAM_REGISTERED)
		return;
	if (reg->additive && names_leaving(reg))
		reg_ask(reg, ASK_DROP, UPSTREAM_REGISTERED);
	else if (reg->additive && names_waiting(reg))
		reg_ask(reg, ASK_ADD, UPSTREAM_REGISTERED);
	else if (!reg->additive && reg->stale) {
		names_anew(reg, false);
		reg_ask(reg, ASK_RRQ, UPSTREAM_REGISTERED);
	}
}


void upstream_reg_start(struct upstream_reg *reg, uint64_t delay)
{
	if (reg->state != UPSTREAM_IDLE || reg->asking || !reg->namec)
		return;
	reg_state_set(reg, UPSTREAM_REGISTERING);
	if (delay)
		reg_timer(reg, delay);
	else
		reg_begin(reg);
}


void upstream_reg_leave(struct upstream_reg *reg)
{
	reg->leaving = true;
	/* the answer to what was asked before means nothing any more */
	if (reg->asking && reg->asking != ASK_URQ) {
		reg->up->h.forgeth(&reg->ask, reg->up->arg);
		reg->ask.host = NULL;
		reg->asking   = ASK_NONE;
	}
	reg_next(reg);
}


void upstream_timeout(struct upstream_reg *reg)
{
	if (reg->leaving)
		return;
	if (reg->state != UPSTREAM_REGISTERED) {
		reg_begin(reg);
		return;
	}
	if (reg->asking) {
		reg_timer(reg, BUSY_MS);
		return;
	}
	reg_ask(reg, ASK_KEEP, UPSTREAM_REGISTERED);
}


void reg_lost(struct upstream_reg *reg, uint64_t ms)
{
	if (reg->leaving)
		return;
	reg_forget(reg);
	reg->discovered = false;
	if (reg->asking) {
		reg->up->h.forgeth(&reg->ask, reg->up->arg);
		reg->ask.host = NULL;
		reg->asking   = ASK_NONE;
	}
	reg_state_set(reg, UPSTREAM_REGISTERING);
	reg_timer(reg, ms);
}


void upstream_answered(struct upstream_ask *ask, const struct ras_response *r)
{
	struct upstream_reg *keep = NULL;

	ask->host = NULL;
	if (ask->h == reg_answered)
		keep = mem_ref(ask->arg);
	ask->h(r, ask->arg);
	mem_deref(keep);
}
