/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file carry.c  How sealed datagrams get to the relay: over UDP, or in-tunnel
 *
 * One socket towards the relay's port X serves all streams; where it is not
 * answered (way.h), a connection of its own does. Streams in token mode share
 * the connection. Owns both.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "carry.h"
#include "log/log.h"
#include "media/mark.h"
#include "media/seal.h"
#include "media_link.h"
#include "uplink.h"
#include "way.h"


#define ROOM "media"

enum {
	BURST	     = 32,
	DATAGRAM_MAX = 2048 + SEAL_OVERHEAD,
	TICK_MS	     = 100,
	ACTIVE_MS    = 2000,  /* since the last packet: there are media */
	LINGER_MS    = 30000, /* of a connection that is not used */
	AGAIN_MS     = 250,   /* to the next try, doubling */
	AGAIN_MAX    = 8000,
};

struct carry {
	struct carry_handlers h;
	void *arg;
	int fd;			     /* -1: no UDP */
	int af;
	const struct uplink *uplink; /* NULL: no tunnel to be beside of */
	struct media_link *link;
	struct way way;
	struct tmr tmr;
	uint64_t used;		     /* when there were media, ms */
	uint64_t wanted;	     /* by streams in token mode, ms */
	uint64_t carried;	     /* when the connection had some, ms */
	uint64_t next;		     /* not tried before, ms */
	uint32_t again;
};


static void sock_close(struct carry *c)
{
	if (c->fd < 0)
		return;

	fd_close(c->fd);
	(void)close(c->fd);
	c->fd = -1;
}


static void destructor(void *arg)
{
	struct carry *c = arg;

	tmr_cancel(&c->tmr);
	mem_deref(c->link);
	sock_close(c);
}


static void tick(void *arg);


static void tick_start(struct carry *c)
{
	if (c->uplink && !tmr_isrunning(&c->tmr))
		tmr_start(&c->tmr, TICK_MS, tick, c);
}


/** There are media, or there will be soon */
void carry_used(struct carry *c)
{
	c->used = tmr_jiffies();
	tick_start(c);
}


/* ---- UDP ---- */

static void on_readable(int flags, void *arg)
{
	uint8_t buf[DATAGRAM_MAX];
	struct carry *c = arg;
	unsigned i;
	(void)flags;

	for (i = 0; i < BURST; i++) {
		ssize_t n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (n < 0)
			return;
		c->h.recvh(buf, (size_t)n, true, c->arg);
	}
}


/* From the address we have now, to the address it has: else the relay would
 * have to learn anew where we are */
static bool same_way(const struct carry *c, int fd)
{
	struct addr a = {0}, b = {0}, d = {0}, e = {0};
	socklen_t len[4] = {sizeof(a.u), sizeof(a.u), sizeof(a.u),
			    sizeof(a.u)};

	return c->fd >= 0 && !getsockname(fd, &a.u.sa, &len[0]) &&
	       !getsockname(c->fd, &b.u.sa, &len[1]) &&
	       !getpeername(fd, &d.u.sa, &len[2]) &&
	       !getpeername(c->fd, &e.u.sa, &len[3]) && addr_ip_eq(&a, &b) &&
	       addr_eq(&d, &e);
}


/** Where the relay's port X is; unset: nowhere */
void carry_server(struct carry *c, const struct addr *server)
{
	char buf[ADDR_STRLEN];
	int fd, err = 0;

	if (!addr_is_set(server)) {
		if (c->fd >= 0)
			way_init(&c->way, false);
		sock_close(c);
		return;
	}

	fd = socket(addr_family(server),
		    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, &server->u.sa, addr_socklen(server)) < 0)
		err = errno;
	if (!err && same_way(c, fd)) {
		(void)close(fd);
		return;
	}
	/* another network, or server: what there was leads nowhere */
	c->link = mem_deref(c->link);
	sock_close(c);
	if (!err)
		err = fd_listen(fd, FD_READ, on_readable, c);
	way_init(&c->way, !err);
	if (err) {
		log_warn(ROOM, "media to %s: %s", addr_str(server, buf),
			 strerror(err));
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	c->fd = fd;
	c->af = addr_family(server);
	mark_socket(fd, c->af, MARK_USUAL);
	c->h.newh(true, c->arg);
}


/* ---- in-tunnel ---- */

/* they go in-tunnel from now on, if they can and shall */
static void enter(struct carry *c)
{
	if (!carry_in_tunnel(c))
		return;

	c->carried = tmr_jiffies();
	log_notice(ROOM, "media go in-tunnel%s",
		   c->way.udp ? ": UDP is not answered" : "");
	c->h.newh(false, c->arg);
}


static void on_link_up(void *arg)
{
	struct carry *c = arg;

	c->again   = AGAIN_MS;
	c->carried = tmr_jiffies();
	enter(c);
}


static void on_link_recv(const uint8_t *p, size_t len, void *arg)
{
	struct carry *c = arg;

	if (len > SEAL_OVERHEAD || !seal_is(p, len))
		c->carried = tmr_jiffies();
	c->h.recvh(p, len, false, c->arg);
}


static void on_link_down(const char *why, void *arg)
{
	struct carry *c = arg;

	log_warn(ROOM, "in-tunnel: %s", why);
	c->link	 = mem_deref(c->link);
	c->next	 = tmr_jiffies() + c->again;
	c->again = c->again < AGAIN_MAX ? 2 * c->again : AGAIN_MAX;
}


static void link_begin(struct carry *c, uint64_t now)
{
	static const struct media_link_handlers mh = {
		.uph   = on_link_up,
		.recvh = on_link_recv,
		.downh = on_link_down,
	};

	if (c->link || now < c->next)
		return;
	if (media_link_begin(&c->link, c->uplink, &mh, c))
		c->next = now + c->again;
}


/**
 * There is a tunnel, or (NULL) none any more: nothing is beside it
 *
 * @param c Carriage
 * @param u Uplink that has the tunnel
 */
void carry_beside(struct carry *c, const struct uplink *u)
{
	c->uplink = u;
	c->link	  = mem_deref(c->link);
	c->next	  = 0;
	c->again  = AGAIN_MS;
	if (!u)
		tmr_cancel(&c->tmr);
}


/** Do they go in-tunnel now? */
bool carry_in_tunnel(const struct carry *c)
{
	return c->way.inside && media_link_is_up(c->link);
}


/* ---- both ---- */

static void ask(struct carry *c)
{
	uint8_t p[SEAL_OVERHEAD];

	if (c->h.askh(p, c->arg))
		(void)send(c->fd, p, sizeof(p), MSG_NOSIGNAL);
	else
		way_rest(&c->way); /* there is no stream any more */
}


static void look(struct carry *c, uint64_t now)
{
	switch (way_tick(&c->way, now)) {

	case WAY_ASK:
		ask(c);
		break;
	case WAY_MOVE:
		enter(c);
		break;
	case WAY_NOTHING:
		break;
	}
	if (c->way.inside)
		link_begin(c, now);
}


static void tick(void *arg)
{
	struct carry *c	   = arg;
	const uint64_t now = tmr_jiffies();
	const bool active  = now - c->used < ACTIVE_MS;
	const bool wanted  = now - c->wanted < ACTIVE_MS;

	c->way.tunnel = uplink_carries_media(c->uplink);
	if (active)
		look(c, now);
	else
		way_rest(&c->way);
	if (wanted)
		link_begin(c, now);
	if (c->link && media_link_is_up(c->link) &&
	    now - c->carried >= LINGER_MS)
		c->link = mem_deref(c->link);

	if (active || wanted || c->link)
		tmr_start(&c->tmr, TICK_MS, tick, c);
}


/** The relay answered over UDP, so it hears us there */
void carry_answered(struct carry *c)
{
	if (!way_answered(&c->way, tmr_jiffies()))
		return;

	log_notice(ROOM, "media go over UDP again");
	c->h.newh(false, c->arg);
}


/** Send a sealed datagram, the way they go, marked as its stream is; false: it
 *  could not be sent */
bool carry_send(struct carry *c, const uint8_t *p, size_t len, uint8_t dscp)
{
	if (len > SEAL_OVERHEAD)
		carry_used(c);
	if (carry_in_tunnel(c)) {
		if (len > SEAL_OVERHEAD)
			c->carried = c->used;
		media_link_send(c->link, p, len);
		return true;
	}

	return c->fd >= 0 && !mark_send(c->fd, c->af, NULL, dscp, p, len);
}


/* ---- token mode ---- */

/** Could there be a connection? */
bool carry_may_link(const struct carry *c)
{
	return uplink_carries_media(c->uplink);
}


/** There shall be a connection; true: there is */
bool carry_link(struct carry *c)
{
	c->wanted = tmr_jiffies();
	tick_start(c);

	return media_link_is_up(c->link);
}


/** Send a packet by the connection, after its head; carry_link() said yes */
void carry_link_send(struct carry *c, const uint8_t *head, size_t hlen,
		     const uint8_t *p, size_t len)
{
	uint8_t buf[DATAGRAM_MAX];

	if (hlen + len > sizeof(buf))
		return;
	memcpy(buf, head, hlen);
	memcpy(buf + hlen, p, len);
	c->carried = c->wanted;
	media_link_send(c->link, buf, hlen + len);
}


/**
 * Make a carriage that goes nowhere yet
 *
 * @param cp  Result; mem_deref() it
 * @param h   Handlers, copied
 * @param arg For them
 *
 * @return 0 or ENOMEM
 */
int carry_alloc(struct carry **cp, const struct carry_handlers *h, void *arg)
{
	struct carry *c = mem_zalloc(sizeof(*c), destructor);

	if (!c)
		return ENOMEM;

	c->h	 = *h;
	c->arg	 = arg;
	c->fd	 = -1;
	c->again = AGAIN_MS;
	way_init(&c->way, false);
	*cp = c;

	return 0;
}
