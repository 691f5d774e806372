/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tcp_agent.c  A TCP leg whose port is an agent's
 *
 * The agent is told of the port (tcp.open) and opens a byte channel for what
 * the terminal connects with; or we open one, and the agent connects. Such a
 * channel is the leg's connection.
 *
 * Owns the agent's side of a leg. It outlives the agent's tunnel: when the
 * agent is back it is told again, of the same port.
 */
#include <errno.h>
#include <string.h>
#include "bytes/what.h"
#include "relay.h"
#include "session.h"
#include "tcp_agent.h"
#include "tunnel/control.h"


#define ROOM "tcp"


static void tell(const struct tcp_leg *tl, const char *method, json_t *params)
{
	int err = ENOTCONN;

	if (tl->agent && tl->agent->control)
		err = control_notify(tl->agent->control, method, params);
	else
		json_decref(params);
	if (err)
		log_warn(ROOM, "%s: %s", method, strerror(err));
}


static json_t *state_json(const struct leg *leg)
{
	char terminal[ADDR_STRLEN], remote[ADDR_STRLEN];

	return json_pack("{s:I,s:i,s:s*,s:s*}", "id",
			 (json_int_t)leg->tcp->id, "port", leg->port,
			 "terminal",
			 addr_is_set(&leg->signalling)
				 ? addr_ip_str(&leg->signalling, terminal)
				 : NULL,
			 "remote",
			 addr_is_set(&leg->remote)
				 ? addr_str(&leg->remote, remote)
				 : NULL);
}


static struct tcp_leg *find(const struct relay *r, uint32_t id)
{
	struct le *le;

	for (le = list_head(&r->tcp_agent_legs); le; le = le->next) {
		struct tcp_leg *tl = le->data;

		if (tl->id == id)
			return tl;
	}

	return NULL;
}


/** So much of its agent's bandwidth is a leg's, bit/s */
void tcp_agent_reserve(struct tcp_leg *tl, uint64_t bandwidth)
{
	if (!tl->agent)
		return;
	tl->agent->reserved += bandwidth - tl->reserved;
	tl->reserved = bandwidth;
}


/**
 * Join a leg to an agent; its port is one of the agent's
 *
 * @param leg TCP leg with port and all that is to be told
 * @param ag  Agent whose tunnel is up
 *
 * @return 0
 */
int tcp_agent_open(struct leg *leg, struct agent *ag)
{
	struct tcp_leg *tl = leg->tcp;

	do {
		tl->id = rand_u32();
	} while (find(leg->relay, tl->id));
	tl->agent  = ag;
	tl->agents = true;
	list_append(&leg->relay->tcp_agent_legs, &tl->le, tl);
	tell(tl, "tcp.open", state_json(leg));
	tcp_agent_reserve(tl, leg->bandwidth);

	return 0;
}


/** What the agent must know of the leg has changed */
void tcp_agent_update(struct leg *leg)
{
	if (leg->tcp->agent)
		tell(leg->tcp, "tcp.update", state_json(leg));
}


/** The agent may close its port */
void tcp_agent_close(struct tcp_leg *tl)
{
	if (tl->agent)
		tell(tl, "tcp.close",
		     json_pack("{s:I}", "id", (json_int_t)tl->id));
	tcp_agent_reserve(tl, 0);
	tl->agent = NULL;
	list_unlink(&tl->le);
}


/* ---- connections ---- */

static void on_accepted(struct channel *ch, void *arg)
{
	struct tcp_leg *tl = arg;

	tl->asked = NULL;
	if (end_channel(&tl->end, ch)) {
		channel_reset(ch, TUNNEL_LIMIT);
		tcp_leg_failed(tl, ENOMEM);
		return;
	}
	tcp_leg_connected(tl, &tl->leg->remote);
}


static void on_refused(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct tcp_leg *tl = arg;
	(void)ch;

	tl->asked = NULL;
	tcp_leg_failed(tl, why == TUNNEL_REFUSED ? EACCES : ECONNREFUSED);
}


static const struct channel_handlers asked_handlers = {
	.accepth = on_accepted,
	.closeh	 = on_refused,
};


/** The agent is to connect to the party; 0 or an errno */
int tcp_agent_connect(struct tcp_leg *tl)
{
	const struct what_tcp w = {.id = tl->id, .to = tl->leg->remote};
	char what[WHAT_LEN];
	const size_t len = what_tcp_encode(&w, what);

	if (!tl->agent || !tl->agent->tunnel)
		return ENOTCONN;

	return tunnel_open(&tl->asked, tl->agent->tunnel, CHANNEL_BYTES, what,
			   len, &asked_handlers, tl);
}


static int take(struct tcp_leg *tl, struct channel *ch)
{
	static const struct channel_handlers none = {0};
	struct joint_end *end = NULL;
	int err = channel_accept(ch, &none, NULL);

	if (!err)
		err = end_channel(&end, ch);
	if (!err)
		tl->end = end;

	return err;
}


/**
 * An agent opens a channel: is it a terminal's connection?
 *
 * @return false: it is for something else
 */
bool tcp_agent_channel(struct agent *ag, struct channel *ch, const char *what,
		       size_t len)
{
	struct tcp_leg *tl = NULL;
	struct what_tcp w;
	const int err = what_tcp_decode(&w, what, len);

	if (err == ENOENT)
		return false;
	if (!err && addr_is_set(&w.from) && channel_kind(ch) == CHANNEL_BYTES)
		tl = find(ag->relay, w.id);
	if (!tl || tl->agent != ag) {
		metrics_inc(ag->relay->stats, STAT_CHANNELS_REFUSED);
		channel_reset(ch, TUNNEL_REFUSED);
	} else if (!tcp_leg_admit(tl, &w.from)) {
		channel_reset(ch, TUNNEL_REFUSED);
	} else if (take(tl, ch)) {
		channel_reset(ch, TUNNEL_LIMIT);
	} else {
		tcp_leg_connected(tl, &w.from);
	}

	return true;
}


/* ---- the agent ---- */

/** The agent could not do as told (tcp.failed) */
void tcp_agent_failed(struct agent *ag, const json_t *params)
{
	const json_int_t id = json_integer_value(json_object_get(params, "id"));
	const char *why = json_string_value(json_object_get(params, "reason"));
	struct tcp_leg *tl;

	tl = id < 0 || id > UINT32_MAX ? NULL : find(ag->relay, (uint32_t)id);
	if (!tl || tl->agent != ag)
		return;

	metrics_inc(ag->relay->stats, STAT_AGENT_LEGS_FAILED);
	log_warn(ROOM, "agent %s: call %s: port %u: %.100s", ag->name,
		 session_label(tl->leg->stream->session), tl->leg->port,
		 why ? why : "it can't be opened");
}


/** The agent is there, with these ports: legs it had are told to it again */
void tcp_agent_here(struct agent *ag, struct iface *ifc)
{
	struct le *le;

	for (le = list_head(&ag->relay->tcp_agent_legs); le; le = le->next) {
		struct tcp_leg *tl = le->data;
		struct leg *leg	   = tl->leg;

		if (tl->agent || strcmp(leg->ifc->name, ag->name) ||
		    !addr_ip_eq(&leg->ifc->address, &ifc->address))
			continue;
		if (ports_take_exact(ifc->ports, leg->port)) {
			log_warn(ROOM, "agent %s: port %u: it can't be had "
				 "again", ag->name, leg->port);
			continue;
		}
		/* its ports of before are gone */
		mem_deref(leg->ifc);
		leg->ifc  = mem_ref(ifc);
		tl->agent = ag;
		tcp_agent_reserve(tl, leg->bandwidth);
		tell(tl, "tcp.open", state_json(leg));
		tcp_leg_follow(leg);
	}
}


/** The agent's tunnel is gone for good; what went through it has ended */
void tcp_agent_gone(struct agent *ag)
{
	struct le *le;

	for (le = list_head(&ag->relay->tcp_agent_legs); le; le = le->next) {
		struct tcp_leg *tl = le->data;

		if (tl->agent != ag)
			continue;
		tcp_agent_reserve(tl, 0);
		tl->agent = NULL;
	}
}
