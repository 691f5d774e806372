/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_link.c  A connection beside the tunnel's, which carries media
 *
 * Made as the tunnel's own connection was, to the same server, which must know
 * the tunnel. Owns the connection, one of them, once.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "approach.h"
#include "log/log.h"
#include "media_link.h"
#include "tunnel/datagrams.h"
#include "tunnel/link.h"
#include "uplink.h"


#define ROOM "media"

enum {
	KEEPALIVE_MS = 1000, /* somebody hears nothing meanwhile */
};

struct media_link {
	const struct uplink *uplink;
	struct media_link_handlers h;
	void *arg;
	struct approach *approach;
	struct link *link;
	struct datagrams *datagrams;
	struct tmr tmr;	  /* for downh(), outside of others' handlers */
	char why[200];
};


static void destructor(void *arg)
{
	struct media_link *m = arg;
	const struct datagrams_stats *s;

	tmr_cancel(&m->tmr);
	mem_deref(m->approach);
	if (m->link) {
		s = datagrams_stats(m->datagrams);
		log_info(ROOM, "in-tunnel: %llu datagrams sent, %llu received, "
			 "%llu dropped",
			 (unsigned long long)s->out, (unsigned long long)s->in,
			 (unsigned long long)(s->old + s->full));
	}
	mem_deref(m->link);
	if (m->datagrams)
		datagrams_handler_set(m->datagrams, NULL, NULL);
	mem_deref(m->datagrams);
}


static void on_down(void *arg)
{
	struct media_link *m = arg;

	m->h.downh(m->why, m->arg);
}


static void down(struct media_link *m, const char *what, const char *why)
{
	(void)snprintf(m->why, sizeof(m->why), "%s%s%s", what,
		       why[0] ? ": " : "", why);
	tmr_start(&m->tmr, 0, on_down, m);
}


static void on_recv(const uint8_t *p, size_t len, void *arg)
{
	struct media_link *m = arg;

	m->h.recvh(p, len, m->arg);
}


static void on_close(struct link *l, int err, const char *why, void *arg)
{
	(void)l;
	(void)err;
	down(arg, "connection lost", why);
}


static void on_hello(struct hello *h, void *arg)
{
	const struct media_link *m = arg;

	h->media = true;
	(void)snprintf(h->session, sizeof(h->session), "%s",
		       uplink_session(m->uplink));
}


static void on_welcome(struct link *l, const struct addr *peer,
		       const struct welcome *w, void *arg)
{
	static const struct link_handlers lh = {.closeh = on_close};
	struct media_link *m = arg;
	(void)peer;
	(void)w;

	m->link = l;
	link_handlers_set(l, &lh, m);
	if (link_carry_datagrams(l, m->datagrams, KEEPALIVE_MS))
		down(m, "it is gone already", "");
	else
		m->h.uph(m->arg);
}


static void on_failed(const char *what, const char *why, uint32_t retry,
		      bool refused, void *arg)
{
	(void)retry;
	(void)refused;

	down(arg, what, why);
}


/** Does it carry datagrams? */
bool media_link_is_up(const struct media_link *m)
{
	return m && m->link && !tmr_isrunning(&m->tmr);
}


/** Send a datagram, now or not at all; it is up */
void media_link_send(struct media_link *m, const uint8_t *p, size_t len)
{
	datagrams_put(m->datagrams, p, len, tmr_jiffies());
	link_flush(m->link);
}


/**
 * Make a connection for media
 *
 * @param mp  Result; mem_deref() it, which closes it
 * @param u   Uplink, whose tunnel's media they are; must outlive it
 * @param h   Handlers, copied
 * @param arg For them
 *
 * @return 0; ENOTCONN: there is no tunnel, or its server takes no media; an
 *         errno
 */
int media_link_begin(struct media_link **mp, const struct uplink *u,
		     const struct media_link_handlers *h, void *arg)
{
	static const struct approach_handlers ah = {
		.helloh	  = on_hello,
		.welcomeh = on_welcome,
		.failh	  = on_failed,
	};
	struct media_link *m = mem_zalloc(sizeof(*m), destructor);
	int err;

	if (!m)
		return ENOMEM;

	m->uplink = u;
	m->h	  = *h;
	m->arg	  = arg;
	err = datagrams_alloc(&m->datagrams, on_recv, m);
	if (!err)
		err = uplink_beside(u, &m->approach, &ah, m);
	if (err)
		mem_deref(m);
	else
		*mp = m;

	return err;
}
