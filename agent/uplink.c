/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file uplink.c  The agent's tunnel to a server, kept up
 *
 * Name, address, TCP, TLS, greeting, tunnel; and from the beginning again when
 * one of them fails, after a while that grows, with some chance in it so that a
 * thousand agents don't come at once. Servers are tried in order.
 *
 * Owns the tunnel, which lasts longer than its connections.
 */
#include "rpc/libre.h"
#include "config.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <openssl/ssl.h>
#include "dial.h"
#include "resolve.h"
#include "tunnel/hello.h"
#include "tunnel/link.h"
#include "uplink.h"


#define ROOM "uplink"

enum {
	AGAIN_MS     = 100,   /* after a connection that was good */
	BACKOFF_MS   = 1000,
	BACKOFF_MAX  = 60000,
	GOOD_MS	     = 10000, /* so long up: it was good */
};

struct uplink {
	const struct settings *conf;
	struct uplink_handlers h;
	void *arg;
	SSL_CTX *ctx;
	struct resolve *resolve;
	struct dial *dial;
	struct link *link;
	struct tunnel *tunnel;
	struct tmr tmr;	 /* for the next try */
	struct tmr gone; /* to let go outside of handlers */
	char session[HELLO_SESSION + 1];
	char peer[ADDR_STRLEN];
	struct addr addr; /* the same */
	size_t server;	 /* of serverv, which is tried */
	unsigned failures;
	uint64_t up;	 /* since when, ms */
};


static void uplink_destructor(void *arg)
{
	struct uplink *u = arg;

	tmr_cancel(&u->tmr);
	tmr_cancel(&u->gone);
	if (u->tunnel && u->link) {
		tunnel_goaway(u->tunnel, TUNNEL_SHUTDOWN);
		link_flush(u->link);
	}
	mem_deref(u->resolve);
	mem_deref(u->dial);
	mem_deref(u->link);
	mem_deref(u->tunnel);
	SSL_CTX_free(u->ctx);
}


static const struct settings_server *server(const struct uplink *u)
{
	return &u->conf->serverv[u->server];
}


static void begin(void *arg);


static void again(struct uplink *u, uint32_t least)
{
	uint64_t wait = AGAIN_MS;

	if (u->failures) {
		wait = (uint64_t)BACKOFF_MS
		       << (u->failures < 7 ? u->failures - 1 : 6);
		if (wait > BACKOFF_MAX)
			wait = BACKOFF_MAX;
	}
	/* half of it by chance */
	wait = wait / 2 + rand_u32() % (wait / 2 + 1);
	if (wait < least)
		wait = least + rand_u32() % (least / 2 + 1);
	tmr_start(&u->tmr, wait, begin, u);
}


static void failed(struct uplink *u, const char *what, const char *why,
		   uint32_t least)
{
	log_warn(ROOM, "%s:%u: %s%s%s", server(u)->host, server(u)->port, what,
		 why[0] ? ": " : "", why);
	u->link	  = mem_deref(u->link);
	u->server = (u->server + 1) % u->conf->serverc;
	++u->failures;
	again(u, least);
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
	u->link = mem_deref(u->link);
	tunnel_gone(u);
	++u->failures;
	again(u, 0);
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

static void on_ready(struct link *l, void *arg)
{
	struct uplink *u = arg;
	struct hello h	 = {0};
	uint8_t exporter[AUTH_EXPORTER];
	char *json = NULL;
	int err;

	(void)snprintf(h.agent, sizeof(h.agent), "%s", u->conf->name);
	(void)snprintf(h.software, sizeof(h.software), "postern-agent %s",
		       POSTERN_VERSION);
	if (u->tunnel) {
		(void)snprintf(h.session, sizeof(h.session), "%s", u->session);
		h.received = tunnel_received(u->tunnel);
	}
	err = link_exporter(l, exporter);
	if (!err)
		err = auth_sign(h.proof, u->conf->secret, h.agent, exporter);
	if (!err)
		json = hello_encode(&h);
	if (json)
		err = link_say(l, FRAME_HELLO, json);
	if (!err && !json)
		err = ENOMEM;
	free(json);
	if (err)
		log_error(ROOM, "no HELLO: %s", strerror(err));
}


static void on_welcome(struct uplink *u, const char *text, size_t len)
{
	struct welcome w;
	bool anew = false;
	int err;

	err = welcome_decode(&w, text, len);
	if (!err && (!w.resumed || !u->tunnel)) {
		anew = true;
		err  = w.resumed ? EPROTO : tunnel_new(u);
	}
	if (!err)
		err = link_carry(u->link, u->tunnel, w.received, w.keepalive);
	if (err) {
		log_warn(ROOM, "%s: its WELCOME is of no use: %s", u->peer,
			 strerror(err));
		tmr_start(&u->gone, 0, on_gone, u);
		return;
	}

	(void)snprintf(u->session, sizeof(u->session), "%s", w.session);
	u->up = tmr_jiffies();
	log_notice(ROOM, "%s: the tunnel is up%s", u->peer,
		   anew ? "" : ", it goes on");
	if (anew && u->h.uph)
		u->h.uph(u->tunnel, u->arg);
	if (u->h.mediah) {
		struct addr media = u->addr;

		addr_set_port(&media, w.media[0]);
		if (!w.media[0])
			memset(&media, 0, sizeof(media));
		u->h.mediah(&media, u->arg);
	}
}


static void on_greeting(struct link *l, enum frame_type type,
			const char *text, size_t len, void *arg)
{
	struct uplink *u = arg;
	struct refuse r;
	(void)l;

	if (type == FRAME_WELCOME) {
		on_welcome(u, text, len);
		return;
	}
	if (refuse_decode(&r, text, len))
		r = (struct refuse){.text = "it does not say why"};
	tunnel_gone(u);
	failed(u, "the server refuses", r.text, r.retry * 1000);
}


static void on_close(struct link *l, int err, const char *why, void *arg)
{
	struct uplink *u = arg;
	(void)err;

	if (l != u->link || tmr_isrunning(&u->gone))
		return;
	if (u->up) {
		if (tmr_jiffies() - u->up >= GOOD_MS)
			u->failures = 0;
		u->up	= 0;
		u->link = mem_deref(u->link);
		log_warn(ROOM, "%s: connection lost: %s", u->peer, why);
		again(u, 0);
		++u->failures;
		return;
	}
	failed(u, "no tunnel", why, 0);
}


static void on_dialled(int fd, const struct addr *peer, int err, void *arg)
{
	static const struct link_handlers lh = {
		.readyh	   = on_ready,
		.greetingh = on_greeting,
		.closeh	   = on_close,
	};
	struct uplink *u = arg;

	if (fd < 0) {
		failed(u, "it can't be reached", strerror(err), 0);
		return;
	}
	u->addr = *peer;
	(void)addr_str(peer, u->peer);
	err = link_alloc(&u->link, fd, u->ctx, false,
			 u->conf->fingerprint[0] ? NULL : server(u)->host, &lh,
			 u);
	if (err) {
		(void)close(fd);
		failed(u, "no link", strerror(err), 0);
	}
}


static void on_resolved(const struct addr *addrv, size_t addrc,
			const char *why, void *arg)
{
	struct uplink *u = arg;
	int err		 = 0;

	u->dial = mem_deref(u->dial);
	if (addrc)
		err = dial_begin(&u->dial, addrv, addrc, on_dialled, u);
	if (!addrc || err)
		failed(u, "its address can't be found",
		       err ? strerror(err) : why, 0);
}


static void begin(void *arg)
{
	struct uplink *u = arg;
	int err;

	u->resolve = mem_deref(u->resolve);
	u->dial	   = mem_deref(u->dial);
	err = resolve_host(&u->resolve, server(u)->host, server(u)->port,
			   on_resolved, u);
	if (err)
		failed(u, "its address can't be looked for", strerror(err), 0);
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

	if (!u)
		return ENOMEM;

	u->conf = s;
	u->h	= *h;
	u->arg	= arg;
	u->ctx	= link_client_ctx(s->ca_file[0] ? s->ca_file : NULL,
				  s->fingerprint[0] ? s->fingerprint : NULL,
				  why, size);
	if (!u->ctx) {
		mem_deref(u);
		return EINVAL;
	}
	*up = u;

	return 0;
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
