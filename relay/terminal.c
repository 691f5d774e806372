/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file terminal.c  A terminal behind an agent, as the server's programs see it
 *
 * A local socket for each, connected to the SIP proxy or to the gatekeeper:
 * what the terminal sends comes there from this socket, and what is sent back
 * to it goes to the terminal. Nothing of it is read. Where the agent knows SIP
 * the proxy is the plain one (registrar), and the agent is told the socket's
 * address.
 *
 * Owns the sockets. They stay when a channel ends, for as long as a terminal
 * may be registered: an agent that is back is asked for a channel when there
 * is something for the terminal, and a terminal's port is always the same. One
 * that speaks by connections comes from another address each time; it is known
 * again by where it takes connections.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "relay.h"
#include "tunnel/control.h"
#include "terminal.h"


#define ROOM "terminal"

enum {
	BURST	  = 16,
	TRIES	  = 64, /* ports that are taken */
	FDS_KEPT  = 8,	/* this part of all descriptors is for others */
	FORGET_MS = 2 * 3600 * 1000,
};


static void terminal_destructor(void *arg)
{
	static const struct channel_handlers none = {0};
	struct terminal *te = arg;

	hash_unlink(&te->he);
	list_unlink(&te->le);
	tmr_cancel(&te->tmr);
	if (te->ch) {
		channel_handlers_set(te->ch, &none, NULL);
		channel_reset(te->ch, TUNNEL_SHUTDOWN);
	}
	if (te->fd >= 0) {
		fd_close(te->fd);
		(void)close(te->fd);
	}
}


static const char *const transports[] = {"udp", "tcp", "tls", "ras"};


const char *terminal_transport_name(enum terminal_transport t)
{
	return transports[t];
}


/** By its name; NULL is UDP. 0 or EINVAL */
int terminal_transport_decode(enum terminal_transport *t, const char *name)
{
	unsigned i = 0;

	while (name && i < TERMINAL_TRANSPORTS && strcmp(name, transports[i]))
		++i;
	*t = i;

	return i < TERMINAL_TRANSPORTS ? 0 : EINVAL;
}


/* by connections, not by datagrams */
static bool terminal_connects(const struct terminal_name *tm)
{
	return tm->transport == TERMINAL_TCP || tm->transport == TERMINAL_TLS;
}


static void on_forget(void *arg)
{
	struct terminal *te = arg;

	if (te->ch)
		tmr_start(&te->tmr, FORGET_MS, on_forget, te);
	else
		mem_deref(te);
}


/* the program its socket is connected to; not set: there is none */
static const struct addr *server_of(const struct relay *r,
				    const struct terminal_name *tm)
{
	const struct settings_tunnel *t = &r->conf.tunnel;

	if (tm->transport == TERMINAL_RAS)
		return &t->ras;

	return tm->aware ? &t->registrar : &t->sip;
}


static const struct addr *proxy_of(const struct terminal *te)
{
	return server_of(te->agent->relay, &te->who);
}


/* what is counted of SIP is counted of RAS in the same order */
static void count(const struct terminal *te, enum relay_stat sip)
{
	const bool ras = te->who.transport == TERMINAL_RAS;

	metrics_inc(te->agent->relay->stats,
		    ras ? sip - STAT_SIP_UP + STAT_RAS_UP : sip);
}


/* ---- from the proxy ---- */

static const struct channel_handlers channel_handlers;

static int what_ras(const struct terminal *te, char *what, size_t size)
{
	char terminal[ADDR_STRLEN];

	return snprintf(what, size,
			"{\"kind\":\"ras\",\"terminal\":\"%s\"}",
			addr_str(&te->who.addr, terminal));
}


static int what_sip(const struct terminal *te, char *what, size_t size)
{
	const struct terminal_name *tm = &te->who;
	const bool known	       = addr_is_set(&tm->contact);
	char terminal[ADDR_STRLEN], contact[ADDR_STRLEN];
	char local[ADDR_STRLEN], proxy[ADDR_STRLEN];

	return snprintf(
		     what, size,
		     "{\"kind\":\"sip\",\"transport\":\"%s\","
		     "\"terminal\":\"%s\",\"address\":\"%s\","
		     "\"registrar\":\"%s\"%s%s%s}",
		     terminal_transport_name(tm->transport),
		     addr_str(&tm->addr, terminal),
		     addr_str(&te->local, local),
		     addr_str(proxy_of(te), proxy),
		     known ? ",\"contact\":\"" : "",
		     known ? addr_str(&tm->contact, contact) : "",
		     known ? "\"" : "");
}


/* the agent has begun anew and knows nothing of the terminal */
static int channel_ask(struct terminal *te)
{
	char what[512];
	int n;

	if (!te->agent->tunnel)
		return ENOTCONN;
	n = te->who.transport == TERMINAL_RAS
		    ? what_ras(te, what, sizeof(what))
		    : what_sip(te, what, sizeof(what));

	return tunnel_open(&te->ch, te->agent->tunnel, CHANNEL_MESSAGES, what,
			   (size_t)n, &channel_handlers, te);
}


static void on_readable(int flags, void *arg)
{
	struct terminal *te = arg;
	struct relay *r	       = te->agent->relay;
	unsigned i;
	(void)flags;

	for (i = 0; i < BURST; i++) {
		ssize_t n = recv(te->fd, r->rx, sizeof(r->rx), MSG_DONTWAIT);

		if (n < 0)
			return;
		/* what speaks over UDP sends again what gets lost */
		if ((!te->ch && channel_ask(te)) ||
		    channel_send(te->ch, r->rx, (size_t)n))
			count(te, STAT_SIP_DROPPED);
		else
			count(te, STAT_SIP_DOWN);
	}
}


/* ---- from the terminal ---- */

static void on_message(struct channel *ch, const uint8_t *p, size_t len,
		       void *arg)
{
	struct terminal *te = arg;
	int tries	    = 2;

	channel_consumed(ch, len);
	/* an ICMP error of an earlier one is told on the next, once */
	while (tries--) {
		if (send(te->fd, p, len, MSG_NOSIGNAL) >= 0) {
			count(te, STAT_SIP_UP);
			return;
		}
		if (errno != ECONNREFUSED && errno != EINTR)
			break;
	}
	count(te, STAT_SIP_DROPPED);
}


static void on_close(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct terminal *te = arg;
	(void)why;

	/* it may have another by now */
	if (te->ch == ch)
		te->ch = NULL;
}


/* the terminal's connection is gone; what goes there now finds it so */
static void on_fin(struct channel *ch, void *arg)
{
	(void)arg;

	channel_fin(ch);
}


static const struct channel_handlers channel_handlers = {
	.recvh	= on_message,
	.finh	= on_fin,
	.closeh = on_close,
};


static uint32_t hash_of(const struct agent *ag, const struct terminal_name *tm)
{
	const struct addr *a =
		addr_is_set(&tm->contact) ? &tm->contact : &tm->addr;
	char buf[ADDR_STRLEN];

	return hash_joaat_str(ag->name) ^ hash_joaat_str(addr_str(a, buf)) ^
	       (uint32_t)tm->transport * 2654435761u;
}


/* a registrar may be on another host: then it is the kernel that says from
 * which address it is reached */
static int bind_one(int fd, const struct addr *proxy, bool aware,
		    uint16_t port)
{
	struct addr a = {0};

	if (aware)
		(void)addr_parse(&a,
				 addr_family(proxy) == AF_INET6 ? "::"
								: "0.0.0.0",
				 0);
	else
		a = *proxy;
	addr_set_port(&a, port);

	return bind(fd, &a.u.sa, addr_socklen(&a)) < 0 ? errno : 0;
}


/* from the address the proxy has: nobody outside can reach it there. Which port
 * follows from who it is, as long as it is free */
static int socket_open(struct terminal *te, const struct settings_tunnel *t,
		       uint32_t fds)
{
	const struct addr *proxy = proxy_of(te);
	const struct settings_range *p =
		te->who.transport == TERMINAL_RAS ? &t->ras_ports
						  : &t->sip_ports;
	const uint32_t range = (uint32_t)(p->max - p->min) + 1;
	const uint32_t first = hash_of(te->agent, &te->who) % range;
	socklen_t len	     = sizeof(te->local.u);
	int err		     = EADDRINUSE;
	uint32_t i;

	te->fd = socket(addr_family(proxy),
			SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (te->fd < 0)
		return errno;
	/* terminals are many; calls and operators need descriptors too */
	if (fds && (uint32_t)te->fd >= fds - fds / FDS_KEPT)
		return EMFILE;
	for (i = 0; i < TRIES && err == EADDRINUSE; i++)
		err = bind_one(te->fd, proxy, te->who.aware,
			       (uint16_t)(p->min + (first + i) % range));
	if (err)
		return err;
	if (connect(te->fd, &proxy->u.sa, addr_socklen(proxy)) < 0 ||
	    getsockname(te->fd, &te->local.u.sa, &len) < 0)
		return errno;

	return fd_listen(te->fd, FD_READ, on_readable, te);
}


/* one that connects again is who it was, if its old connection has gone */
static bool is_again(const struct terminal *te,
		     const struct terminal_name *tm)
{
	return !te->ch && terminal_connects(tm) &&
	       addr_is_set(&tm->contact) &&
	       addr_eq(&te->who.contact, &tm->contact);
}


static struct terminal *terminal_find(const struct agent *ag,
					 const struct terminal_name *tm)
{
	struct terminal *again = NULL;
	struct le *le;

	for (le = list_head(&ag->terminals); le; le = le->next) {
		struct terminal *te = le->data;

		if (te->who.transport != tm->transport ||
		    te->who.aware != tm->aware)
			continue;
		if (addr_eq(&te->who.addr, &tm->addr))
			return te;
		if (is_again(te, tm))
			again = te;
	}

	return again;
}


/* sockets stay a while after their channels: the oldest such one goes */
static bool make_room(struct agent *ag)
{
	struct le *le;

	for (le = list_head(&ag->terminals); le; le = le->next) {
		struct terminal *te = le->data;

		if (te->ch)
			continue;
		mem_deref(te);
		return true;
	}

	return false;
}


static int terminal_new(struct terminal **tep, struct relay *r,
			struct agent *ag, const struct terminal_name *tm)
{
	struct terminal *te;
	char buf[ADDR_STRLEN];
	int err;

	if (list_count(&ag->terminals) >= TERMINALS_MAX && !make_room(ag))
		return ENOSPC;
	te = mem_zalloc(sizeof(*te), terminal_destructor);
	if (!te)
		return ENOMEM;

	te->agent    = ag;
	te->who = *tm;
	err	     = socket_open(te, &r->conf.tunnel, r->fds);
	if (err) {
		mem_deref(te);
		return err;
	}
	hash_append(r->terminals, addr_port(&te->local), &te->he, te);
	list_append(&ag->terminals, &te->le, te);
	tmr_start(&te->tmr, FORGET_MS, on_forget, te);
	if (agent_may_log(ag))
		log_info(ROOM, "agent %s: terminal %s (%s)", ag->name,
			 addr_str(&tm->addr, buf),
			 terminal_transport_name(tm->transport));
	*tep = te;

	return 0;
}


/* the agent rewrites addresses, and must know ours */
static void tell_local(const struct terminal *te)
{
	char terminal[ADDR_STRLEN], local[ADDR_STRLEN], proxy[ADDR_STRLEN];
	json_t *o = json_pack(
		"{s:s,s:s,s:s,s:s}", "transport",
		terminal_transport_name(te->who.transport), "terminal",
		addr_str(&te->who.addr, terminal), "address",
		addr_str(&te->local, local), "registrar",
		addr_str(proxy_of(te), proxy));

	(void)control_notify(te->agent->control, "sip.local", o);
}


/**
 * Take a terminal's channel
 *
 * @param r        Relay
 * @param ag       Agent
 * @param ch       Channel that is asked for; taken or refused
 * @param terminal Who it is for
 *
 * @return 0 or an errno: refused
 */
int terminal_open(struct relay *r, struct agent *ag, struct channel *ch,
		     const struct terminal_name *terminal)
{
	struct terminal *te = terminal_find(ag, terminal);
	struct channel *old    = te ? te->ch : NULL;
	char buf[ADDR_STRLEN];
	int err = 0;

	if (!addr_is_set(server_of(r, terminal))) {
		channel_reset(ch, TUNNEL_REFUSED);
		return EACCES;
	}
	if (!te)
		err = terminal_new(&te, r, ag, terminal);
	if (!err)
		err = channel_accept(ch, &channel_handlers, te);
	if (err) {
		if (agent_may_log(ag))
			log_warn(ROOM, "agent %s: terminal %s: %s", ag->name,
				 addr_str(&terminal->addr, buf),
				 strerror(err));
		channel_reset(ch, TUNNEL_LIMIT);
		return err;
	}
	te->ch	     = ch;
	te->who = *terminal;
	if (old)
		channel_reset(old, TUNNEL_OK);
	if (terminal->aware)
		tell_local(te);

	return 0;
}


/** The agent is no more */
void terminals_forget(struct agent *ag)
{
	list_flush(&ag->terminals);
}


static bool is_local(struct le *le, void *arg)
{
	const struct terminal *te = le->data;

	return addr_eq(&te->local, arg);
}


/** The terminal that a server sees at an address; NULL: none of an agent's */
const struct terminal *terminal_at(const struct relay *r,
				   const struct addr *local)
{
	return list_ledata(hash_lookup(r->terminals, addr_port(local),
				       is_local, (void *)(uintptr_t)local));
}
