/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tcp_leg.c  A leg whose party speaks TCP: MSRP, BFCP, T.38, T.120
 *
 * The party connects to the leg's port, or we connect to it, as the parties
 * have agreed (RFC 4145). When both legs have a connection they are joined;
 * when that ends, both wait for another. A connection is taken only from an
 * address the party signals from, and one at a time: the first.
 *
 * Owns the listening socket and the connections; everything happens in the
 * control thread.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "bytes/msrp.h"
#include "relay.h"
#include "session.h"
#include "tcp_agent.h"


#define ROOM "tcp"

enum {
	BURST	   = 8,
	CONNECT_MS = 10000,
	RETRY_MS   = 500, /* doubled each time */
	TRIES	   = 6,
};


static void asked_drop(struct tcp_leg *tl)
{
	static const struct channel_handlers none = {0};
	struct channel *ch			  = tl->asked;

	tl->asked = NULL;
	if (!ch)
		return;
	channel_handlers_set(ch, &none, NULL);
	channel_reset(ch, TUNNEL_SHUTDOWN);
}


static void tcp_leg_destructor(void *arg)
{
	struct tcp_leg *tl = arg;

	asked_drop(tl);
	tmr_cancel(&tl->tmr);
	tcp_agent_close(tl);
	if (tl->fd >= 0) {
		fd_close(tl->fd);
		(void)close(tl->fd);
	}
	mem_deref(tl->end);
	mem_deref(tl->path);
}


static void say(const struct leg *leg, const char *what, const char *why)
{
	char buf[ADDR_STRLEN];

	log_info(ROOM, "call %s stream %u leg %c: %s%s%s%s",
		 session_label(leg->stream->session), leg->stream->index,
		 leg->name, what,
		 addr_is_set(&leg->tcp->source) ? " " : "",
		 addr_is_set(&leg->tcp->source)
			 ? addr_str(&leg->tcp->source, buf)
			 : "",
		 why);
}


/* ---- both legs ---- */

static void end_drop(struct tcp_leg *tl)
{
	tmr_cancel(&tl->tmr);
	asked_drop(tl);
	tl->end	      = mem_deref(tl->end);
	tl->connected = false;
	tl->tries     = 0;
}


static void on_joint_close(struct joint *j, enum tunnel_reason why, void *arg)
{
	struct stream *st  = arg;
	const uint64_t now = st->leg[0].relay->now();
	unsigned i;

	for (i = 0; i < 2; i++) {
		struct leg *leg = &st->leg[i];

		say(leg, "connection ended:",
		    why == TUNNEL_OK ? " both have said all" : " it was cut");
		leg->tcp->octets += joint_octets(j, i);
		leg->heard = now;
		end_drop(leg->tcp);
	}
	st->joint = mem_deref(st->joint);
}


static int msrp_filter(struct mbuf *out, const uint8_t *p, size_t len,
		       void *arg)
{
	return p ? msrp_pass(arg, out, p, len) : msrp_flush(arg, out);
}


/* what goes to a party speaks of the addresses it knows: its own, and the one
 * its other party has for it */
static void paths_set(struct stream *st, unsigned from)
{
	const struct leg *leg = &st->leg[!from];
	struct addr a	      = leg->ifc->address;
	char host[ADDR_STRLEN];
	struct msrp *m = NULL;

	if (!leg->tcp->path)
		return;
	(void)addr_parse(&a, leg->ifc->advertised, 0);
	addr_set_port(&a, leg->port);
	if (!msrp_alloc(&m, leg->tcp->path, addr_str(&a, host)))
		joint_filter(st->joint, from, msrp_filter, m);
}


static void join(struct stream *st)
{
	struct tcp_leg *a = st->leg[0].tcp, *b = st->leg[1].tcp;

	if (st->joint || !a->connected || !b->connected)
		return;
	/* an agent's may be known to have left while it waited */
	if (a->agents && a->end->ops->dead(a->end))
		end_drop(a);
	if (b->agents && b->end->ops->dead(b->end))
		end_drop(b);
	if (!a->connected || !b->connected)
		return;
	if (!joint_alloc(&st->joint, a->end, b->end, 0, on_joint_close, st)) {
		paths_set(st, 0);
		paths_set(st, 1);
		tcp_pace_begin(st->joint, st->leg);
		return;
	}

	log_warn(ROOM, "call %s: no memory to join two connections",
		 session_label(st->session));
	end_drop(a);
	end_drop(b);
}


/** There is one, and its end is there */
void tcp_leg_connected(struct tcp_leg *tl, const struct addr *peer)
{
	struct leg *leg = tl->leg;

	tl->source    = *peer;
	tl->connected = true;
	tl->met	      = true;
	tl->tries     = 0;
	leg->heard    = leg->relay->now();
	if (!leg->latched_at)
		leg->latched_at = leg->relay->wall();
	metrics_inc(leg->relay->stats, STAT_TCP_CONNECTIONS);
	say(leg, "connected", "");
	tcp_leg_follow(leg->peer);
	join(leg->stream);
}


/* ---- the party connects ---- */

static enum latch_reason judge(const struct tcp_leg *tl,
			       const struct addr *peer)
{
	const struct leg *leg = tl->leg;

	if (tl->setup == SETUP_HOLDCONN)
		return LATCH_R_CLOSED;
	if (!addr_ip_eq(peer, &leg->signalling) &&
	    !addr_ip_eq(peer, &leg->remote))
		return LATCH_R_ADDRESS;
	if (leg->stream->joint ||
	    (tl->connected && !tl->end->ops->dead(tl->end)))
		return LATCH_R_SOURCE;

	return LATCH_OK;
}


/**
 * May this be the party's connection?
 *
 * @return false: it was counted; else there is room for its end
 */
bool tcp_leg_admit(struct tcp_leg *tl, const struct addr *peer)
{
	struct leg *leg		    = tl->leg;
	const enum latch_reason why = judge(tl, peer);
	char buf[ADDR_STRLEN];

	if (why == LATCH_OK) {
		end_drop(tl);
		return true;
	}

	++leg->n.refused[why];
	metrics_inc(leg->relay->stats, STAT_TCP_REFUSED);
	if (!(leg->logged & 1u << why))
		log_notice(ROOM, "call %s stream %u leg %c: connection from "
			   "%s refused: %s",
			   session_label(leg->stream->session),
			   leg->stream->index, leg->name, addr_str(peer, buf),
			   latch_reason_name(why));
	leg->logged |= 1u << why;

	return false;
}


/* takes the descriptor over */
static void admit(struct tcp_leg *tl, int fd, const struct addr *peer)
{
	if (!tcp_leg_admit(tl, peer))
		end_refuse(fd);
	else if (!end_socket(&tl->end, fd))
		tcp_leg_connected(tl, peer);
}


static void on_accept(int flags, void *arg)
{
	struct tcp_leg *tl = arg;
	unsigned i;
	(void)flags;

	for (i = 0; i < BURST; i++) {
		struct addr peer;
		int fd;

		if (end_accept(&fd, tl->fd, &peer))
			return;
		admit(tl, fd, &peer);
	}
}


/* ---- we connect ---- */

static void connect_again(void *arg)
{
	struct tcp_leg *tl = arg;

	tcp_leg_follow(tl->leg);
}


/** The party could not be connected to; it is tried again */
void tcp_leg_failed(struct tcp_leg *tl, int err)
{
	const unsigned tries = tl->tries + 1;

	tl->source = tl->leg->remote;
	say(tl->leg, "can't connect to", strerror(err));
	metrics_inc(tl->leg->relay->stats, STAT_TCP_FAILED);
	end_drop(tl);
	tl->tries = tries;
	if (tries < TRIES)
		tmr_start(&tl->tmr, (uint64_t)RETRY_MS << tries,
			  connect_again, tl);
}


static void on_connect(struct joint_end *e, int err, void *arg)
{
	struct tcp_leg *tl = arg;
	(void)e;

	if (err)
		tcp_leg_failed(tl, err);
	else
		tcp_leg_connected(tl, &tl->leg->remote);
}


/**
 * Connect to the party, if that is ours to do and not done
 *
 * After a connection has ended the other party begins: then, or when this one
 * is said to be elsewhere, we connect again.
 *
 * @param leg Open leg of a TCP stream
 */
void tcp_leg_follow(struct leg *leg)
{
	struct tcp_leg *tl = leg->tcp;
	int err;

	if (tl->setup != SETUP_ACTIVE || tl->end || tl->asked ||
	    leg->stream->joint || !addr_port(&leg->remote) ||
	    tmr_isrunning(&tl->tmr))
		return;
	if (tl->met && !leg->peer->tcp->connected)
		return;

	tl->source = leg->remote;
	if (tl->agents) {
		if (tcp_agent_connect(tl))
			tcp_leg_failed(tl, ENOTCONN);
		return;
	}
	err = end_connect(&tl->end, &leg->ifc->address, &leg->remote,
			  CONNECT_MS, on_connect, tl);
	if (err)
		tcp_leg_failed(tl, err);
}


/* ---- the leg ---- */

/** A leg is of a TCP stream; 0 or ENOMEM */
int tcp_leg_alloc(struct leg *leg)
{
	struct tcp_leg *tl = mem_zalloc(sizeof(*tl), tcp_leg_destructor);

	if (!tl)
		return ENOMEM;

	tl->leg	 = leg;
	tl->fd	 = -1;
	leg->tcp = tl;

	return 0;
}


/** Listen on the leg's port; 0 or an errno */
int tcp_leg_open(struct leg *leg)
{
	struct tcp_leg *tl = leg->tcp;
	struct addr at	   = leg->ifc->address;

	addr_set_port(&at, leg->port);

	return end_listen(&tl->fd, &at);
}


/* A party may connect the moment it has answered, and we hear of that a moment
 * later: until then connections wait in the kernel */
static void listen_follow(struct tcp_leg *tl)
{
	const struct leg *leg = tl->leg;

	if (tl->fd < 0 || tl->listening ||
	    (tl->setup != SETUP_HOLDCONN && !addr_is_set(&leg->signalling) &&
	     !addr_is_set(&leg->remote)))
		return;

	tl->listening = !fd_listen(tl->fd, FD_READ, on_accept, tl);
}


/* we are connecting, and that is still right: who has met us in it is not to be
 * met again */
static bool as_wanted(const struct tcp_leg *tl)
{
	return (tl->end || tl->asked) && tl->setup == SETUP_ACTIVE &&
	       addr_eq(&tl->source, &tl->leg->remote);
}


/** As leg_apply(): whose it is to connect, and where the party is */
void tcp_leg_apply(struct leg *leg, const struct leg_req *req)
{
	struct tcp_leg *tl = leg->tcp;

	if (req->set & LEG_SETUP)
		tl->setup = req->setup;
	if (req->set & LEG_PATH) {
		tl->path = mem_deref(tl->path);
		if (req->path)
			(void)str_dup(&tl->path, req->path);
	}
	if (addr_is_set(&tl->source) && !addr_eq(&tl->source, &leg->remote))
		tl->met = false;
	if (!leg->stream->joint && !tl->connected && !as_wanted(tl))
		end_drop(tl);
	if (tl->agents)
		tcp_agent_update(leg);
	listen_follow(tl);
}


/** Counters and times as they are now */
void tcp_leg_refresh(struct leg *leg, uint64_t now)
{
	const struct joint *j = leg->stream->joint;
	struct tcp_leg *tl    = leg->tcp;

	if (!tl)
		return;

	leg->n.bytes = tl->octets;
	if (!j)
		return;
	leg->n.bytes += joint_octets(j, leg == &leg->stream->leg[1]);
	/* a chat in which nobody speaks is none that has ended */
	leg->heard = now;
}


/** Close all of it */
void tcp_leg_close(struct leg *leg)
{
	leg->tcp = mem_deref(leg->tcp);
}


const char *tcp_leg_setup_name(enum leg_setup setup)
{
	static const char *const names[] = {"passive", "active", "holdconn"};

	return (size_t)setup < 3 ? names[setup] : "?";
}


/** What has become of it so far, in a word */
const char *tcp_leg_state_name(const struct tcp_leg *tl)
{
	if (tl->leg->stream->joint)
		return "joined";
	if (tl->connected)
		return "connected";

	return tl->end || tl->asked ? "connecting" : "waiting";
}
