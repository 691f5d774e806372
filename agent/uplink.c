/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file uplink.c  The agent's tunnel to a server, kept up
 *
 * Servers are tried in order, or beginning with any; after a failure again,
 * after a while that grows, with some chance in it so that a thousand agents
 * don't come at once. From time to time a second connection is made beside the
 * first, and the tunnel moves there: new keys, and a fresh mapping in the NAT.
 *
 * Owns the tunnel, which lasts longer than its connections.
 */
#include "rpc/libre.h"
#include "config.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "again.h"
#include "approach.h"
#include "identity.h"
#include "uplink.h"


#define ROOM "uplink"

struct uplink {
	const struct settings *conf;
	struct uplink_handlers h;
	void *arg;
	struct identity *identity;
	struct approach *approach; /* to the next connection */
	struct link *link;	   /* that carries the tunnel */
	struct tunnel *tunnel;
	struct tmr tmr;	 /* for the next try */
	struct tmr rotate; /* for the next connection */
	struct tmr gone; /* to let go outside of handlers */
	char session[HELLO_SESSION + 1];
	char peer[ADDR_STRLEN];
	struct addr addr; /* the same */
	bool moving;	 /* a second connection has greeted: the first ends */
	bool media_link; /* its server takes connections for media */
	size_t server;	 /* of serverv, which is tried */
	struct again again;
	uint64_t up;	 /* since when, ms */
};


static void uplink_destructor(void *arg)
{
	struct uplink *u = arg;

	tmr_cancel(&u->tmr);
	tmr_cancel(&u->gone);
	tmr_cancel(&u->rotate);
	if (u->tunnel && u->link) {
		tunnel_goaway(u->tunnel, TUNNEL_SHUTDOWN);
		link_flush(u->link);
	}
	mem_deref(u->approach);
	mem_deref(u->link);
	mem_deref(u->tunnel);
	mem_deref(u->identity);
}


static const struct settings_server *server(const struct uplink *u)
{
	return &u->conf->serverv[u->server];
}


static void begin(void *arg);
static void rotate_later(struct uplink *u);


static void try_later(struct uplink *u, uint32_t least)
{
	tmr_start(&u->tmr,
		  again_wait(&u->again, least, tmr_jiffies(), rand_u32()),
		  begin, u);
}


static void failed(struct uplink *u, const char *what, const char *why,
		   uint32_t least)
{
	log_warn(ROOM, "%s: %s%s%s", server(u)->host, what, why[0] ? ": " : "",
		 why);
	u->server = (u->server + 1) % u->conf->serverc;
	again_failed(&u->again);
	try_later(u, least);
}


/* ---- the tunnel ---- */

static void tunnel_gone(struct uplink *u)
{
	if (!u->tunnel)
		return;

	u->tunnel     = mem_deref(u->tunnel);
	u->session[0] = '\0';
	if (u->h.downh)
		u->h.downh(u->arg);
}


static void on_gone(void *arg)
{
	struct uplink *u = arg;

	if (u->link)
		link_release(u->link);
	u->link	  = mem_deref(u->link);
	u->moving = false;
	tunnel_gone(u);
	again_lost(&u->again, tmr_jiffies() - u->up, tmr_jiffies());
	again_failed(&u->again);
	try_later(u, 0);
}


static void on_end(struct tunnel *t, enum tunnel_reason why, void *arg)
{
	struct uplink *u = arg;
	(void)t;

	log_warn(ROOM, "%s: the server ends the tunnel: %s", u->peer,
		 tunnel_reason_name(why));
	tmr_start(&u->gone, 0, on_gone, u);
}


static void on_output(struct tunnel *t, void *arg)
{
	struct uplink *u = arg;
	(void)t;

	if (u->link)
		link_flush(u->link);
}


static void on_open(struct tunnel *t, struct channel *ch, const char *what,
		    size_t len, void *arg)
{
	struct uplink *u = arg;

	if (u->h.openh)
		u->h.openh(t, ch, what, len, u->arg);
	else
		channel_reset(ch, TUNNEL_REFUSED);
}


static int tunnel_new(struct uplink *u)
{
	static const struct tunnel_handlers th = {
		.openh	 = on_open,
		.outputh = on_output,
		.endh	 = on_end,
	};

	tunnel_gone(u);

	return tunnel_alloc(&u->tunnel, TUNNEL_AGENT, &th, u);
}


/* ---- the connection ---- */

static const struct link_handlers link_handlers;


static int welcome(struct uplink *u, struct link *l, const struct welcome *w,
		   bool *anew)
{
	int err = 0;

	*anew = !w->resumed || !u->tunnel;
	if (*anew)
		err = w->resumed ? EPROTO : tunnel_new(u);
	if (!err)
		err = link_carry(l, u->tunnel, w->received, w->keepalive);

	return err;
}


static void media_tell(struct uplink *u, const struct welcome *w)
{
	struct addr media[2] = {u->addr, u->addr};

	if (!u->h.mediah)
		return;
	for (unsigned i = 0; i < 2; i++) {
		if (!w->media[i] || !addr_is_set(&media[i]))
			memset(&media[i], 0, sizeof(media[i]));
		else
			addr_set_port(&media[i], w->media[i]);
	}
	if (w->mode == MEDIA_MODES)
		log_error(ROOM, "%s: it allows none of our media_modes: there "
			  "is no audio", u->peer);
	u->h.mediah(&media[0], &media[1], u->arg);
}


/* The tunnel moves to this connection; the one it had is closed */
static void on_welcome(struct link *l, const struct addr *peer,
		       const struct welcome *w, void *arg)
{
	struct uplink *u = arg;
	struct link *old = u->link;
	const bool moved = old || u->moving;
	bool anew;

	u->moving = false;
	if (old)
		link_release(old);
	u->link = l;
	u->addr = *peer;
	(void)snprintf(u->peer, sizeof(u->peer), "%s", server(u)->host);
	if (addr_is_set(peer))
		(void)addr_str(peer, u->peer);
	link_handlers_set(l, &link_handlers, u);
	mem_deref(old);
	if (welcome(u, l, w, &anew)) {
		log_warn(ROOM, "%s: its WELCOME is of no use", u->peer);
		tmr_start(&u->gone, 0, on_gone, u);
		return;
	}

	(void)snprintf(u->session, sizeof(u->session), "%s", w->session);
	u->media_link = w->media_link;
	if (moved) {
		log_info(ROOM, "%s: the tunnel has moved to a new connection",
			 u->peer);
	} else {
		u->up = tmr_jiffies();
		log_notice(ROOM, "%s: the tunnel is up%s", u->peer,
			   anew ? "" : ", it goes on");
	}
	link_flush(l);
	if (anew && u->h.uph)
		u->h.uph(u->tunnel, u->arg);
	media_tell(u, w);
	rotate_later(u);
}


/* What is read from now on comes over the new connection, so the count holds */
static void on_hello(struct hello *h, void *arg)
{
	struct uplink *u = arg;

	h->modes = u->conf->modes;
	(void)snprintf(h->hide, sizeof(h->hide), "%s", u->conf->hide);
	if (!u->tunnel)
		return;
	if (u->link) {
		link_pause(u->link, true);
		u->moving = true;
	}
	(void)snprintf(h->session, sizeof(h->session), "%s", u->session);
	h->received = tunnel_received(u->tunnel);
}


static void on_failed(const char *what, const char *why, uint32_t retry,
		      bool refused, void *arg)
{
	struct uplink *u = arg;

	u->moving = false;
	/* a rotation that fails leaves things as they are */
	if (u->link) {
		log_warn(ROOM, "%s: no new connection: %s%s%s", u->peer, what,
			 why[0] ? ": " : "", why);
		link_pause(u->link, false);
		rotate_later(u);
		return;
	}
	if (refused)
		tunnel_gone(u);
	failed(u, what, why, retry);
}


static void on_close(struct link *l, int err, const char *why, void *arg)
{
	struct uplink *u = arg;
	(void)err;

	if (l != u->link || tmr_isrunning(&u->gone))
		return;

	tmr_cancel(&u->rotate);
	u->link = mem_deref(u->link);
	/* the server closes the first before its WELCOME on the second is
	 * read here: what we write meanwhile fails */
	if (u->moving)
		return;

	again_lost(&u->again, tmr_jiffies() - u->up, tmr_jiffies());
	log_warn(ROOM, "%s: connection lost: %s", u->peer, why);
	try_later(u, 0);
	again_failed(&u->again);
}


static const struct link_handlers link_handlers = {
	.closeh = on_close,
};


static int approach(struct uplink *u)
{
	static const struct approach_handlers ah = {
		.helloh	  = on_hello,
		.welcomeh = on_welcome,
		.failh	  = on_failed,
	};

	u->approach = mem_deref(u->approach);

	return approach_begin(&u->approach, u->conf, u->server, NULL,
			      identity_ctx(u->identity), &ah, u);
}


static void begin(void *arg)
{
	struct uplink *u = arg;
	const int err	 = approach(u);

	if (err)
		failed(u, "it can't be tried", strerror(err), 0);
}


/* A second connection beside the first, and over to it */
static void rotate(void *arg)
{
	struct uplink *u = arg;

	if (u->link && approach(u))
		rotate_later(u);
}


static void rotate_later(struct uplink *u)
{
	const uint32_t ms = u->conf->rotate;

	/* a tenth by chance, for a thousand agents started together */
	if (ms)
		tmr_start(&u->rotate, ms - ms / 10 + rand_u32() % (ms / 10 + 1),
			  rotate, u);
}


/**
 * Make an uplink; nothing happens before uplink_start()
 *
 * @param up   Result; mem_deref() it, which ends the tunnel
 * @param s    Configuration, which must outlive it
 * @param h    Handlers, copied
 * @param arg  For them
 * @param why  What is wrong, in words
 * @param size Its room
 *
 * @return 0, or an errno
 */
int uplink_alloc(struct uplink **up, const struct settings *s,
		 const struct uplink_handlers *h, void *arg, char *why,
		 size_t size)
{
	struct uplink *u = mem_zalloc(sizeof(*u), uplink_destructor);
	int err;

	if (!u)
		return ENOMEM;

	u->conf = s;
	if (s->spread)
		u->server = rand_u32() % s->serverc;
	u->h	= *h;
	u->arg	= arg;
	err	= identity_alloc(&u->identity, s, why, size);
	if (err)
		mem_deref(u);
	else
		*up = u;

	return err;
}


/** A new connection at once, that the tunnel moves to: certificates may have
 *  changed, or the way to the server, or this machine has slept */
void uplink_renew(struct uplink *u)
{
	if (u->link) {
		rotate(u);
	} else if (!tmr_isrunning(&u->gone)) {
		again_up(&u->again);
		tmr_start(&u->tmr, 0, begin, u);
	}
}


/** What the server knows of us is no longer true: a new tunnel */
void uplink_anew(struct uplink *u)
{
	if (!u->tunnel)
		return;

	if (u->link) {
		tunnel_goaway(u->tunnel, TUNNEL_SHUTDOWN);
		link_flush(u->link);
		link_release(u->link);
	}
	u->approach = mem_deref(u->approach);
	u->link	    = mem_deref(u->link);
	u->moving   = false;
	tmr_cancel(&u->rotate);
	tunnel_gone(u);
	uplink_renew(u);
}


/** Both ends of the connection; ENOTCONN: there is none */
int uplink_addrs(const struct uplink *u, struct addr *local, struct addr *peer)
{
	return u->link ? link_addrs(u->link, local, peer) : ENOTCONN;
}


/** Begin, and go on until the end */
void uplink_start(struct uplink *u)
{
	begin(u);
}


/** The tunnel; NULL: there is none. It may be without a connection for a
 *  while */
struct tunnel *uplink_tunnel(const struct uplink *u)
{
	return u->tunnel;
}


/**
 * Make another connection to the tunnel's server
 *
 * @param u   Uplink, which must outlive it
 * @param ap  As of approach_begin()
 * @param h   The same
 * @param arg The same
 *
 * @return 0; ENOTCONN: there is no tunnel; an errno
 */
int uplink_beside(const struct uplink *u, struct approach **ap,
		  const struct approach_handlers *h, void *arg)
{
	if (!u->tunnel)
		return ENOTCONN;

	return approach_begin(ap, u->conf, u->server,
			      addr_is_set(&u->addr) ? &u->addr : NULL,
			      identity_ctx(u->identity), h, arg);
}


/** May a connection beside the tunnel's carry media? */
bool uplink_carries_media(const struct uplink *u)
{
	return u && u->tunnel && u->media_link;
}


/** What the tunnel is called; "": there is none */
const char *uplink_session(const struct uplink *u)
{
	return u->session;
}
