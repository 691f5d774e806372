/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file latch_recv.c  Is this packet the party's?
 *
 * The policies of latch.h, and all that is done for each packet. Writes what
 * packets teach: the source, when it was heard, where its stream stands.
 */
#include <string.h>
#include "media/latch_priv.h"


enum {
	SEQ_AHEAD_MAX  = 3000, /* a stream that goes on: RFC 3550 MAX_DROPOUT */
	SEQ_BEHIND_MAX = 500,  /* a packet that is only late */
};


static bool address_allowed(const struct latch *l, const struct addr *src)
{
	return addr_ip_eq(src, &l->signalling) ||
	       addr_ip_eq(src, &l->path[LATCH_RTP].remote) ||
	       addr_ip_eq(src, &l->path[LATCH_RTCP].remote);
}


/* May a packet of this kind be media on this component? */
static bool plausible(const struct latch *l, const struct latch_packet *p)
{
	switch (p->kind) {

	case LATCH_PKT_RTP:
		return !l->conf.rtp || p->component == LATCH_RTP;

	case LATCH_PKT_RTCP:
		return !l->conf.rtp || p->component == LATCH_RTCP ||
		       l->conf.mux;

	case LATCH_PKT_DTLS:
		return true;

	case LATCH_PKT_OTHER:
		return !l->conf.rtp;

	default:
		return false;
	}
}


/* What the source says of its stream, kept for the day its port changes */
static void path_heard(struct latch *l, struct latch_path *pa,
		       const struct latch_packet *p, uint64_t now)
{
	pa->heard = now;

	if (pa->quiet) {
		pa->quiet = false;
		latch_dest_update(l);
	}

	if (p->kind == LATCH_PKT_RTP) {
		pa->ssrc     = p->ssrc;
		pa->seq	     = p->seq;
		pa->has_ssrc = pa->has_seq = true;
	}
	else if (p->kind == LATCH_PKT_RTCP && !pa->has_seq) {
		pa->ssrc     = p->ssrc;
		pa->has_ssrc = true;
	}
}


static void path_learn(struct latch *l, struct latch_path *pa,
		       const struct latch_packet *p, uint64_t now)
{
	/* only a move the party signalled leaves something behind for good */
	if (pa->moving)
		pa->barred = pa->source;
	else if (addr_eq(&pa->barred, p->src))
		memset(&pa->barred, 0, sizeof(pa->barred));

	pa->previous = pa->source;
	pa->source   = *p->src;
	pa->learnt   = now;
	pa->moving   = false;
	pa->quiet    = false;
	pa->has_ssrc = false;
	pa->has_seq  = false;
	path_heard(l, pa, p, now);

	latch_dest_update(l);
}


/* Nothing learnt yet: may this allowed address be the source? */
static enum latch_reason may_learn_first(const struct latch *l,
					 const struct latch_path *pa,
					 const struct addr *src, uint64_t now)
{
	const struct latch_path *other;

	if (!l->conf.first_ms || elapsed(now, pa->opened) < l->conf.first_ms)
		return LATCH_OK;

	other = &l->path[pa == &l->path[LATCH_RTP] ? LATCH_RTCP : LATCH_RTP];

	if (addr_eq(src, &pa->remote) || addr_ip_eq(src, &other->source))
		return LATCH_OK;

	return LATCH_R_WINDOW;
}


/* Is it a packet of the known stream that was overtaken on its way? */
static bool is_late(const struct latch_path *pa, const struct latch_packet *p)
{
	return pa->has_seq && p->kind == LATCH_PKT_RTP &&
	       p->ssrc == pa->ssrc &&
	       (uint16_t)(pa->seq - p->seq) < SEQ_BEHIND_MAX;
}


static bool goes_on(const struct latch_path *pa, const struct latch_packet *p)
{
	return pa->has_seq && p->kind == LATCH_PKT_RTP &&
	       (uint16_t)(p->seq - pa->seq) < SEQ_AHEAD_MAX;
}


/* Latched, and the party signalled that it moves: may it have moved here? */
static enum latch_reason may_take_over(const struct latch *l,
				       const struct latch_path *pa,
				       const struct latch_packet *p,
				       uint64_t now)
{
	if (is_late(pa, p))
		return LATCH_R_SOURCE;

	if (addr_eq(p->src, &pa->barred) && !addr_eq(p->src, &pa->remote) &&
	    elapsed(now, pa->learnt) < l->conf.silence_ms)
		return LATCH_R_SOURCE;

	return LATCH_OK;
}


/* Is it from the very port the party signalled, where another one of the same
 * address was heard first? Of a call that forks both phones may be at one
 * address, and who was named last counts */
static bool is_signalled(const struct latch *l, const struct latch_path *pa,
			 const struct latch_packet *p, uint64_t now)
{
	return addr_eq(p->src, &pa->remote) &&
	       addr_ip_eq(p->src, &pa->source) && !is_late(pa, p) &&
	       (elapsed(now, pa->opened) < l->conf.window_ms ||
		elapsed(now, pa->heard) >= l->conf.silence_ms);
}


/* Latched, no signalling: has a NAT given the same stream another port? */
static enum latch_reason may_follow(const struct latch *l,
				    const struct latch_path *pa,
				    const struct latch_packet *p, uint64_t now)
{
	const uint64_t silence = elapsed(now, pa->heard);
	const bool has_ssrc = p->kind == LATCH_PKT_RTP ||
			      p->kind == LATCH_PKT_RTCP;

	if (!addr_ip_eq(p->src, &pa->source))
		return silence < l->conf.silence_ms ? LATCH_R_SOURCE
						    : LATCH_R_WINDOW;

	if (addr_eq(p->src, &pa->barred) || is_late(pa, p))
		return LATCH_R_SOURCE;

	if (l->conf.rtp && pa->has_ssrc &&
	    (!has_ssrc || p->ssrc != pa->ssrc))
		return silence < l->conf.silence_ms ? LATCH_R_SOURCE
						    : LATCH_R_SSRC;

	if (silence >= l->conf.silence_ms)
		return LATCH_OK;

	if (l->conf.rtp && goes_on(pa, p) && silence >= l->conf.handover_ms)
		return LATCH_OK;

	return LATCH_R_SOURCE;
}


static enum latch_reason recv_constrained(struct latch *l,
					  struct latch_path *pa,
					  const struct latch_packet *p,
					  uint64_t now, bool *learnt)
{
	enum latch_reason reason;

	if (!l->known)
		return LATCH_R_CLOSED;

	if (addr_eq(p->src, &pa->source)) {
		if (!plausible(l, p))
			return LATCH_R_KIND;

		path_heard(l, pa, p, now);
		return LATCH_OK;
	}

	if (!address_allowed(l, p->src))
		return LATCH_R_ADDRESS;

	if (!plausible(l, p))
		return LATCH_R_KIND;

	pa->moving = window_open(l, pa, now);

	if (!addr_is_set(&pa->source))
		reason = may_learn_first(l, pa, p->src, now);
	else if (pa->moving)
		reason = may_take_over(l, pa, p, now);
	else if (is_signalled(l, pa, p, now))
		reason = LATCH_OK;
	else
		reason = may_follow(l, pa, p, now);

	if (reason == LATCH_OK) {
		path_learn(l, pa, p, now);
		*learnt = true;
	}

	return reason;
}


static enum latch_reason recv_stun(struct latch *l, struct latch_path *pa,
				   const struct latch_packet *p, uint64_t now,
				   bool *learnt)
{
	const bool from_source = addr_eq(p->src, &pa->source);

	if (p->kind == LATCH_PKT_STUN_AUTH) {

		if (!p->nominated || from_source)
			return LATCH_OK;

		/* aggressive nomination: the better pair stays */
		if (addr_is_set(&pa->source) && !pa->moving &&
		    p->priority < pa->priority &&
		    elapsed(now, pa->heard) < l->conf.silence_ms)
			return LATCH_OK;

		pa->moving = false;
		path_learn(l, pa, p, now);
		pa->priority = p->priority;
		*learnt = true;
		return LATCH_OK;
	}

	if (!from_source)
		return addr_is_set(&pa->source) ? LATCH_R_SOURCE
						: LATCH_R_ADDRESS;

	if (!plausible(l, p))
		return LATCH_R_KIND;

	path_heard(l, pa, p, now);

	return LATCH_OK;
}


static enum latch_reason recv_fixed(struct latch *l, struct latch_path *pa,
				    const struct latch_packet *p, uint64_t now)
{
	if (!addr_is_set(&l->path[LATCH_RTP].remote))
		return LATCH_R_CLOSED;

	if (!addr_ip_eq(p->src, &pa->remote) &&
	    !addr_ip_eq(p->src, &l->path[LATCH_RTP].remote))
		return LATCH_R_ADDRESS;

	if (!plausible(l, p))
		return LATCH_R_KIND;

	path_heard(l, pa, p, now);

	return LATCH_OK;
}


/**
 * One packet came in: is it this party's?
 *
 * A STUN message is never forwarded: for LATCH_PKT_STUN_AUTH, LATCH_PASS means
 * that it may be answered.
 *
 * @param l      Latch
 * @param p      What the packet says
 * @param now    Milliseconds
 * @param reason Set to LATCH_OK, or why it was refused; may be NULL
 *
 * @return What to do with it
 */
enum latch_verdict latch_recv(struct latch *l, const struct latch_packet *p,
			      uint64_t now, enum latch_reason *reason)
{
	struct latch_path *pa = path_get(l, p->component);
	enum latch_reason r;
	bool learnt = false;

	switch (l->conf.policy) {

	case LATCH_STUN:
		r = recv_stun(l, pa, p, now, &learnt);
		break;

	case LATCH_FIXED:
		r = recv_fixed(l, pa, p, now);
		break;

	default:
		r = recv_constrained(l, pa, p, now, &learnt);
		break;
	}

	if (reason)
		*reason = r;

	if (r != LATCH_OK)
		return LATCH_REFUSE;

	return learnt ? LATCH_PASS_LATCHED : LATCH_PASS;
}


/**
 * latch_recv() for a packet of which the caller knows that it is from the
 * source learnt, since its socket hears nobody else, and that it is no STUN
 * message
 *
 * @param l      Latch whose policy isn't LATCH_FIXED
 * @param p      What the packet says; src doesn't matter
 * @param now    Milliseconds
 * @param reason Set to LATCH_OK, or why it was refused
 *
 * @return LATCH_PASS or LATCH_REFUSE
 */
enum latch_verdict latch_recv_source(struct latch *l,
				     const struct latch_packet *p,
				     uint64_t now, enum latch_reason *reason)
{
	*reason = !l->known && l->conf.policy == LATCH_CONSTRAINED
			  ? LATCH_R_CLOSED
		  : plausible(l, p) ? LATCH_OK
				    : LATCH_R_KIND;
	if (*reason != LATCH_OK)
		return LATCH_REFUSE;

	path_heard(l, path_get(l, p->component), p, now);

	return LATCH_PASS;
}
