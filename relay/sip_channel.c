/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_channel.c  A terminal behind an agent, as the SIP proxy sees it
 *
 * A local socket for each, connected to the proxy: what the terminal sends
 * comes to the proxy from there, and what the proxy sends there goes to the
 * terminal. Nothing of it is read. Owns the sockets; ends with the channel.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "relay.h"
#include "sip_channel.h"


#define ROOM "sip"

enum {
	BURST = 16,
};


static void sip_channel_destructor(void *arg)
{
	struct sip_channel *sc = arg;

	hash_unlink(&sc->he);
	if (sc->fd >= 0) {
		fd_close(sc->fd);
		(void)close(sc->fd);
	}
}


/* ---- from the proxy ---- */

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
		if (channel_send(sc->ch, r->rx, (size_t)n))
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
	(void)ch;
	(void)why;

	mem_deref(arg);
}


static const struct channel_handlers channel_handlers = {
	.recvh	= on_message,
	.closeh = on_close,
};


static int socket_open(struct sip_channel *sc, const struct addr *proxy)
{
	struct addr any = *proxy;
	socklen_t len	= sizeof(sc->local.u);
	int err;

	sc->fd = socket(addr_family(proxy),
			SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (sc->fd < 0)
		return errno;
	/* from the address the proxy has: nobody outside can reach it there */
	addr_set_port(&any, 0);
	if (bind(sc->fd, &any.u.sa, addr_socklen(&any)) < 0 ||
	    connect(sc->fd, &proxy->u.sa, addr_socklen(proxy)) < 0 ||
	    getsockname(sc->fd, &sc->local.u.sa, &len) < 0)
		return errno;

	err = fd_listen(sc->fd, FD_READ, on_readable, sc);

	return err;
}


/**
 * Take a terminal's channel
 *
 * @param r        Relay
 * @param ag       Agent
 * @param ch       Channel that is asked for; taken or refused
 * @param terminal The terminal's address
 * @param door     The agent's address it speaks to
 *
 * @return 0 or an errno: refused
 */
int sip_channel_open(struct relay *r, struct agent *ag, struct channel *ch,
		     const struct addr *terminal, const struct addr *door)
{
	struct sip_channel *sc;
	char buf[ADDR_STRLEN];
	int err;

	if (!addr_is_set(&r->conf.tunnel.sip)) {
		channel_reset(ch, TUNNEL_REFUSED);
		return EACCES;
	}
	sc = mem_zalloc(sizeof(*sc), sip_channel_destructor);
	if (!sc)
		return ENOMEM;

	sc->agent    = ag;
	sc->ch	     = ch;
	sc->terminal = *terminal;
	sc->door     = *door;
	err = socket_open(sc, &r->conf.tunnel.sip);
	if (!err)
		err = channel_accept(ch, &channel_handlers, sc);
	if (err) {
		log_warn(ROOM, "agent %s: terminal %s: %s", ag->name,
			 addr_str(terminal, buf), strerror(err));
		channel_reset(ch, TUNNEL_LIMIT);
		mem_deref(sc);
		return err;
	}
	hash_append(r->sip_channels, addr_port(&sc->local), &sc->he, sc);
	log_info(ROOM, "agent %s: terminal %s", ag->name,
		 addr_str(terminal, buf));

	return 0;
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
