/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file token_leg.c  An agent's leg in token mode: bare packets, known sockets
 *
 * What workers do: read probes and packets, and send. Owns a leg's tokens and
 * its connected sockets.
 */
#include <errno.h>
#include <string.h>
#include <openssl/crypto.h>
#include "forward.h"
#include "relay.h"
#include "session.h"
#include "stream.h"
#include "token_leg.h"


enum {
	BURST	   = 32,
	DRAIN_MAX  = 4096,  /* datagrams, more than a buffer holds */
	STRAY_MS   = 50,    /* between two that the control thread hears of */
	PACKET_MAX = 2048,
};


static void destructor(void *arg)
{
	struct token_leg *tl = arg;

	for (unsigned i = 0; i < LATCH_COMPONENTS; i++) {
		hash_unlink(&tl->way[i].he);
		watch_close(&tl->way[i].watch);
	}
	OPENSSL_cleanse(tl, sizeof(*tl));
}


/** Make a leg's tokens; none is given yet. 0 or ENOMEM */
int token_leg_alloc(struct token_leg **tp, struct agent_leg *al)
{
	struct token_leg *tl = mem_zalloc(sizeof(*tl), destructor);

	if (!tl)
		return ENOMEM;

	for (unsigned i = 0; i < LATCH_COMPONENTS; i++) {
		struct token_way *tw = &tl->way[i];

		tw->watch.fd	   = -1;
		tw->lane	   = -1;
		tw->watch.readable = token_way_readable;
		tw->al		   = al;
		tw->component	   = (enum latch_component)i;
		tw->token.id	   = al->id;
	}
	*tp = tl;

	return 0;
}


/** Does the leg have this part now? */
bool token_way_used(const struct token_way *tw)
{
	return tw->component == LATCH_RTP ||
	       tw->al->leg->rtcp == RTCP_SEPARATE;
}


/** The way a packet goes; NULL: none */
struct token_way *token_leg_way(struct token_leg *tl, enum latch_component c)
{
	struct token_way *tw =
		&tl->way[tl->way[0].al->leg->rtcp == RTCP_MUX ? LATCH_RTP : c];

	return token_way_used(tw) && (tw->watch.fd >= 0 || tw->lane >= 0)
		       ? tw
		       : NULL;
}


/** To the terminal; 0, ENOTCONN: nobody knows where the agent is; an errno */
int token_leg_send(struct token_leg *tl, enum latch_component c,
		   const uint8_t *p, size_t len)
{
	const struct token_way *tw = token_leg_way(tl, c);
	int tries		   = 2;

	if (!tw)
		return ENOTCONN;
	if (tw->lane >= 0)
		return token_inside_send(tw, p, len);

	/* an ICMP error of an earlier packet is reported once */
	while (tries--) {
		if (send(tw->watch.fd, p, len, MSG_NOSIGNAL) >= 0)
			return 0;
		if (errno != ECONNREFUSED && errno != EINTR)
			break;
	}

	return errno;
}


static void tell(struct worker *w, struct token_note *no)
{
	no->relay = w->relay;
	if (w->relay->claims)
		token_claims_note(w->relay->claims, no);
}


/** There is something for the terminal, and no way; said once */
void token_leg_wanted(struct token_leg *tl)
{
	const struct agent_leg *al = tl->way[0].al;
	struct token_note no	   = {.news = TOKEN_WANTED,
				      .probe.id = al->id};

	if (tl->waiting)
		return;
	tl->waiting = true;
	tell(al->leg->worker, &no);
}


/* ---- probes ---- */

/**
 * A token is shown at one of our ports; it is counted what it is worth
 *
 * @param tl    Leg the probe names
 * @param stats Counters of the thread that asks
 * @param pr    Probe
 * @param port  Ours
 * @param twp   The part it is of, where it ever was one of this leg's
 */
enum token_verdict token_leg_serve(struct token_leg *tl, struct metrics *stats,
				   const struct probe *pr, uint16_t port,
				   struct token_way **twp)
{
	static const enum relay_stat stat[] = {
		[TOKEN_GOOD]	 = STAT_PROBES_GOOD,
		[TOKEN_FORGED]	 = STAT_PROBES_FORGED,
		[TOKEN_EXPIRED]	 = STAT_PROBES_EXPIRED,
		[TOKEN_REPLAYED] = STAT_PROBES_REPLAYED,
	};
	const struct relay *r	= tl->way[0].al->leg->relay;
	enum token_verdict best = TOKEN_FORGED;

	for (unsigned i = 0; i < LATCH_COMPONENTS && best == TOKEN_FORGED;
	     i++) {
		struct token_way *tw = &tl->way[i];

		if (r->conf.tunnel.media[i] != port || !token_way_used(tw))
			continue;
		best = token_serve(&tw->token, pr, r->now());
		*twp = tw;
	}
	metrics_inc(stats, stat[best]);

	return best;
}


static void log_refused(struct worker *w, const struct agent_leg *al,
			enum token_verdict why, const struct addr *src)
{
	static const char *const words[] = {
		[TOKEN_FORGED]	 = "it was not given to this stream",
		[TOKEN_EXPIRED]	 = "it has expired",
		[TOKEN_REPLAYED] = "it has served",
	};
	char buf[ADDR_STRLEN];
	uint64_t suppressed = 0;

	if (log_limit_pass(&w->refused_log, w->relay->now(), &suppressed))
		log_notice("media", "agent %s: call %s: token from %s refused: "
			   "%s", al->agent->name,
			   session_label(al->leg->stream->session),
			   addr_str(src, buf), words[why]);
}


static uint16_t local_port(int fd, struct addr *local)
{
	socklen_t len = sizeof(local->u);

	memset(local, 0, sizeof(*local));

	return getsockname(fd, &local->u.sa, &len) ? 0 : addr_port(local);
}


/**
 * A probe came in where everybody's come in
 *
 * @param w   Worker whose socket it was
 * @param fd  The socket
 * @param src Where it came from
 * @param p   The datagram
 * @param len Its length
 */
void token_leg_probe(struct worker *w, int fd, const struct addr *src,
		     const uint8_t *p, size_t len)
{
	struct token_note no = {.news = TOKEN_SHOWN, .source = *src};
	struct token_way *tw = NULL;
	struct agent_leg *al = NULL;
	enum token_verdict verdict;

	if (!probe_decode(&no.probe, p, len))
		al = agent_leg_find(w, no.probe.id);
	if (!al || !al->token || !al->agent) {
		metrics_inc(w->stats, STAT_PROBES_UNKNOWN);
		return;
	}
	verdict = token_leg_serve(al->token, w->stats, &no.probe,
				  local_port(fd, &no.local), &tw);
	if (verdict != TOKEN_GOOD) {
		log_refused(w, al, verdict, src);
		return;
	}

	no.component = tw->component;
	tell(w, &no);
}


/* A probe on a socket that is a stream's already; src: who it came from, which
 * is not the stream's agent where it came before the socket was connected */
static void probe_again(struct token_way *tw, const struct addr *src,
			const uint8_t *p, size_t len)
{
	struct worker *w     = tw->watch.worker;
	struct token_note no = {.news	   = TOKEN_SHOWN,
				.component = tw->component,
				.source	   = *src};
	const uint64_t now   = w->relay->now();

	if (probe_decode(&no.probe, p, len)) {
		metrics_inc(w->stats, STAT_PROBES_UNKNOWN);
		return;
	}
	(void)local_port(tw->watch.fd, &no.local);
	if (no.probe.id != tw->al->id || !addr_eq(src, &tw->source)) {
		/* a NAT that gave this stream's port to another one? */
		if (now - tw->strayed < STRAY_MS) {
			metrics_inc(w->stats, STAT_PROBES_TAKEN);
			return;
		}
		tw->strayed = now;
		no.news	    = TOKEN_STRAY;
		tell(w, &no);
		return;
	}

	switch (token_serve(&tw->token, &no.probe, now)) {

	case TOKEN_GOOD:
		metrics_inc(w->stats, STAT_PROBES_GOOD);
		tell(w, &no);
		break;
	case TOKEN_REPLAYED: /* sent again before we were heard */
		metrics_inc(w->stats, STAT_PROBES_REPEATED);
		break;
	case TOKEN_EXPIRED:
		metrics_inc(w->stats, STAT_PROBES_EXPIRED);
		break;
	default:
		metrics_inc(w->stats, STAT_PROBES_FORGED);
		break;
	}
}


/* ---- packets ---- */

/* A sign of life: it is as long as its answer */
static void take_sign(struct token_way *tw, const struct sign *s, uint64_t now)
{
	uint8_t p[ALIVE_LEN];

	if (s->id != tw->al->id) {
		metrics_inc(tw->watch.worker->stats, STAT_BARE_UNKNOWN);
		return;
	}
	tw->heard = now;
	sign_encode(p, PROBE_ANSWER, s);
	(void)send(tw->watch.fd, p, sizeof(p), MSG_NOSIGNAL);
}


static void take(struct token_way *tw, const struct addr *src,
		 const uint8_t *p, size_t len)
{
	struct worker *w   = tw->watch.worker;
	struct leg *leg	   = tw->al->leg;
	const uint64_t now = w->relay->now();
	struct sign s;

	if (probe_is(p, len)) {
		probe_again(tw, src, p, len);
		return;
	}
	/* between bind() and connect() everybody's may get in */
	if (!addr_eq(src, &tw->source)) {
		metrics_inc(w->stats, STAT_BARE_UNKNOWN);
		return;
	}
	if (!sign_decode(&s, PROBE_ALIVE, p, len)) {
		take_sign(tw, &s, now);
		return;
	}
	if (!len || len > PACKET_MAX || seal_is(p, len)) {
		metrics_inc(w->stats, STAT_BARE_UNKNOWN);
		return;
	}
	tw->heard = tw->media = now;
	forward_sealed(leg, tw->component, p, len, &tw->source, now);
}


/* false: there is nothing to read */
static bool take_one(struct token_way *tw)
{
	struct worker *w = tw->watch.worker;
	struct addr src	 = {0};
	socklen_t len	 = sizeof(src.u);
	const ssize_t n	 = recvfrom(tw->watch.fd, w->rx, sizeof(w->rx),
				    MSG_DONTWAIT, &src.u.sa, &len);

	if (n >= 0)
		take(tw, &src, w->rx, (size_t)n);
	else if (errno != ECONNREFUSED && errno != EINTR)
		return false;

	return true;
}


/** A part's socket can be read; its worker calls it */
void token_way_readable(struct watch *wt)
{
	struct token_way *tw = (struct token_way *)(void *)wt;
	const int fd	     = wt->fd;

	/* without threads what was read may have closed it */
	for (unsigned i = 0; i < BURST && wt->fd == fd; i++) {
		if (!take_one(tw))
			return;
	}
}


/** Read what has come before the socket is closed; its worker stands still */
void token_way_drain(struct token_way *tw)
{
	const int fd = tw->watch.fd;

	if (fd < 0 || !tw->watch.worker)
		return;
	for (unsigned i = 0; i < DRAIN_MAX && tw->watch.fd == fd; i++) {
		if (!take_one(tw))
			return;
	}
}
