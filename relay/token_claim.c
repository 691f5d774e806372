/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file token_claim.c  Who is where in token mode: the control thread's side
 *
 * A token that was shown makes the source the stream's: it gets a socket
 * connected to there, unless a stream that is alive has one.
 *
 * Owns the table of all sources, and the notes that workers write.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include "relay.h"
#include "session.h"
#include "stock.h"
#include "stream.h"
#include "token_leg.h"
#include "tunnel/control.h"


#define ROOM "media"

enum {
	BUCKETS = 4096,
	TICK_MS = 250,
};

struct token_claims {
	struct relay *relay;
	struct hash *sources; /* struct token_way */
	struct mqueue *notes; /* NULL: there is one thread */
	struct tmr tmr;
};


static uint32_t key(const struct addr *a)
{
	const uint16_t port = addr_port(a);
	uint32_t h = hash_joaat((const uint8_t *)&port, sizeof(port));

	if (addr_family(a) == AF_INET6)
		h ^= hash_joaat(a->u.in6.sin6_addr.s6_addr, 16);
	else
		h ^= hash_joaat((const uint8_t *)&a->u.in.sin_addr, 4);

	return h;
}


struct place {
	const struct addr *source;
	uint16_t port; /* ours */
};


static uint16_t port_of(const struct token_way *tw)
{
	return tw->al->leg->relay->conf.tunnel.media[tw->component];
}


static bool is_there(struct le *le, void *arg)
{
	const struct token_way *tw = le->data;
	const struct place *pl	   = arg;

	return port_of(tw) == pl->port && addr_eq(&tw->source, pl->source);
}


static struct token_way *who_is(const struct token_claims *tc,
				const struct addr *source, uint16_t port)
{
	struct place pl = {.source = source, .port = port};

	return list_ledata(hash_lookup(tc->sources, key(source), is_there,
				       &pl));
}


/** A part is nowhere any more; its worker stands still */
void token_claims_forget(struct token_way *tw)
{
	token_way_drain(tw);
	hash_unlink(&tw->he);
	watch_close(&tw->watch);
	memset(&tw->source, 0, sizeof(tw->source));
}


static int socket_to(int *fdp, const struct addr *local,
		     const struct addr *source, uint8_t dscp)
{
	const int af = addr_family(local), on = 1;
	const int fd = socket(af, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			      0);

	if (fd < 0)
		return errno;

	/* among those everybody's packets come in on: sealed.c steers these
	 * to the workers' sockets until this one is connected. What gets in
	 * here nevertheless, token_leg.c knows by its source */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0 ||
	    bind(fd, &local->u.sa, addr_socklen(local)) < 0 ||
	    connect(fd, &source->u.sa, addr_socklen(source)) < 0) {
		const int err = errno;

		(void)close(fd);
		return err;
	}
	stock_dscp_set(fd, af, dscp);
	*fdp = fd;

	return 0;
}


static void log_way(const struct token_way *tw, const char *what,
		    const struct addr *source)
{
	char buf[ADDR_STRLEN];

	log_info(ROOM, "agent %s: call %s: %s %s %s",
		 tw->al->agent ? tw->al->agent->name : "?",
		 session_label(tw->al->leg->stream->session),
		 tw->component == LATCH_RTCP ? "rtcp" : "media", what,
		 addr_str(source, buf));
}


static int move(struct token_claims *tc, struct token_way *tw,
		const struct token_note *no)
{
	int fd = -1, err;

	err = socket_to(&fd, &no->local, &no->source, tw->al->leg->dscp);
	if (err)
		return err;
	if (tw->watch.fd >= 0) {
		++tw->al->moved;
		metrics_inc(tc->relay->stats, STAT_TOKEN_MOVED);
	}
	token_claims_forget(tw);
	tw->watch.fd = fd;
	tw->source   = no->source;
	hash_append(tc->sources, key(&tw->source), &tw->he, tw);
	err = watch_start(&tw->watch, tw->al->leg->worker);
	if (err)
		token_claims_forget(tw);

	return err;
}


/* Another stream is there: is it another agent's, and alive? */
static bool taken(const struct token_way *there, const struct token_way *tw,
		  uint64_t now)
{
	return there->al->agent != tw->al->agent &&
	       now - there->heard < TOKEN_DEAD_MS;
}


/* What it had is worth nothing any more */
static void offer_anew(struct token_way *tw)
{
	tw->renew = true;
	agent_leg_update(tw->al->leg);
}


static void claim(struct token_claims *tc, struct token_way *tw,
		  const struct token_note *no)
{
	struct token_way *there = who_is(tc, &no->source, port_of(tw));
	const uint64_t now	= tc->relay->now();
	char buf[ADDR_STRLEN];
	int err = 0;

	if (there && there != tw && taken(there, tw, now)) {
		metrics_inc(tc->relay->stats, STAT_PROBES_TAKEN);
		log_way(tw, "refused: another stream is at", &no->source);
		offer_anew(tw);
		return;
	}
	if (there && there != tw) {
		log_way(there, "no more from", &no->source);
		token_claims_forget(there);
		offer_anew(there);
	}
	if (there != tw)
		err = move(tc, tw, no);
	if (err) {
		log_warn(ROOM, "agent %s: media from %s: %s",
			 tw->al->agent->name, addr_str(&no->source, buf),
			 strerror(err));
		offer_anew(tw);
		return;
	}

	tw->heard = now;
	if (tw->lane < 0)
		agent_way_is(tw->al->agent, AGENT_WAY_UDP, tc->relay->stats);
	log_way(tw, "from", &no->source);
	agent_leg_tell(tw->al, "media.confirmed",
		       json_pack("{s:I,s:s,s:s}", "id", (json_int_t)tw->al->id,
				 "component",
				 tw->component == LATCH_RTCP ? "rtcp" : "rtp",
				 "source", addr_str(&no->source, buf)));
}


/* ---- what workers have noticed ---- */

static void take_note(struct token_claims *tc, const struct token_note *no)
{
	struct relay *r	     = tc->relay;
	struct agent_leg *al = agent_leg_find(worker_of(r, no->probe.id),
					      no->probe.id);
	struct token_way *tw = NULL;

	if (!al || !al->token || !al->agent) {
		if (no->news == TOKEN_STRAY)
			metrics_inc(r->stats, STAT_PROBES_UNKNOWN);
		return;
	}

	switch (no->news) {

	case TOKEN_SHOWN:
		tw = &al->token->way[no->component];
		if (token_way_used(tw))
			claim(tc, tw, no);
		break;

	case TOKEN_STRAY:
		if (token_leg_serve(al->token, r->stats, &no->probe,
				    addr_port(&no->local), &tw) == TOKEN_GOOD)
			claim(tc, tw, no);
		break;

	case TOKEN_WANTED:
		agent_leg_update(al->leg);
		break;
	}
}


static void park_and_take(struct token_claims *tc, const struct token_note *no)
{
	workers_park(tc->relay);
	take_note(tc, no);
	workers_resume(tc->relay);
}


static void on_note(int id, void *data, void *arg)
{
	(void)id;

	park_and_take(arg, data);
	free(data);
}


/** A worker has noticed something; copied */
void token_claims_note(struct token_claims *tc, const struct token_note *no)
{
	struct token_note *copy;

	if (!tc->notes) {
		park_and_take(tc, no);
		return;
	}
	copy = malloc(sizeof(*copy));
	if (!copy)
		return;
	*copy = *no;
	if (mqueue_push(tc->notes, 0, copy))
		free(copy);
}


/* ---- what the leg does ---- */

/** The leg has changed; its worker stands still */
void token_leg_follow(struct token_leg *tl)
{
	const struct leg *leg = tl->way[0].al->leg;

	for (unsigned i = 0; i < LATCH_COMPONENTS; i++) {
		struct token_way *tw = &tl->way[i];

		if (!token_way_used(tw)) {
			token_claims_forget(tw);
			tw->lane	   = -1;
			tw->token.is_given = false;
		} else if (tw->watch.fd >= 0) {
			stock_dscp_set(tw->watch.fd, addr_family(&tw->source),
				       leg->dscp);
		}
	}
}


/** The agent's tunnel is gone: so is where it was; the worker stands still */
void token_leg_gone(struct token_leg *tl)
{
	for (unsigned i = 0; i < LATCH_COMPONENTS; i++) {
		token_claims_forget(&tl->way[i]);
		tl->way[i].lane		  = -1;
		tl->way[i].token.is_given = false;
	}
}


static void tick(void *arg)
{
	struct token_claims *tc = arg;
	struct relay *r		= tc->relay;
	uint64_t now		= r->now();

	tmr_start(&tc->tmr, TICK_MS, tick, tc);
	for (unsigned i = 0; i < r->workerc; i++) {
		struct worker *w = r->workerv[i];

		if (!w->tokens)
			continue;
		worker_park(w);
		(void)list_apply(&w->agent_all, true, token_leg_due, &now);
		worker_resume(w);
	}
}


static void claims_destructor(void *arg)
{
	struct token_claims *tc = arg;

	tmr_cancel(&tc->tmr);
	mem_deref(tc->notes);
	mem_deref(tc->sources);
}


/** Make the table; mem_deref() it when no leg is left. 0 or an errno */
int token_claims_alloc(struct token_claims **tp, struct relay *r)
{
	struct token_claims *tc = mem_zalloc(sizeof(*tc), claims_destructor);
	int err;

	if (!tc)
		return ENOMEM;

	tc->relay = r;
	err	  = hash_alloc(&tc->sources, BUCKETS);
	if (!err && r->threads)
		err = mqueue_alloc(&tc->notes, on_note, tc);
	if (err) {
		mem_deref(tc);
		return err;
	}
	tmr_start(&tc->tmr, TICK_MS, tick, tc);
	*tp = tc;

	return 0;
}
