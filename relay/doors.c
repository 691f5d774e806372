/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file doors.c  Where agents knock: listening sockets, and the certificate
 *
 * Who comes in is a guest (guests.c). Beside each door is the port for media
 * (sealed.c). Owns the sockets and TLS' context.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <openssl/ssl.h>
#include "doors.h"
#include "guests.h"
#include "relay.h"
#include "sealed.h"
#include "selfcert.h"
#include "sock/sock.h"
#include "tunnel/link.h"


#define ROOM "tunnel"

enum {
	BACKLOG = 1024, /* after a restart all come at once */
};

struct door {
	struct doors *all; /* NULL: it is not open */
	int fd;		   /* connections */
	struct sealed *media[2]; /* ports X and Y */
};

struct doors {
	struct relay *relay;
	struct guests *guests;
	struct door doorv[TUNNEL_LISTEN_MAX];
	SSL_CTX *ctx;
	char fingerprint[AUTH_TEXT];
	char address[SETTING_LEN_MAX + 1];
};


static void doors_destructor(void *arg)
{
	struct doors *ds = arg;
	size_t i;

	for (i = 0; i < TUNNEL_LISTEN_MAX; i++) {
		struct door *d = &ds->doorv[i];

		if (!d->all)
			continue;
		fd_close(d->fd);
		(void)close(d->fd);
		mem_deref(d->media[0]);
		mem_deref(d->media[1]);
	}
	mem_deref(ds->guests);
	SSL_CTX_free(ds->ctx);
}


/** What agents know our key by */
const char *doors_fingerprint(const struct doors *ds)
{
	return ds->fingerprint;
}


/** Where agents are told to connect to */
const char *doors_address(const struct doors *ds)
{
	return ds->address;
}


static void on_accept(int flags, void *arg)
{
	struct door *d	 = arg;
	struct addr peer = {0};
	socklen_t len	 = sizeof(peer.u);
	int fd = accept4(d->fd, &peer.u.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	(void)flags;

	if (fd >= 0)
		guests_take(d->all->guests, d->all->ctx, fd, &peer);
}


static int port_open(struct door *d, struct relay *r, const struct addr *at,
		     unsigned i)
{
	struct addr a = *at;
	char buf[ADDR_STRLEN];
	int err;

	addr_set_port(&a, r->conf.tunnel.media[i]);
	err = sealed_open(&d->media[i], r, &a, i != 0);
	if (err)
		log_error(ROOM, "media on %s: %s", addr_str(&a, buf),
			  strerror(err));

	return err;
}


/* port X beside the door; Y may be the same, and is for RTCP in token mode */
static int media_open(struct door *d, struct relay *r, const struct addr *at)
{
	const struct settings_tunnel *s = &r->conf.tunnel;
	int err				= port_open(d, r, at, 0);

	if (!err && s->media[1] != s->media[0] && s->modes & 1 << MEDIA_TOKEN)
		err = port_open(d, r, at, 1);
	if (err)
		d->media[0] = mem_deref(d->media[0]);

	return err;
}


static int listening(struct door *d, struct doors *ds, const struct addr *a)
{
	int err = fd_listen(d->fd, FD_READ, on_accept, d);

	if (err)
		return err;

	err = media_open(d, ds->relay, a);
	if (err)
		fd_close(d->fd);

	return err;
}


static int door_open(struct door *d, struct doors *ds, const struct addr *a)
{
	char buf[ADDR_STRLEN];
	int err;

	err = sock_listen(&d->fd, a, BACKLOG);
	if (!err) {
		err = listening(d, ds, a);
		if (err)
			(void)close(d->fd);
	}
	if (err) {
		log_error(ROOM, "listen on %s: %s", addr_str(a, buf),
			  strerror(err));
		return err;
	}
	d->all = ds;

	return 0;
}


/* what was loaded before stays where this one can't be */
static int certificate_load(struct doors *ds)
{
	const struct settings_tunnel *s = &ds->relay->conf.tunnel;
	char cert[SETTING_PATH_MAX + 16], key[SETTING_PATH_MAX + 16];
	char why[256] = "", fingerprint[AUTH_TEXT];
	SSL_CTX *ctx;
	int err = 0;

	if (s->certificate[0]) {
		(void)snprintf(cert, sizeof(cert), "%s", s->certificate);
		(void)snprintf(key, sizeof(key), "%s", s->key);
	} else {
		(void)snprintf(cert, sizeof(cert), "%s/tunnel.crt", s->state);
		(void)snprintf(key, sizeof(key), "%s/tunnel.key", s->state);
		err = selfcert_make(cert, key);
		if (err) {
			log_error(ROOM, "%s: %s", cert, strerror(err));
			return err;
		}
	}
	ctx = link_server_ctx(cert, key, why, sizeof(why));
	if (!ctx || (s->client_ca[0] && link_ctx_clients(ctx, s->client_ca,
							 why, sizeof(why))) ||
	    link_fingerprint(cert, fingerprint)) {
		SSL_CTX_free(ctx);
		log_error(ROOM, "%s", why);
		return EINVAL;
	}
	SSL_CTX_free(ds->ctx);
	ds->ctx = ctx;
	memcpy(ds->fingerprint, fingerprint, sizeof(fingerprint));

	return 0;
}


/** Read certificates again, for connections to come; 0 or EINVAL: those that
 *  were read before serve on */
int doors_reload(struct doors *ds)
{
	return certificate_load(ds);
}


static int listen_all(struct doors *ds)
{
	const struct settings_tunnel *s = &ds->relay->conf.tunnel;
	char buf[ADDR_STRLEN];
	size_t i;
	int err = 0;

	for (i = 0; i < s->listenc && !err; i++)
		err = door_open(&ds->doorv[i], ds, &s->listen[i]);

	(void)snprintf(ds->address, sizeof(ds->address), "%s",
		       s->advertised[0] ? s->advertised
					: addr_str(&s->listen[0], buf));

	return err;
}


/**
 * Open the doors the configuration names
 *
 * @param dp     Result; mem_deref() it to close them
 * @param r      Relay; it says why not in the log
 * @param agents Who may come; must outlive them
 *
 * @return 0 or an errno
 */
int doors_open(struct doors **dp, struct relay *r, struct agents *agents)
{
	struct doors *ds = mem_zalloc(sizeof(*ds), doors_destructor);
	int err;

	if (!ds)
		return ENOMEM;

	ds->relay = r;
	err	  = guests_alloc(&ds->guests, r, agents);
	if (!err)
		err = certificate_load(ds);
	if (!err)
		err = listen_all(ds);
	if (err)
		mem_deref(ds);
	else
		*dp = ds;

	return err;
}
