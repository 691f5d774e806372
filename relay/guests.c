/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file guests.c  Connections that have not shown yet which agent they are
 *
 * A guest says HELLO with its proof, and is let in (tunnels.c), refused, or
 * goes. Owns the guests, and what is remembered of those who failed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <openssl/ssl.h>
#include "events.h"
#include "guests.h"
#include "relay.h"
#include "throttle.h"
#include "tunnel/link.h"
#include "tunnels.h"


#define ROOM "tunnel"

enum {
	GUESTS_MAX = 512, /* at a time */
	GUESTS_EACH = 128, /* of one source */
	RETRY_AUTH = 30,  /* s */
};

struct guest {
	struct le le;
	struct guests *all;
	struct link *link;
	struct addr peer;
	char name[ADDR_STRLEN];
	struct tmr tmr; /* to go, outside of the link's own handlers */
};

struct guests {
	struct relay *relay;
	struct agents *agents;
	struct list list;
	struct throttle throttle;
	struct log_limit log;
};


static void guests_destructor(void *arg)
{
	struct guests *gs = arg;

	list_flush(&gs->list);
}


static void guest_destructor(void *arg)
{
	struct guest *g = arg;

	list_unlink(&g->le);
	tmr_cancel(&g->tmr);
	mem_deref(g->link);
}


static void guest_go(void *arg)
{
	mem_deref(arg);
}


static void log_guest(struct guest *g, const char *what, const char *why)
{
	uint64_t suppressed = 0;

	if (log_limit_pass(&g->all->log, g->all->relay->now(), &suppressed))
		log_notice(ROOM, "%s: %s: %s", g->name, what, why);
}


static void refuse(struct guest *g, enum refuse_code code, const char *text,
		   uint32_t retry)
{
	struct refuse r = {.code = code, .retry = retry};
	char *json;

	(void)snprintf(r.text, sizeof(r.text), "%s", text);
	json = refuse_encode(&r);
	if (json)
		(void)link_say(g->link, FRAME_REFUSE, json);
	free(json);
	metrics_inc(g->all->relay->stats, STAT_TUNNELS_REFUSED);
	tmr_start(&g->tmr, 0, guest_go, g);
}


/* it said it was an agent, and did not show it */
static void failed(struct guest *g, const char *agent, const char *reason)
{
	struct relay *r = g->all->relay;

	throttle_fail(&g->all->throttle, &g->peer, r->now());
	events_agent(r, "agent.refused",
		     json_pack("{s:s,s:s,s:s}", "agent", agent, "address",
			       g->name, "reason", reason));
}


static void refuse_unknown(struct guest *g, const struct hello *h)
{
	log_guest(g, h->agent, "refused: no such agent, or not its key");
	failed(g, h->agent, "proof");
	refuse(g, REFUSE_AUTH, "this agent is not known here, or its secret "
			       "is another", RETRY_AUTH);
}


static struct agent *known(struct guest *g, const struct hello *h)
{
	/* no agent's: an unknown name takes as long as a wrong proof */
	static const char nobody[] =
		"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
	struct agent *ag = agents_find(g->all->agents, h->agent);
	const bool keyed = ag && ag->public[0];
	uint8_t exporter[AUTH_EXPORTER];

	if (ag && !keyed && link_peer_named(g->link, ag->name))
		return ag;
	if (link_exporter(g->link, exporter) ||
	    auth_verify(h->proof, keyed ? ag->public : nobody, h->agent,
			exporter))
		return NULL;

	return keyed ? ag : NULL;
}


static void on_hello(struct link *l, enum frame_type type, const char *text,
		     size_t len, void *arg)
{
	struct guest *g = arg;
	struct agent *ag;
	struct hello h;
	(void)l;
	(void)type;

	if (hello_decode(&h, text, len)) {
		throttle_fail(&g->all->throttle, &g->peer,
			      g->all->relay->now());
		log_guest(g, "refused", "its HELLO can't be read");
		metrics_inc(g->all->relay->stats, STAT_TUNNEL_ERRORS);
		tmr_start(&g->tmr, 0, guest_go, g);
		return;
	}
	if (!h.speaks) {
		refuse(g, REFUSE_VERSION, "version 1 is spoken here", 0);
		return;
	}
	ag = known(g, &h);
	if (!ag) {
		refuse_unknown(g, &h);
		return;
	}
	if (!h.media)
		(void)tunnels_enter(ag, g->link, &g->peer, &h);
	else if (tunnels_media(g->all->relay->tunnels, ag, g->link, &g->peer,
			       &h) == ENOENT)
		refuse(g, REFUSE_TUNNEL, "there is no such tunnel", 0);
	tmr_start(&g->tmr, 0, guest_go, g);
}


static void on_guest_close(struct link *l, int err, const char *why,
			   void *arg)
{
	struct guest *g = arg;
	(void)l;

	metrics_inc(g->all->relay->stats, STAT_TUNNEL_ERRORS);
	if (err == EACCES) {
		metrics_inc(g->all->relay->stats, STAT_CERTIFICATES_REFUSED);
		failed(g, "", "certificate");
	}
	log_guest(g, "no agent", why);
	tmr_start(&g->tmr, 0, guest_go, g);
}


static const struct link_handlers guest_handlers = {
	.greetingh = on_hello,
	.closeh	   = on_guest_close,
};


/* takes the descriptor over */
static int guest_new(struct guests *gs, SSL_CTX *ctx, int fd,
		     const struct addr *peer)
{
	struct guest *g = mem_zalloc(sizeof(*g), guest_destructor);
	int err;

	if (!g) {
		(void)close(fd);
		return ENOMEM;
	}
	g->all	= gs;
	g->peer = *peer;
	(void)addr_str(peer, g->name);
	err = link_alloc(&g->link, fd, ctx, true, NULL, &guest_handlers, g);
	if (err) {
		(void)close(fd);
		mem_deref(g);
		return err;
	}
	list_append(&gs->list, &g->le, g);

	return 0;
}


static bool too_many(const struct guests *gs, const struct addr *peer)
{
	const struct le *le;
	unsigned n = 0;

	for (le = list_head(&gs->list); le; le = le->next) {
		const struct guest *g = le->data;

		n += throttle_same(&g->peer, peer);
	}

	return n >= GUESTS_EACH;
}


/**
 * A connection came in
 *
 * @param gs   Guests
 * @param ctx  TLS
 * @param fd   The connection, taken over
 * @param peer Where it came from
 */
void guests_take(struct guests *gs, SSL_CTX *ctx, int fd,
		 const struct addr *peer)
{
	struct relay *r = gs->relay;

	if (!throttle_pass(&gs->throttle, peer, r->now()) ||
	    too_many(gs, peer)) {
		metrics_inc(r->stats, STAT_TUNNELS_LIMITED);
		(void)close(fd);
		return;
	}
	/* who has waited longest has had its time */
	if (list_count(&gs->list) >= GUESTS_MAX) {
		metrics_inc(r->stats, STAT_TUNNELS_LIMITED);
		mem_deref(list_ledata(list_head(&gs->list)));
	}
	if (guest_new(gs, ctx, fd, peer))
		metrics_inc(r->stats, STAT_TUNNEL_ERRORS);
}


/**
 * Make room for guests
 *
 * @param gp     Result; mem_deref() it, which sends them away
 * @param r      Relay
 * @param agents Who may come; must outlive them
 *
 * @return 0 or ENOMEM
 */
int guests_alloc(struct guests **gp, struct relay *r, struct agents *agents)
{
	static const struct log_limit limit = LOG_LIMIT(50, 5);
	struct guests *gs = mem_zalloc(sizeof(*gs), guests_destructor);

	if (!gs)
		return ENOMEM;

	gs->relay  = r;
	gs->agents = agents;
	gs->log	   = limit;
	*gp	   = gs;

	return 0;
}
