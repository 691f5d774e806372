/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tunnels.c  An agent's tunnel, from its first connection to its end
 *
 * A guest that has shown which agent it is (guests.c) comes in here: its
 * connection carries the agent's tunnel, in place of another that may have done
 * so. A tunnel without connection waits a while. Owns the agents with what is
 * tunnel's in them, and through the doors all that listens.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/rand.h>
#include "agent_leg.h"
#include "agent_port.h"
#include "agent_session.h"
#include "call_channel.h"
#include "doors.h"
#include "events.h"
#include "media_link.h"
#include "relay.h"
#include "terminal.h"
#include "tcp_agent.h"
#include "token_leg.h"
#include "tunnel/control.h"
#include "tunnel/link.h"
#include "tunnels.h"


#define ROOM "tunnel"

struct tunnels {
	struct media_links *media; /* NULL: media go over UDP alone */
	struct agents *agents;
	struct doors *doors;
};


static void tunnels_destructor(void *arg)
{
	struct tunnels *t = arg;

	mem_deref(t->doors);
	mem_deref(t->agents);
	mem_deref(t->media);
}


struct agents *tunnels_agents(struct tunnels *t)
{
	return t->agents;
}


/** SIGHUP: certificates are read again; 0 or EINVAL */
int tunnels_reload(struct tunnels *t)
{
	return doors_reload(t->doors);
}


/** What agents know our key by */
const char *tunnels_fingerprint(const struct tunnels *t)
{
	return doors_fingerprint(t->doors);
}


/** Where agents are told to connect to */
const char *tunnels_address(const struct tunnels *t)
{
	return doors_address(t->doors);
}


static void report(struct agent *ag, const char *event, const char *why)
{
	char buf[ADDR_STRLEN];

	events_agent(ag->relay, event,
		     json_pack("{s:s,s:s,s:s}", "agent", ag->name, "address",
			       addr_str(&ag->peer, buf), "reason", why));
}


static void tunnel_gone(struct agent *ag, const char *why)
{
	const bool was = ag->tunnel != NULL;

	tmr_cancel(&ag->tmr);
	agent_leg_gone(ag);
	agent_ports_gone(ag);
	media_link_close(ag, why);
	atomic_store(&ag->way, AGENT_WAY_NONE);
	ag->control = mem_deref(ag->control);
	if (ag->link)
		link_release(ag->link);
	ag->link   = mem_deref(ag->link);
	ag->tunnel = mem_deref(ag->tunnel);
	ag->since  = ag->relay->wall();
	if (!was)
		return;

	metrics_inc(ag->relay->stats, STAT_TUNNELS_DOWN);
	log_notice(ROOM, "agent %s: down: %s", ag->name, why);
	report(ag, "agent.down", why);
}


static void on_linger(void *arg)
{
	tunnel_gone(arg, "it did not come back");
}


static void on_output(struct tunnel *t, void *arg)
{
	struct agent *ag = arg;
	(void)t;

	if (ag->link)
		link_flush(ag->link);
}


/* in the middle of the tunnel's work: it is taken down afterwards */
static void on_end_later(void *arg)
{
	tunnel_gone(arg, "the tunnel was ended");
}


static void on_end(struct tunnel *t, enum tunnel_reason why, void *arg)
{
	struct agent *ag = arg;
	(void)t;

	log_notice(ROOM, "agent %s: the tunnel ends: %s", ag->name,
		   tunnel_reason_name(why));
	tmr_start(&ag->tmr, 0, on_end_later, ag);
}


static void channel_refuse(struct agent *ag, struct channel *ch,
			   const char *why)
{
	metrics_inc(ag->relay->stats, STAT_CHANNELS_REFUSED);
	if (agent_may_log(ag))
		log_info(ROOM, "agent %s: channel refused: %s", ag->name, why);
	channel_reset(ch, TUNNEL_REFUSED);
}


static bool read_addr(struct addr *a, const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text && !addr_parse_hostport(a, text);
}


/* {"kind":"sip","transport":"tcp","terminal":ADDRESS,"local":ADDRESS,
 * "contact":ADDRESS} */
static void on_open_sip(struct agent *ag, struct channel *ch, const json_t *o)
{
	struct terminal_name tm = {0};
	const char *transport =
		json_string_value(json_object_get(o, "transport"));

	tm.aware = json_is_true(json_object_get(o, "aware"));
	if (terminal_transport_decode(&tm.transport, transport) ||
	    tm.transport == TERMINAL_RAS ||
	    !read_addr(&tm.addr, o, "terminal") ||
	    !read_addr(&tm.door, o, "local") ||
	    (json_object_get(o, "contact") &&
	     !read_addr(&tm.contact, o, "contact")))
		channel_refuse(ag, ch, "it does not say for whom");
	else if (terminal_open(ag->relay, ag, ch, &tm))
		metrics_inc(ag->relay->stats, STAT_CHANNELS_REFUSED);
}


/* {"kind":"ras","terminal":ADDRESS,"local":ADDRESS,"signalling":ADDRESS} */
static void on_open_ras(struct agent *ag, struct channel *ch, const json_t *o)
{
	struct terminal_name tm = {.transport = TERMINAL_RAS};

	if (!read_addr(&tm.addr, o, "terminal") ||
	    !read_addr(&tm.door, o, "local") ||
	    !read_addr(&tm.signalling, o, "signalling"))
		channel_refuse(ag, ch, "it does not say for whom");
	else if (terminal_open(ag->relay, ag, ch, &tm))
		metrics_inc(ag->relay->stats, STAT_CHANNELS_REFUSED);
}


static void on_open(struct tunnel *t, struct channel *ch, const char *what,
		    size_t len, void *arg)
{
	struct agent *ag = arg;
	json_t *o = json_loadb(what, len, JSON_REJECT_DUPLICATES, NULL);
	const char *kind = json_string_value(json_object_get(o, "kind"));
	(void)t;

	if (tcp_agent_channel(ag, ch, what, len) ||
	    call_channel_open(ag, ch, what, len))
		log_debug(ROOM, "agent %s: a connection", ag->name);
	else if (!kind || channel_kind(ch) != CHANNEL_MESSAGES)
		channel_refuse(ag, ch, "it is for nothing known here");
	else if (!strcmp(kind, "sip"))
		on_open_sip(ag, ch, o);
	else if (!strcmp(kind, "ras"))
		on_open_ras(ag, ch, o);
	else
		channel_refuse(ag, ch, "it is for nothing known here");
	json_decref(o);
}


static const struct tunnel_handlers tunnel_handlers = {
	.openh	 = on_open,
	.outputh = on_output,
	.endh	 = on_end,
};


static void on_link_close(struct link *l, int err, const char *why, void *arg)
{
	struct agent *ag = arg;

	if (l != ag->link)
		return;
	if (err == EPROTO || err == EBADMSG)
		metrics_inc(ag->relay->stats, STAT_TUNNELS_BROKEN);

	ag->link = mem_deref(ag->link);
	if (tunnel_ended(ag->tunnel))
		return; /* on_end_later() comes */

	ag->since = ag->relay->wall();
	log_notice(ROOM, "agent %s: connection lost: %s; its tunnel waits",
		   ag->name, why);
	report(ag, "agent.waiting", why);
	tmr_start(&ag->tmr, ag->relay->conf.tunnel.linger, on_linger, ag);
}


static const struct link_handlers agent_link_handlers = {
	.closeh = on_link_close,
};


/** The agent may no longer come; it is told, and its tunnel ends */
void tunnels_revoke(struct agent *ag)
{
	if (ag->tunnel && ag->link) {
		tunnel_goaway(ag->tunnel, TUNNEL_REVOKED);
		link_flush(ag->link);
	}
	agent_session_forget(ag);
	tunnel_gone(ag, "revoked");
}


static int session_new(char id[HELLO_SESSION + 1])
{
	uint8_t b[HELLO_SESSION / 2];
	size_t i;

	if (RAND_bytes(b, sizeof(b)) != 1)
		return EIO;
	for (i = 0; i < sizeof(b); i++)
		(void)snprintf(id + 2 * i, 3, "%02x", b[i]);

	return 0;
}


/** What an agent asks and tells on its control channel */
void tunnels_request(const char *method, const json_t *params,
		     json_t **result, struct rpc_error *err, void *agent)
{
	struct agent *ag = agent;

	if (!strcmp(method, "media.range")) {
		if (agent_leg_range(ag, params) && agent_may_log(ag))
			log_warn(ROOM, "agent %s: its media.range is no good",
				 ag->name);
	} else if (!strcmp(method, "tcp.failed")) {
		tcp_agent_failed(ag, params);
	} else if (!strcmp(method, "media.failed")) {
		agent_leg_failed(ag, params);
	} else if (!strcmp(method, "media.alive")) {
		agent_leg_alive(ag, params);
	} else if (agent_session_request(ag, method, params, result, err)) {
		return;
	} else if (!strcmp(method, "media.token")) {
		agent_leg_token(ag, params);
	} else if (!strcmp(method, "media.way")) {
		token_inside_order(ag, params);
	} else {
		rpc_error_set(err, RPC_METHOD_NOT_FOUND,
			      "there is no method %.64s", method);
		return;
	}
	*result = json_object();
}


/* the tunnel the agent had, if it can go on, else a new one */
static int tunnel_for(struct agent *ag, const struct hello *h, bool *resumed)
{
	int err;

	*resumed = ag->tunnel && h->session[0] &&
		   !strcmp(h->session, ag->session) &&
		   tunnel_resumable(ag->tunnel, h->received);
	if (*resumed)
		return 0;

	if (ag->tunnel)
		tunnel_gone(ag, "it came anew");
	if (session_new(ag->session))
		return EIO;

	err = tunnel_alloc(&ag->tunnel, TUNNEL_SERVER, &tunnel_handlers, ag);
	if (!err)
		err = control_alloc(&ag->control, ag->tunnel,
				    tunnels_request, ag);

	return err;
}


static int welcome(struct agent *ag, struct link *l, bool resumed)
{
	struct welcome w = {
		.version   = TUNNEL_VERSION,
		.resumed   = resumed,
		.keepalive = ag->relay->conf.tunnel.keepalive,
		.received  = tunnel_received(ag->tunnel),
		.media = {ag->relay->conf.tunnel.media[0],
			  ag->relay->conf.tunnel.media[1]},
		.media_link = ag->relay->conf.tunnel.media_link,
		.mode = ag->mode,
	};
	char *json;
	int err;

	(void)snprintf(w.session, sizeof(w.session), "%s", ag->session);
	json = welcome_encode(&w);
	if (!json)
		return ENOMEM;
	err = link_say(l, FRAME_WELCOME, json);
	free(json);

	return err;
}


/* the link is the agent's from now on */
static int move_in(struct agent *ag, struct link *l, const struct hello *h,
		   bool resumed)
{
	struct link *old = ag->link;

	if (old)
		link_release(old);
	ag->link = NULL;
	link_handlers_set(l, &agent_link_handlers, ag);
	if (link_carry(l, ag->tunnel, resumed ? h->received : 0,
		       ag->relay->conf.tunnel.keepalive))
		return EPROTO;

	ag->link = mem_ref(l);
	mem_deref(old);
	tmr_cancel(&ag->tmr);
	ag->since = ag->relay->wall();
	++ag->came;
	ag->resumed += resumed;
	(void)snprintf(ag->software, sizeof(ag->software), "%s", h->software);
	(void)snprintf(ag->hide, sizeof(ag->hide), "%s", h->hide);
	link_flush(ag->link);

	return 0;
}


/**
 * An agent has come: its tunnel goes on, or begins anew
 *
 * @param ag   Agent, which has shown that it is this one
 * @param l    Connection it came on; the agent's from now on
 * @param peer Where it came from
 * @param h    What it said
 *
 * @return 0; an errno: it could not be begun, and whatever tunnel there was has
 *         ended
 */
int tunnels_enter(struct agent *ag, struct link *l, const struct addr *peer,
		  const struct hello *h)
{
	struct metrics *stats = ag->relay->stats;
	char buf[ADDR_STRLEN];
	bool resumed;
	int err;

	ag->mode = media_mode_choose(h->modes, ag->relay->conf.tunnel.modes);
	if (ag->mode == MEDIA_MODES)
		log_warn(ROOM, "agent %s: no media: none of its modes is "
			 "allowed here", ag->name);
	err = tunnel_for(ag, h, &resumed);
	if (!err)
		err = welcome(ag, l, resumed);
	if (!err)
		err = move_in(ag, l, h, resumed);
	if (err) {
		tunnel_gone(ag, "it could not be begun");
		return err;
	}

	ag->peer = *peer;
	metrics_inc(stats, STAT_TUNNELS_UP);
	if (resumed)
		metrics_inc(stats, STAT_TUNNELS_RESUMED);
	log_notice(ROOM, "agent %s: up from %s%s (%s)", ag->name,
		   addr_str(peer, buf), resumed ? ", goes on" : "",
		   ag->software);
	report(ag, "agent.up", resumed ? "resumed" : "new");

	return 0;
}


/**
 * An agent has come to have its tunnel's media carried
 *
 * @param t    Tunnels
 * @param ag   Agent, which has shown that it is this one
 * @param l    Connection it came on
 * @param peer Where it came from
 * @param h    What it said: which tunnel
 *
 * @return 0; ENOENT: there is no such tunnel, or no media in any; an errno
 */
int tunnels_media(struct tunnels *t, struct agent *ag, struct link *l,
		  const struct addr *peer, const struct hello *h)
{
	int err;

	if (!t->media || !ag->tunnel || tunnel_ended(ag->tunnel) ||
	    strcmp(h->session, ag->session))
		return ENOENT;

	err = welcome(ag, l, true);
	if (!err)
		err = media_link_enter(t->media, ag, l, peer);

	return err;
}


/**
 * Let agents in
 *
 * @param tp Result; mem_deref() it, which ends all tunnels
 * @param r  Relay, whose configuration says where; it says why not in the log
 *
 * @return 0 or an errno
 */
int tunnels_listen(struct tunnels **tp, struct relay *r)
{
	struct tunnels *t = mem_zalloc(sizeof(*t), tunnels_destructor);
	char why[512];
	int err;

	if (!t)
		return ENOMEM;

	err = agents_alloc(&t->agents, r, r->conf.tunnel.state);
	if (!err) {
		err = agents_read(t->agents, why, sizeof(why));
		if (err)
			log_error(ROOM, "%s", why);
	}
	if (!err && r->conf.tunnel.media_link)
		err = media_links_alloc(&t->media, r);
	if (!err)
		err = doors_open(&t->doors, r, t->agents);
	if (err)
		mem_deref(t);
	else
		*tp = t;

	return err;
}
