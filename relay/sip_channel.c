/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_channel.c  A terminal behind an agent, as the SIP proxy sees it
 *
 * A local socket for each, connected to the proxy: what the terminal sends
 * comes to the proxy from there, and what the proxy sends there goes to the
 * terminal. Nothing of it is read. Where the agent knows SIP the proxy is the
 * plain one (registrar), and the agent is told the socket's address.
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
#include "sip_channel.h"


#define ROOM "sip"

enum {
	BURST	  = 16,
	TRIES	  = 64, /* ports that are taken */
	FDS_KEPT  = 8,	/* this part of all descriptors is for others */
	FORGET_MS = 2 * 3600 * 1000,
};


static void sip_channel_destructor(void *arg)
{
	static const struct channel_handlers none = {0};
	struct sip_channel *sc = arg;

	hash_unlink(&sc->he);
	list_unlink(&sc->le);
	tmr_cancel(&sc->tmr);
	if (sc->ch) {
		channel_handlers_set(sc->ch, &none, NULL);
		channel_reset(sc->ch, TUNNEL_SHUTDOWN);
	}
	if (sc->fd >= 0) {
		fd_close(sc->fd);
		(void)close(sc->fd);
	}
}


static const char *const transports[] = {"udp", "tcp", "tls"};


const char *sip_transport_name(enum sip_transport t)
{
	return transports[t];
}


/** By its name; NULL is UDP. 0 or EINVAL */
int sip_transport_decode(enum sip_transport *t, const char *name)
{
	unsigned i = 0;

	while (name && i < SIP_TRANSPORTS && strcmp(name, transports[i]))
		++i;
	*t = i;

	return i < SIP_TRANSPORTS ? 0 : EINVAL;
}


static void on_forget(void *arg)
{
	struct sip_channel *sc = arg;

	if (sc->ch)
		tmr_start(&sc->tmr, FORGET_MS, on_forget, sc);
	else
		mem_deref(sc);
}


static const struct addr *proxy_of(const struct sip_channel *sc)
{
	const struct settings_tunnel *t = &sc->agent->relay->conf.tunnel;

	return sc->terminal.aware ? &t->registrar : &t->sip;
}


/* ---- from the proxy ---- */

static const struct channel_handlers channel_handlers;

/* the agent has begun anew and knows nothing of the terminal */
static int channel_ask(struct sip_channel *sc)
{
	const struct sip_terminal *tm = &sc->terminal;
	const bool known	      = addr_is_set(&tm->contact);
	char what[512], terminal[ADDR_STRLEN], contact[ADDR_STRLEN];
	char local[ADDR_STRLEN], proxy[ADDR_STRLEN];
	int n;

	if (!sc->agent->tunnel)
		return ENOTCONN;
	n = snprintf(what, sizeof(what),
		     "{\"kind\":\"sip\",\"transport\":\"%s\","
		     "\"terminal\":\"%s\",\"address\":\"%s\","
		     "\"registrar\":\"%s\"%s%s%s}",
		     sip_transport_name(tm->transport),
		     addr_str(&tm->addr, terminal),
		     addr_str(&sc->local, local),
		     addr_str(proxy_of(sc), proxy),
		     known ? ",\"contact\":\"" : "",
		     known ? addr_str(&tm->contact, contact) : "",
		     known ? "\"" : "");

	return tunnel_open(&sc->ch, sc->agent->tunnel, CHANNEL_MESSAGES, what,
			   (size_t)n, &channel_handlers, sc);
}


static void on_readable(int flags, void *arg)
{
	struct sip_channel *sc = arg;
	struct relay *r	       = sc->agent->relay;
	unsigned i;
	(void)flags;

	for (i = 0; i < BURST; i++) {
		ssize_t n = recv(sc->fd, r->rx, sizeof(r->rx), MSG_DONTWAIT);

		if (n < 0)
			return;
		/* SIP over UDP sends again what gets lost */
		if ((!sc->ch && channel_ask(sc)) ||
		    channel_send(sc->ch, r->rx, (size_t)n))
			metrics_inc(r->stats, STAT_SIP_DROPPED);
		else
			metrics_inc(r->stats, STAT_SIP_DOWN);
	}
}


/* ---- from the terminal ---- */

static void on_message(struct channel *ch, const uint8_t *p, size_t len,
		       void *arg)
{
	struct sip_channel *sc = arg;
	struct metrics *stats  = sc->agent->relay->stats;
	int tries	       = 2;

	channel_consumed(ch, len);
	/* an ICMP error of an earlier one is told on the next, once */
	while (tries--) {
		if (send(sc->fd, p, len, MSG_NOSIGNAL) >= 0) {
			metrics_inc(stats, STAT_SIP_UP);
			return;
		}
		if (errno != ECONNREFUSED && errno != EINTR)
			break;
	}
	metrics_inc(stats, STAT_SIP_DROPPED);
}


static void on_close(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct sip_channel *sc = arg;
	(void)why;

	/* it may have another by now */
	if (sc->ch == ch)
		sc->ch = NULL;
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


static uint32_t hash_of(const struct agent *ag, const struct sip_terminal *tm)
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
static int socket_open(struct sip_channel *sc, const struct settings_tunnel *t,
		       uint32_t fds)
{
	const struct addr *proxy = proxy_of(sc);
	const uint32_t range = (uint32_t)(t->sip_max - t->sip_min) + 1;
	const uint32_t first = hash_of(sc->agent, &sc->terminal) % range;
	socklen_t len	     = sizeof(sc->local.u);
	int err		     = EADDRINUSE;
	uint32_t i;

	sc->fd = socket(addr_family(proxy),
			SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (sc->fd < 0)
		return errno;
	/* terminals are many; calls and operators need descriptors too */
	if (fds && (uint32_t)sc->fd >= fds - fds / FDS_KEPT)
		return EMFILE;
	for (i = 0; i < TRIES && err == EADDRINUSE; i++)
		err = bind_one(sc->fd, proxy, sc->terminal.aware,
			       (uint16_t)(t->sip_min + (first + i) % range));
	if (err)
		return err;
	if (connect(sc->fd, &proxy->u.sa, addr_socklen(proxy)) < 0 ||
	    getsockname(sc->fd, &sc->local.u.sa, &len) < 0)
		return errno;

	return fd_listen(sc->fd, FD_READ, on_readable, sc);
}


/* one that connects again is who it was, if its old connection has gone */
static bool is_again(const struct sip_channel *sc,
		     const struct sip_terminal *tm)
{
	return !sc->ch && tm->transport != SIP_UDP &&
	       addr_is_set(&tm->contact) &&
	       addr_eq(&sc->terminal.contact, &tm->contact);
}


static struct sip_channel *terminal_find(const struct agent *ag,
					 const struct sip_terminal *tm)
{
	struct sip_channel *again = NULL;
	struct le *le;

	for (le = list_head(&ag->terminals); le; le = le->next) {
		struct sip_channel *sc = le->data;

		if (sc->terminal.transport != tm->transport ||
		    sc->terminal.aware != tm->aware)
			continue;
		if (addr_eq(&sc->terminal.addr, &tm->addr))
			return sc;
		if (is_again(sc, tm))
			again = sc;
	}

	return again;
}


/* sockets stay a while after their channels: the oldest such one goes */
static bool make_room(struct agent *ag)
{
	struct le *le;

	for (le = list_head(&ag->terminals); le; le = le->next) {
		struct sip_channel *sc = le->data;

		if (sc->ch)
			continue;
		mem_deref(sc);
		return true;
	}

	return false;
}


static int terminal_new(struct sip_channel **scp, struct relay *r,
			struct agent *ag, const struct sip_terminal *tm)
{
	struct sip_channel *sc;
	char buf[ADDR_STRLEN];
	int err;

	if (list_count(&ag->terminals) >= SIP_CHANNELS_MAX && !make_room(ag))
		return ENOSPC;
	sc = mem_zalloc(sizeof(*sc), sip_channel_destructor);
	if (!sc)
		return ENOMEM;

	sc->agent    = ag;
	sc->terminal = *tm;
	err	     = socket_open(sc, &r->conf.tunnel, r->fds);
	if (err) {
		mem_deref(sc);
		return err;
	}
	hash_append(r->sip_channels, addr_port(&sc->local), &sc->he, sc);
	list_append(&ag->terminals, &sc->le, sc);
	tmr_start(&sc->tmr, FORGET_MS, on_forget, sc);
	if (agent_may_log(ag))
		log_info(ROOM, "agent %s: terminal %s (%s)", ag->name,
			 addr_str(&tm->addr, buf),
			 sip_transport_name(tm->transport));
	*scp = sc;

	return 0;
}


/* the agent rewrites addresses, and must know ours */
static void tell_local(const struct sip_channel *sc)
{
	char terminal[ADDR_STRLEN], local[ADDR_STRLEN], proxy[ADDR_STRLEN];
	json_t *o = json_pack(
		"{s:s,s:s,s:s,s:s}", "transport",
		sip_transport_name(sc->terminal.transport), "terminal",
		addr_str(&sc->terminal.addr, terminal), "address",
		addr_str(&sc->local, local), "registrar",
		addr_str(proxy_of(sc), proxy));

	(void)control_notify(sc->agent->control, "sip.local", o);
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
int sip_channel_open(struct relay *r, struct agent *ag, struct channel *ch,
		     const struct sip_terminal *terminal)
{
	struct sip_channel *sc = terminal_find(ag, terminal);
	struct channel *old    = sc ? sc->ch : NULL;
	char buf[ADDR_STRLEN];
	int err = 0;

	if (!addr_is_set(terminal->aware ? &r->conf.tunnel.registrar
					 : &r->conf.tunnel.sip)) {
		channel_reset(ch, TUNNEL_REFUSED);
		return EACCES;
	}
	if (!sc)
		err = terminal_new(&sc, r, ag, terminal);
	if (!err)
		err = channel_accept(ch, &channel_handlers, sc);
	if (err) {
		if (agent_may_log(ag))
			log_warn(ROOM, "agent %s: terminal %s: %s", ag->name,
				 addr_str(&terminal->addr, buf),
				 strerror(err));
		channel_reset(ch, TUNNEL_LIMIT);
		return err;
	}
	sc->ch	     = ch;
	sc->terminal = *terminal;
	if (old)
		channel_reset(old, TUNNEL_OK);
	if (terminal->aware)
		tell_local(sc);

	return 0;
}


/** The agent is no more */
void sip_channels_forget(struct agent *ag)
{
	list_flush(&ag->terminals);
}


static bool is_local(struct le *le, void *arg)
{
	const struct sip_channel *sc = le->data;

	return addr_eq(&sc->local, arg);
}


/** The terminal the proxy sees at an address; NULL: none of an agent's */
const struct sip_channel *sip_channel_find(const struct relay *r,
					   const struct addr *local)
{
	return list_ledata(hash_lookup(r->sip_channels, addr_port(local),
				       is_local, (void *)(uintptr_t)local));
}
