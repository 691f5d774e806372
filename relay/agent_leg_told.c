/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agent_leg_told.c  What an agent says of its ports and of its legs
 *
 * Which ports it has, that it is gone or back, that a leg can't be, where a
 * token is to be shown anew. Owns an agent's interfaces.
 */
#include <errno.h>
#include <string.h>
#include "agent_leg.h"
#include "events.h"
#include "media/mark.h"
#include "relay.h"
#include "session.h"
#include "tcp_agent.h"
#include "token_leg.h"
#include "tunnels.h"


#define ROOM "media"


struct rejoining {
	struct agent *agent;
	struct iface *ifc;
};


/* The agent is back, and knows nothing of a leg it had: the same port, with new
 * keys or tokens */
static int rejoin(struct agent_leg *al, struct agent *ag, struct iface *ifc)
{
	struct leg *leg = al->leg;
	bool waiting	= al->token && al->token->waiting;
	int err = ports_take_exact(ifc->ports, leg->port);

	if (err)
		return err;

	/* what it had belonged to its ports of before, which are gone */
	mem_deref(leg->ifc);
	leg->ifc = mem_ref(ifc);
	sealer_free(al->down);
	opener_free(al->up);
	al->down  = NULL;
	al->up	  = NULL;
	if (al->token)
		--leg->worker->tokens;
	al->token  = mem_deref(al->token);
	al->agent  = ag;
	al->newest = 0;
	err	   = agent_leg_begin(al);
	if (err) {
		al->agent = NULL;
		return err;
	}
	agent_leg_take(al, leg->bandwidth);
	if (waiting && al->token)
		token_leg_wanted(al->token);

	return err;
}


static bool rejoin_one(struct le *le, void *arg)
{
	struct agent_leg *al = le->data;
	struct iface *ifc    = ((struct rejoining *)arg)->ifc;
	struct agent *ag     = ((struct rejoining *)arg)->agent;

	if (!al->agent && !strcmp(al->leg->ifc->name, ag->name) &&
	    addr_ip_eq(&al->leg->ifc->address, &ifc->address) &&
	    rejoin(al, ag, ifc))
		log_warn(ROOM, "agent %s: port %u: it can't be had again",
			 ag->name, al->leg->port);

	return false;
}


/* every leg of an agent, its worker standing still */
static void each(struct relay *r, list_apply_h *h, void *arg)
{
	unsigned i;

	for (i = 0; i < r->workerc; i++) {
		struct worker *w = r->workerv[i];

		worker_park(w);
		(void)list_apply(&w->agent_all, true, h, arg);
		worker_resume(w);
	}
}


/**
 * An agent says which ports it has for media (media.range)
 *
 * @param ag     Agent
 * @param params address, portMin, portMax
 *
 * @return 0, EINVAL, or an errno
 */
int agent_leg_range(struct agent *ag, const json_t *params)
{
	const char *text = json_string_value(json_object_get(params,
							     "address"));
	json_int_t min = json_integer_value(json_object_get(params,
							    "portMin"));
	json_int_t max = json_integer_value(json_object_get(params,
							    "portMax"));
	struct rejoining rj = {.agent = ag};
	struct addr a;
	int err;

	if (!text || addr_parse(&a, text, 0) || addr_is_any(&a) || min < 1024 ||
	    max > 65535 || ((min + 1) & ~1) + 1 > max ||
	    list_count(&ag->ifaces) >= AGENT_LEG_RANGES)
		return EINVAL;

	err = iface_add(&ag->ifaces, ag->name, &a, NULL, (uint16_t)min,
			(uint16_t)max, MARK_USUAL);
	if (err)
		return err;
	rj.ifc = iface_find(&ag->ifaces, ag->name, addr_family(&a));
	each(ag->relay, rejoin_one, &rj);
	tcp_agent_here(ag, rj.ifc);
	events_agent(ag->relay, "agent.ports",
		     json_pack("{s:s}", "agent", ag->name));

	return 0;
}


static bool leave_one(struct le *le, void *arg)
{
	struct agent_leg *al = le->data;

	if (al->agent == arg) {
		agent_leg_take(al, 0);
		al->agent = NULL;
		al->fd	  = -1;
		if (al->token)
			token_leg_gone(al->token);
	}

	return false;
}


/** The agent's tunnel is gone: so are its ports, and the legs are dead */
void agent_leg_gone(struct agent *ag)
{
	each(ag->relay, leave_one, ag);
	tcp_agent_gone(ag);
	list_flush(&ag->ifaces);
	ag->alive_ms = 0;
	ag->lost     = 0;
}


/** The agent could not do as told (media.failed) */
void agent_leg_failed(struct agent *ag, const json_t *params)
{
	const json_int_t id = json_integer_value(json_object_get(params, "id"));
	const char *why = json_string_value(json_object_get(params, "reason"));
	const struct relay *r = ag->relay;
	struct agent_leg *al;

	if (id < 0 || id > UINT32_MAX)
		return;

	al = agent_leg_find(worker_of(r, (uint32_t)id), (uint32_t)id);
	if (!al || al->agent != ag)
		return;

	metrics_inc(ag->relay->stats, STAT_AGENT_LEGS_FAILED);
	if (!agent_may_log(ag))
		return;
	log_warn(ROOM, "agent %s: call %s: port %u: %.100s", ag->name,
		 session_label(al->leg->stream->session), al->leg->port,
		 why ? why : "it can't be opened");
}


/** How the agent keeps its way open (media.alive) */
void agent_leg_alive(struct agent *ag, const json_t *params)
{
	const json_int_t ms =
		json_integer_value(json_object_get(params, "interval"));
	const json_int_t lost =
		json_integer_value(json_object_get(params, "lost"));

	if (ms < 0 || ms > UINT32_MAX || lost < 0)
		return;
	ag->alive_ms = (uint32_t)ms;
	ag->lost     = (uint64_t)lost;
}


/** The agent asks where its socket is to show itself anew (media.token) */
void agent_leg_token(struct agent *ag, const json_t *params)
{
	const json_int_t id = json_integer_value(json_object_get(params, "id"));
	struct agent_leg *al = NULL;
	struct worker *w;

	if (id >= 0 && id <= UINT32_MAX) {
		w  = worker_of(ag->relay, (uint32_t)id);
		al = agent_leg_find(w, (uint32_t)id);
	}
	if (!al || al->agent != ag || !al->token) {
		metrics_inc(ag->relay->stats, STAT_TOKENS_REFUSED);
		return;
	}
	worker_park(w);
	if (token_leg_asked(al->token))
		agent_leg_update(al->leg);
	worker_resume(w);
}
