/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file forward.c  The forwarding path: from one leg's socket to the other's
 *
 * One datagram a wake-up: with many slow streams a socket rarely holds two,
 * and the loop is level-triggered. Nothing is allocated and nothing looked up
 * on the way of a media packet. Owns no state; writes the counters of leg and
 * relay.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include "agent_leg.h"
#include "agents.h"
#include "events.h"
#include "forward.h"
#include "ice.h"
#include "leg_sock.h"
#include "relay.h"
#include "session.h"
#include "token_leg.h"
#include "uring.h"


#define ROOM "forward"

enum {
	SETTLE_MAX = 256, /* datagrams of before it was connected, at once */
};


static bool logged_before(struct leg *leg, uint32_t bit)
{
	const bool before = (leg->logged & bit) != 0;

	leg->logged |= bit;

	return before;
}


static void log_leg(struct leg *leg, enum log_level level, const char *what,
		    const char *why, const struct addr *other)
{
	const struct session *se = leg->stream->session;
	char buf[ADDR_STRLEN];
	uint64_t suppressed = 0;

	if (!log_limit_pass(&leg->worker->refused_log, leg->relay->now(),
			    &suppressed))
		return;

	log_line(level, ROOM,
		 "call %s session %s stream %u leg %c: %s %s: %s",
		 session_label(se), session_id(se), leg->stream->index,
		 leg->name, what, addr_str(other, buf), why);
}


static void refuse(struct leg *leg, enum latch_reason reason,
		   const struct addr *src)
{
	static const char *const why[LATCH_REASONS] = {
		[LATCH_R_CLOSED]  = "the party is not known yet",
		[LATCH_R_ADDRESS] = "not an address of this party",
		[LATCH_R_WINDOW]  = "the learning window is over",
		[LATCH_R_KIND]	  = "not plausible media",
		[LATCH_R_SOURCE]  = "another source is latched",
		[LATCH_R_SSRC]	  = "not the stream that was latched",
	};

	++leg->n.refused[reason];
	metrics_inc(leg->worker->stats, STAT_REFUSED + reason);

	if (!logged_before(leg, 1u << reason))
		log_leg(leg, LOG_LEVEL_NOTICE, "packets refused from",
			why[reason] ? why[reason] : "?", src);
}


static void refuse_bandwidth(struct leg *leg, const struct addr *src)
{
	++leg->n.refused_bandwidth;
	metrics_inc(leg->worker->stats, STAT_REFUSED_BANDWIDTH);

	if (!logged_before(leg, LEG_LOGGED_BANDWIDTH))
		log_leg(leg, LOG_LEVEL_NOTICE, "packets refused from",
			"more than the leg's bandwidth", src);
}


/* both ways of an agent's media go through its line */
static bool within(struct leg *leg, const struct leg *of, bool up, size_t len,
		   uint64_t now)
{
	struct agent *ag = of->agent->agent;

	if (!ag || ceiling_take(up ? &ag->up : &ag->down, len, now))
		return true;

	++leg->n.refused_agent;
	metrics_inc(leg->worker->stats, STAT_REFUSED_AGENT);
	if (!logged_before(leg, LEG_LOGGED_AGENT))
		log_leg(leg, LOG_LEVEL_NOTICE, "packets refused: agent",
			"more than its bandwidth", &of->agent->source);

	return false;
}


static void send_failed(struct leg *from, struct leg *to,
			const struct addr *dest, int err)
{
	struct metrics *stats = from->worker->stats;

	++from->n.unsent;

	if (err == EAGAIN || err == EWOULDBLOCK || err == ENOBUFS) {
		metrics_inc(stats, STAT_WOULD_BLOCK);
		return;
	}

	metrics_inc(stats, STAT_SEND_ERRORS);

	if (!logged_before(to, LEG_LOGGED_SEND))
		log_leg(to, LOG_LEVEL_WARN, "can't send to", strerror(err),
			dest);
}


/* An ICMP error of an earlier packet is reported on the next call, once */
static int send_datagram(const struct leg_sock *sk, const uint8_t *buf,
			 size_t len, const struct addr *dest, bool connected)
{
	const struct sockaddr *sa = connected ? NULL : &dest->u.sa;
	const socklen_t salen	  = connected ? 0 : addr_socklen(dest);
	int tries = 2;

	while (tries--) {
		if (sendto(sk->watch.fd, buf, len, MSG_NOSIGNAL, sa,
			   salen) >= 0)
			return 0;

		if (errno != ECONNREFUSED && errno != EINTR)
			break;
	}

	return errno;
}


static const struct leg_sock *leg_sock(const struct leg *leg,
				       enum latch_component component)
{
	if (component == LATCH_RTP || leg->rtcp == RTCP_MUX)
		return &leg->sock[LATCH_RTP];

	return leg->rtcp == RTCP_SEPARATE ? &leg->sock[LATCH_RTCP] : NULL;
}


static int to_party(struct leg *from, enum latch_component component,
		    const uint8_t *buf, size_t len, const struct addr *dest)
{
	const struct leg *to	  = from->peer;
	const struct leg_sock *sk = leg_sock(to, component);
	const bool connected	  = sk->connected &&
			       latch_dest_is_source(&to->latch, component);

	if (connected && uring_send(from->worker->uring, from, component,
				    sk->watch.fd, buf, len))
		return 0;

	return send_datagram(sk, buf, len, dest, connected);
}


static bool has_way(const struct leg *to, enum latch_component component)
{
	const struct leg_sock *sk;

	if (to->agent)
		return agent_leg_ready(to->agent, component);

	sk = leg_sock(to, component);

	return sk && sk->watch.fd >= 0;
}


/* n: 1, or -1: it was not */
static void count_sent(struct leg *from, enum latch_component component, int n,
		       size_t len)
{
	struct metrics *stats = from->worker->stats;
	const uint64_t packets = (uint64_t)(int64_t)n, octets = packets * len;

	if (component == LATCH_RTP) {
		from->n.packets += packets;
		from->n.bytes += octets;
		metrics_add(stats, STAT_PACKETS, packets);
		metrics_add(stats, STAT_BYTES, octets);
	}
	else {
		from->n.rtcp_packets += packets;
		from->n.rtcp_bytes += octets;
		metrics_add(stats, STAT_RTCP_PACKETS, packets);
		metrics_add(stats, STAT_RTCP_BYTES, octets);
	}
}


static void pass_on(struct leg *from, enum latch_component component,
		    const uint8_t *buf, size_t len, uint64_t now)
{
	struct leg *to		= from->peer;
	struct metrics *stats	= from->worker->stats;
	const struct addr *dest = to->agent ? &to->agent->source
					    : latch_dest(&to->latch, component);
	int err;

	if (!dest || !has_way(to, component)) {
		metrics_inc(stats, STAT_NO_DESTINATION);
		if (to->agent && to->agent->token)
			token_leg_wanted(to->agent->token);
		/* a party without RTCP loses nothing */
		if (component == LATCH_RTP)
			++from->n.unsent;
		return;
	}

	if (from->agent && !within(from, from, true, len, now))
		return;
	if (to->agent && !within(from, to, false, len, now))
		return;

	err = to->agent ? agent_leg_send(to->agent, component, buf, len)
			: to_party(from, component, buf, len, dest);
	if (err) {
		send_failed(from, to, dest, err);
		return;
	}

	count_sent(from, component, 1, len);
}


/**
 * What was counted as sent could not be
 *
 * @param from      Leg it came in on
 * @param component What it is
 * @param buf       Payload
 * @param len       Its length
 * @param err       Why, an errno
 */
void forward_unsent(struct leg *from, enum latch_component component,
		    const uint8_t *buf, size_t len, int err)
{
	struct leg *to		= from->peer;
	const struct addr *dest = latch_dest(&to->latch, component);
	const bool way		= dest && has_way(to, component);

	/* an ICMP error of an earlier packet is reported once */
	if (way && !to->agent && (err == ECONNREFUSED || err == EINTR))
		err = to_party(from, component, buf, len, dest);
	if (!err)
		return;

	count_sent(from, component, -1, len);
	send_failed(from, to, way ? dest : &to->remote, err);
}


static void check_answer(struct leg_sock *sk, const uint8_t *buf, size_t len,
			 const struct addr *src, struct latch_packet *p)
{
	struct leg *leg	    = sk->leg;
	struct metrics *stats = leg->worker->stats;
	struct mbuf *answer = mbuf_alloc(128);
	struct ice_check check;

	metrics_inc(stats, STAT_ICE_CHECKS);

	if (!answer)
		return;

	if (!ice_answer(leg->ice, buf, len, src, &check, answer)) {

		if (check.authentic) {
			p->kind	     = LATCH_PKT_STUN_AUTH;
			p->nominated = check.nominated;
			p->priority  = check.priority;
		}

		if (send_datagram(sk, answer->buf, answer->end, src, false))
			metrics_inc(stats, STAT_SEND_ERRORS);
	}

	if (!check.authentic)
		metrics_inc(stats, STAT_ICE_REFUSED);

	mem_deref(answer);
}


static void source_learnt(struct leg *leg, const struct latch_packet *p)
{
	leg->latched_at = leg->relay->wall();
	metrics_inc(leg->worker->stats, STAT_LATCHED);
	if (latch_previous(&leg->latch, p->component))
		metrics_inc(leg->worker->stats, STAT_RELATCHED);

	kpath_withdraw(leg->stream, leg->heard);
	leg_sock_follow(leg);
	events_latched(leg, p->component);
}


/* Is it its party's? Says what it has taught; LATCH_REFUSE: that is counted */
static enum latch_verdict judge(struct leg_sock *sk, const uint8_t *buf,
				size_t len, struct latch_packet *p,
				uint64_t now)
{
	const bool stun = p->kind == LATCH_PKT_STUN;
	struct leg *leg = sk->leg;
	enum latch_reason reason;
	enum latch_verdict v;

	if (stun && leg->ice &&
	    leg->latch.conf.policy == LATCH_STUN && ice_admit(leg->ice, now))
		check_answer(sk, buf, len, p->src, p);

	if (leg->relay->kpath)
		kpath_refresh(leg);

	v = sk->sure && !stun
		    ? latch_recv_source(&leg->latch, p, now, &reason)
		    : latch_recv(&leg->latch, p, now, &reason);

	if (v == LATCH_REFUSE)
		refuse(leg, reason, p->src);
	else if (v == LATCH_PASS_LATCHED)
		source_learnt(leg, p);

	return v;
}


/**
 * Take one datagram the way it goes
 *
 * @param sk  Socket it came in on
 * @param buf Payload
 * @param len Its length
 * @param src Where it came from
 * @param now Milliseconds
 */
void forward_datagram(struct leg_sock *sk, const uint8_t *buf, size_t len,
		      const struct addr *src, uint64_t now)
{
	struct leg *leg = sk->leg;
	enum latch_component component = sk->component;
	struct latch_packet p;
	struct media_info mi;

	media_classify(&mi, buf, len);

	p.src	    = src;
	p.component = sk->component;
	p.kind	    = mi.kind;
	p.ssrc	    = mi.ssrc;
	p.seq	    = mi.seq;
	p.priority  = 0;
	p.nominated = false;

	if (judge(sk, buf, len, &p, now) == LATCH_REFUSE ||
	    p.kind == LATCH_PKT_STUN_AUTH)
		return;

	leg->heard = now;
	if (leg->relay->kpath)
		kpath_strayed(leg, mi.kind, now);

	if (mi.kind == LATCH_PKT_RTCP)
		component = LATCH_RTCP;
	else if (mi.kind == LATCH_PKT_RTP)
		media_seq_update(&leg->seq, mi.ssrc, mi.seq);

	if (leg->bandwidth && !bucket_take(&leg->bucket, len, now)) {
		refuse_bandwidth(leg, src);
		return;
	}

	pass_on(leg, component, buf, len, now);
}


/**
 * Take a datagram the way it goes that is an agent's, sealed or from a socket
 * known by its token: who sent it is sure
 *
 * @param leg       Leg of the agent
 * @param component Where the agent got it
 * @param buf       Payload
 * @param len       Its length
 * @param src       Where it came from
 * @param now       Milliseconds
 */
void forward_sealed(struct leg *leg, enum latch_component component,
		    const uint8_t *buf, size_t len, const struct addr *src,
		    uint64_t now)
{
	struct media_info mi;

	media_classify(&mi, buf, len);
	leg->heard = now;
	if (mi.kind == LATCH_PKT_RTCP)
		component = LATCH_RTCP;
	else if (mi.kind == LATCH_PKT_RTP && component == LATCH_RTP)
		media_seq_update(&leg->seq, mi.ssrc, mi.seq);

	if (leg->bandwidth && !bucket_take(&leg->bucket, len, now)) {
		refuse_bandwidth(leg, src);
		return;
	}

	pass_on(leg, component, buf, len, now);
}


/**
 * A datagram from a socket that hears nobody but its party; as
 * forward_datagram()
 */
void forward_known(struct leg_sock *sk, const uint8_t *buf, size_t len,
		   uint64_t now)
{
	forward_datagram(sk, buf, len,
			 &sk->leg->latch.path[sk->component].source, now);
}


/** A datagram from where the party was before its source moved */
void forward_late(struct leg_sock *sk)
{
	struct leg *leg = sk->leg;

	refuse(leg, LATCH_R_SOURCE, &leg->latch.path[sk->component].previous);
}


/**
 * With thousands of streams a leg was not used lately: what will be needed of
 * both comes from memory while something else is done
 *
 * @param sk Socket a datagram came or will come from
 */
void forward_fetch(const struct leg_sock *sk)
{
	const struct leg *leg	     = sk->leg;
	const struct leg *to	     = leg->peer;
	const enum latch_component c = sk->component;

	__builtin_prefetch(&leg->latch, 1);
	__builtin_prefetch(&leg->latch.path[c], 1);
	__builtin_prefetch(&leg->worker, 1);
	__builtin_prefetch(to);
	__builtin_prefetch(&to->latch);
	__builtin_prefetch(&to->latch.path[c]);
}


/**
 * Read one datagram from a leg's socket, and take it the way it goes
 *
 * @param wt The watch in the struct leg_sock
 *
 * @return false if there was nothing to read
 */
bool forward_take(struct watch *wt)
{
	struct leg_sock *sk = (struct leg_sock *)(void *)wt;
	struct leg *leg	    = sk->leg;
	struct worker *w    = leg->worker;
	const struct addr *from = &leg->latch.path[sk->component].source;
	socklen_t srclen;
	struct addr src;
	ssize_t n;

	forward_fetch(sk);
	if (sk->sure) {
		n = recv(wt->fd, w->rx, sizeof(w->rx), 0);
	} else {
		from   = &src;
		srclen = sizeof(src.u);
		n = recvfrom(wt->fd, w->rx, sizeof(w->rx), 0, &src.u.sa,
			     &srclen);
	}
	if (n < 0) {
		if (errno == EAGAIN) {
			/* what came before it was connected has been read */
			sk->sure = sk->connected;
			if (sk->sure)
				uring_take(w->uring, sk);
			return false;
		}
		/* an ICMP error of something sent before, nothing to read */
		if (errno != EINTR && errno != ECONNREFUSED)
			metrics_inc(w->stats, STAT_RECEIVE_ERRORS);
		return true;
	}

	forward_datagram(sk, w->rx, (size_t)n, from, w->relay->now());

	return true;
}


/** A leg's socket can be read; its worker calls it */
void forward_readable(struct watch *wt)
{
	const struct leg_sock *sk = (const struct leg_sock *)(void *)wt;
	unsigned n = 0;

	while (forward_take(wt) && sk->connected && !sk->sure &&
	       ++n < SETTLE_MAX)
		;
}
