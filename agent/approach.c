/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file approach.c  From a server's name to a connection that has greeted
 *
 * Name, addresses, TCP to the quickest, perhaps a proxy's leave, TLS, HELLO
 * with the proof, WELCOME. One try at one server; one of its handlers is
 * called at the end. Owns what is under way.
 */
#include "rpc/libre.h"
#include "config.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "approach.h"
#include "dial.h"
#include "proxy.h"
#include "resolve.h"
#include "srv.h"


#define ROOM "uplink"

struct approach {
	const struct settings *conf;
	SSL_CTX *ctx;
	struct approach_handlers h;
	void *arg;
	struct srv *srv;
	struct resolve *resolve;
	struct dial *dial;
	struct proxy *proxy;
	struct link *link;
	struct settings_server server; /* as configured, or as SRV says */
	char name[HOST_LEN_MAX + 1];   /* the certificate must be for this */
	struct addr peer;
	bool ended;
};


static void destructor(void *arg)
{
	struct approach *a = arg;

	mem_deref(a->srv);
	mem_deref(a->resolve);
	mem_deref(a->dial);
	mem_deref(a->proxy);
	mem_deref(a->link);
}


static void fail(struct approach *a, const char *what, const char *why,
		 uint32_t retry, bool refused)
{
	if (a->ended)
		return;

	a->ended = true;
	a->link	 = mem_deref(a->link);
	a->h.failh(what, why, retry, refused, a->arg);
}


/* ---- the greeting ---- */

static void on_ready(struct link *l, void *arg)
{
	struct approach *a = arg;
	struct hello h	   = {0};
	uint8_t exporter[AUTH_EXPORTER];
	char *json = NULL;
	int err;

	(void)snprintf(h.agent, sizeof(h.agent), "%s", a->conf->name);
	(void)snprintf(h.software, sizeof(h.software), "postern-agent %s",
		       POSTERN_VERSION);
	a->h.helloh(&h, a->arg);

	err = link_exporter(l, exporter);
	/* who shows a certificate has nothing more to prove */
	if (!err && a->conf->secret[0])
		err = auth_sign(h.proof, a->conf->secret, h.agent, exporter);
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


static void on_welcome(struct approach *a, const char *text, size_t len)
{
	struct link *l = a->link;
	struct welcome w;

	if (welcome_decode(&w, text, len)) {
		fail(a, "its WELCOME is of no use", "", 0, false);
		return;
	}
	a->link	 = NULL;
	a->ended = true;
	a->h.welcomeh(l, &a->peer, &w, a->arg);
}


static void on_greeting(struct link *l, enum frame_type type,
			const char *text, size_t len, void *arg)
{
	struct approach *a = arg;
	struct refuse r;
	(void)l;

	if (type == FRAME_WELCOME) {
		on_welcome(a, text, len);
		return;
	}
	if (refuse_decode(&r, text, len))
		r = (struct refuse){.text = "it does not say why"};
	fail(a, "the server refuses", r.text, r.retry * 1000, true);
}


static void on_close(struct link *l, int err, const char *why, void *arg)
{
	(void)l;
	(void)err;

	fail(arg, "no tunnel", why, 0, false);
}


/* ---- the connection ---- */

static void greet(struct approach *a, int fd)
{
	static const struct link_handlers lh = {
		.readyh	   = on_ready,
		.greetingh = on_greeting,
		.closeh	   = on_close,
	};
	int err;

	err = link_alloc(&a->link, fd, a->ctx, false,
			 a->conf->fingerprint[0] ? NULL : a->name, &lh, a);
	if (err) {
		(void)close(fd);
		fail(a, "no link", strerror(err), 0, false);
	}
}


static void on_proxied(int fd, int err, const char *why, void *arg)
{
	if (err)
		fail(arg, "no way to it", why, 0, false);
	else
		greet(arg, fd);
}


static void on_dialled(int fd, const struct addr *peer, int err, void *arg)
{
	struct approach *a	  = arg;
	const struct settings *s = a->conf;

	if (fd < 0) {
		fail(a, s->proxy.host[0] ? "the proxy can't be reached"
					 : "it can't be reached",
		     strerror(err), 0, false);
		return;
	}
	a->peer = *peer;
	if (!s->proxy.host[0]) {
		greet(a, fd);
		return;
	}

	/* the proxy's address is nobody's media address */
	memset(&a->peer, 0, sizeof(a->peer));
	err = proxy_begin(&a->proxy, fd, a->server.host, a->server.port,
			  s->proxy_user, s->proxy_password, on_proxied, a);
	if (err) {
		(void)close(fd);
		fail(a, "the proxy can't be asked", strerror(err), 0, false);
	}
}


static void on_resolved(const struct addr *addrv, size_t addrc,
			const char *why, void *arg)
{
	struct approach *a = arg;
	int err		   = 0;

	if (addrc)
		err = dial_begin(&a->dial, addrv, addrc, on_dialled, a);
	if (!addrc || err)
		fail(a, "its address can't be found",
		     err ? strerror(err) : why, 0, false);
}


/* through a proxy, names are the proxy's to resolve */
static void resolve(struct approach *a)
{
	const struct settings_server *to =
		a->conf->proxy.host[0] ? &a->conf->proxy : &a->server;
	int err = resolve_host(&a->resolve, to->host, to->port, on_resolved,
			       a);

	if (err)
		fail(a, "its address can't be looked for", strerror(err), 0,
		     false);
}


static void on_srv(const char *host, uint16_t port, void *arg)
{
	struct approach *a = arg;

	if (host) {
		(void)str_ncpy(a->server.host, host, sizeof(a->server.host));
		a->server.port = port;
	} else {
		a->server.port = SERVER_PORT;
	}
	resolve(a);
}


/**
 * Try a server
 *
 * @param ap     Result; mem_deref() it to end it without a word. Its handlers
 *               may not do that
 * @param conf   Configuration, which must outlive it
 * @param server Which of its servers
 * @param peer   Where that is, from an earlier try; NULL: to be found out
 * @param ctx    TLS
 * @param h      One of them is called once, later; helloh before
 * @param arg    For them
 *
 * @return 0 or an errno
 */
int approach_begin(struct approach **ap, const struct settings *conf,
		   size_t server, const struct addr *peer, SSL_CTX *ctx,
		   const struct approach_handlers *h, void *arg)
{
	struct approach *a = mem_zalloc(sizeof(*a), destructor);
	int err		   = 0;

	if (!a)
		return ENOMEM;

	a->conf	  = conf;
	a->ctx	  = ctx;
	a->h	  = *h;
	a->arg	  = arg;
	a->server = conf->serverv[server];
	(void)str_ncpy(a->name, a->server.host, sizeof(a->name));

	if (peer && !conf->proxy.host[0]) {
		err = dial_begin(&a->dial, peer, 1, on_dialled, a);
		if (err)
			mem_deref(a);
		else
			*ap = a;
		return err;
	}
	if (!a->server.port)
		err = srv_find(&a->srv, a->server.host, on_srv, a);
	if (err) {
		mem_deref(a);
		return err;
	}
	*ap = a;
	if (a->server.port)
		resolve(a);

	return 0;
}
