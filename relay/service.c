/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relay/service.c  TCP services behind agents, on ports of ours
 *
 * Who connects to such a port gets a byte channel to the agent, which connects
 * to the service in its network: if its policy lists it. It is asked once when
 * the port is opened, and says so again of each connection. Owns the listening
 * sockets and the connections.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "bytes/ends.h"
#include "bytes/what.h"
#include "events.h"
#include "relay.h"
#include "service.h"


#define ROOM "service"

enum {
	BURST	= 16,
	OPEN_MS = 15000, /* for the agent to have connected */
	IDLE_MS = 3600 * 1000,
};

enum service_state {
	SERVICE_ASKING, /* whether the agent would */
	SERVICE_OPEN,
	SERVICE_REFUSED,
};

struct service {
	struct le le;
	struct agent *agent;
	struct addr at, to;
	enum service_state state;
	int fd;			/* -1: refused */
	struct channel *asking; /* NULL: it has answered */
	struct list connections;
	uint64_t since;		/* Unix time, ms */
	uint64_t accepted, refused;
	uint64_t octets[2];	/* of past connections: to, from the service */
	const char *last;	/* why one was refused; NULL: none was */
	struct log_limit log;
};

/** From accept() to its end */
struct connection {
	struct le le;
	struct service *service;
	int fd;			/* before it is joined; -1: it is */
	struct channel *asked;	/* likewise; NULL: it is */
	struct joint *joint;
	struct tmr tmr;
	struct addr peer;
};


static const struct channel_handlers no_handlers;


/* whoever follows the relay's events has all of it */
static void audit(struct service *se, const char *event,
		  const struct addr *peer, const char *why)
{
	char at[ADDR_STRLEN], to[ADDR_STRLEN], from[ADDR_STRLEN];

	events_agent(se->agent->relay, event,
		     json_pack("{s:s,s:s,s:s,s:s*,s:s*}", "agent",
			       se->agent->name, "listen",
			       addr_str(&se->at, at), "to",
			       addr_str(&se->to, to), "peer",
			       peer ? addr_str(peer, from) : NULL, "reason",
			       why));
}


static const char *reason(enum tunnel_reason why)
{
	switch (why) {

	case TUNNEL_REFUSED:
		return "the agent's policy does not list it";
	case TUNNEL_UNREACHABLE:
		return "the agent can't reach it";
	case TUNNEL_LIMIT:
		return "there are too many";
	case TUNNEL_GONE:
		return "the agent is gone";
	default:
		return tunnel_reason_name(why);
	}
}


static void asking_end(struct service *se)
{
	struct channel *ch = se->asking;

	se->asking = NULL;
	if (!ch)
		return;
	channel_handlers_set(ch, &no_handlers, NULL);
	channel_reset(ch, TUNNEL_OK);
}


static void listen_end(struct service *se)
{
	if (se->fd < 0)
		return;

	fd_close(se->fd);
	(void)close(se->fd);
	se->fd = -1;
}


static void service_destructor(void *arg)
{
	struct service *se = arg;

	list_unlink(&se->le);
	asking_end(se);
	listen_end(se);
	list_flush(&se->connections);
}


/* ---- a connection ---- */

static void connection_destructor(void *arg)
{
	struct connection *c = arg;

	list_unlink(&c->le);
	tmr_cancel(&c->tmr);
	if (c->asked) {
		channel_handlers_set(c->asked, &no_handlers, NULL);
		channel_reset(c->asked, TUNNEL_SHUTDOWN);
	}
	if (c->fd >= 0)
		end_refuse(c->fd);
	if (c->joint) {
		c->service->octets[0] += joint_octets(c->joint, 0);
		c->service->octets[1] += joint_octets(c->joint, 1);
	}
	mem_deref(c->joint);
}


static void connection_refuse(struct service *se, struct connection *c,
			      const struct addr *peer, const char *why)
{
	uint64_t suppressed = 0;
	char buf[ADDR_STRLEN], to[ADDR_STRLEN];

	++se->refused;
	se->last = why;
	metrics_inc(se->agent->relay->stats, STAT_SERVICES_REFUSED);
	audit(se, "service.refused", peer, why);
	if (log_limit_pass(&se->log, se->agent->relay->now(), &suppressed))
		log_notice(ROOM, "agent %s: %s for %s: refused: %s",
			   se->agent->name, addr_str(&se->to, to),
			   addr_str(peer, buf), why);
	mem_deref(c);
}


static void on_joint_close(struct joint *j, enum tunnel_reason why, void *arg)
{
	struct connection *c = arg;
	struct service *se   = c->service;
	char buf[ADDR_STRLEN], to[ADDR_STRLEN];

	log_notice(ROOM, "agent %s: %s for %s: closed: %llu octets to it, "
		   "%llu from it: %s", se->agent->name, addr_str(&se->to, to),
		   addr_str(&c->peer, buf),
		   (unsigned long long)joint_octets(j, 0),
		   (unsigned long long)joint_octets(j, 1),
		   tunnel_reason_name(why));
	audit(se, "service.disconnected", &c->peer, tunnel_reason_name(why));
	mem_deref(c);
}


static void on_late(void *arg)
{
	struct connection *c = arg;

	connection_refuse(c->service, c, &c->peer, "the agent is silent");
}


static int join(struct connection *c)
{
	struct joint_end *socket = NULL, *channel = NULL;
	int err = end_socket(&socket, c->fd);

	c->fd = -1;
	if (!err)
		err = end_channel(&channel, c->asked);
	if (!err) {
		c->asked = NULL;
		err	 = joint_alloc(&c->joint, socket, channel, IDLE_MS,
				       on_joint_close, c);
	}
	mem_deref(socket);
	mem_deref(channel);

	return err;
}


static void on_accepted(struct channel *ch, void *arg)
{
	struct connection *c = arg;
	struct service *se   = c->service;
	char buf[ADDR_STRLEN], to[ADDR_STRLEN];
	const int err = join(c);
	(void)ch;

	tmr_cancel(&c->tmr);
	if (err) {
		connection_refuse(se, c, &c->peer, strerror(err));
		return;
	}
	log_notice(ROOM, "agent %s: %s for %s: connected", se->agent->name,
		   addr_str(&se->to, to), addr_str(&c->peer, buf));
	audit(se, "service.connected", &c->peer, NULL);
}


static void on_refused(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct connection *c = arg;
	(void)ch;

	c->asked = NULL;
	connection_refuse(c->service, c, &c->peer, reason(why));
}


static const struct channel_handlers asked_handlers = {
	.accepth = on_accepted,
	.closeh	 = on_refused,
};


static int ask(struct channel **chp, const struct service *se,
	       const struct addr *from, const struct channel_handlers *h,
	       void *arg)
{
	struct what_service w = {.to = se->to, .ask = !from};
	char what[WHAT_LEN];
	size_t len;

	if (!se->agent->tunnel)
		return ENOTCONN;
	if (from)
		w.from = *from;
	len = what_service_encode(&w, what);

	return tunnel_open(chp, se->agent->tunnel, CHANNEL_BYTES, what, len, h,
			   arg);
}


/* takes the descriptor over */
static void connection_new(struct service *se, int fd, const struct addr *peer)
{
	struct connection *c = mem_zalloc(sizeof(*c), connection_destructor);

	++se->accepted;
	metrics_inc(se->agent->relay->stats, STAT_SERVICES_CONNECTIONS);
	if (!c) {
		end_refuse(fd);
		return;
	}
	c->fd	   = fd;
	c->service = se;
	c->peer	   = *peer;
	if (list_count(&se->connections) >= SERVICE_CONNECTIONS_MAX)
		connection_refuse(se, c, peer, "there are too many");
	else if (ask(&c->asked, se, peer, &asked_handlers, c))
		connection_refuse(se, c, peer, "the agent is not there");
	else {
		list_append(&se->connections, &c->le, c);
		tmr_start(&c->tmr, OPEN_MS, on_late, c);
	}
}


static void on_accept(int flags, void *arg)
{
	struct service *se = arg;
	unsigned i;
	(void)flags;

	for (i = 0; i < BURST; i++) {
		struct addr peer;
		int fd;

		if (end_accept(&fd, se->fd, &peer))
			return;
		connection_new(se, fd, &peer);
	}
}


/* ---- a service ---- */

static void service_refused(struct service *se, const char *why)
{
	char at[ADDR_STRLEN], to[ADDR_STRLEN];

	log_notice(ROOM, "agent %s: %s on %s: refused: %s", se->agent->name,
		   addr_str(&se->to, to), addr_str(&se->at, at), why);
	++se->refused;
	se->state = SERVICE_REFUSED;
	se->last  = why;
	listen_end(se);
	metrics_inc(se->agent->relay->stats, STAT_SERVICES_REFUSED);
	audit(se, "service.refused", NULL, why);
}


/* the agent says by the reason whether it would */
static void on_answer(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct service *se = arg;
	char at[ADDR_STRLEN], to[ADDR_STRLEN];
	int err;
	(void)ch;

	se->asking = NULL;
	if (why != TUNNEL_OK) {
		service_refused(se, reason(why));
		return;
	}
	err = fd_listen(se->fd, FD_READ, on_accept, se);
	if (err) {
		service_refused(se, strerror(err));
		return;
	}
	se->state = SERVICE_OPEN;
	log_notice(ROOM, "agent %s: %s on %s: open", se->agent->name,
		   addr_str(&se->to, to), addr_str(&se->at, at));
	audit(se, "service.opened", NULL, NULL);
}


static const struct channel_handlers asking_handlers = {
	.closeh = on_answer,
};


static bool allowed(const struct settings_tunnel *t, const struct addr *at)
{
	size_t i;

	for (i = 0; i < t->servicec; i++) {
		const struct settings_service *ss = &t->services[i];

		if (addr_ip_eq(&ss->address, at) &&
		    addr_port(at) >= ss->port_min &&
		    addr_port(at) <= ss->port_max)
			return true;
	}

	return false;
}


/**
 * Open a port of ours for a service; the agent is asked whether it may be
 *
 * @param sp Result; service_close() it
 * @param ag Agent
 * @param at Address and port to listen on
 * @param to Address and port in the agent's network
 *
 * @return 0; EACCES: our configuration does not allow that port; EEXIST;
 *         ENOSPC; ENOTCONN: the agent is not there; an errno: it can't be
 *         listened on
 */
int service_open(struct service **sp, struct agent *ag,
		 const struct addr *at, const struct addr *to)
{
	static const struct log_limit limit = LOG_LIMIT(20, 1);
	struct relay *r = ag->relay;
	struct service *se;
	int err;

	if (!allowed(&r->conf.tunnel, at))
		return EACCES;
	if (service_find(r, at))
		return EEXIST;
	if (list_count(&r->services) >= SERVICES_MAX)
		return ENOSPC;
	se = mem_zalloc(sizeof(*se), service_destructor);
	if (!se)
		return ENOMEM;

	se->agent = ag;
	se->at	  = *at;
	se->to	  = *to;
	se->fd	  = -1;
	se->log	  = limit;
	se->since = r->wall();
	err	  = end_listen(&se->fd, at);
	if (!err)
		err = ask(&se->asking, se, NULL, &asking_handlers, se);
	if (err) {
		mem_deref(se);
		return err;
	}
	list_append(&r->services, &se->le, se);
	*sp = se;

	return 0;
}


/** The one on a port of ours; NULL: none */
struct service *service_find(const struct relay *r, const struct addr *at)
{
	struct le *le;

	for (le = list_head(&r->services); le; le = le->next) {
		struct service *se = le->data;

		if (addr_eq(&se->at, at))
			return se;
	}

	return NULL;
}


/** As service.list says it; new reference */
json_t *service_json(const struct service *se)
{
	static const char *const states[] = {"asking", "open", "refused"};
	uint64_t octets[2] = {se->octets[0], se->octets[1]};
	char at[ADDR_STRLEN], to[ADDR_STRLEN];
	struct le *le;

	for (le = list_head(&se->connections); le; le = le->next) {
		const struct connection *c = le->data;

		octets[0] += c->joint ? joint_octets(c->joint, 0) : 0;
		octets[1] += c->joint ? joint_octets(c->joint, 1) : 0;
	}

	return json_pack("{s:s,s:s,s:s,s:s,s:I,s:i,s:I,s:I,s:I,s:I,s:s*}",
			 "listen", addr_str(&se->at, at), "agent",
			 se->agent->name, "to", addr_str(&se->to, to),
			 "state", states[se->state], "since",
			 (json_int_t)se->since, "connections",
			 (int)list_count(&se->connections), "accepted",
			 (json_int_t)se->accepted, "refused",
			 (json_int_t)se->refused, "bytesOut",
			 (json_int_t)octets[0], "bytesIn",
			 (json_int_t)octets[1], "last", se->last);
}


/** Close the port; its connections are cut */
void service_close(struct service *se)
{
	char at[ADDR_STRLEN], to[ADDR_STRLEN];

	log_notice(ROOM, "agent %s: %s on %s: closed", se->agent->name,
		   addr_str(&se->to, to), addr_str(&se->at, at));
	audit(se, "service.closed", NULL, NULL);
	mem_deref(se);
}


/** The agent is no more */
void services_forget(struct agent *ag)
{
	struct le *le = list_head(&ag->relay->services);

	while (le) {
		struct service *se = le->data;

		le = le->next;
		if (se->agent == ag)
			service_close(se);
	}
}
