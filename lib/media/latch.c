/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file latch.c  Where a party's packets come from, learnt and never assumed
 *
 * The policies are described in latch.h. Owns the members of struct latch.
 */
#include <string.h>
#include "media/latch.h"


enum {
	SEQ_AHEAD_MAX  = 3000, /* a stream that goes on: RFC 3550 MAX_DROPOUT */
	SEQ_BEHIND_MAX = 500,  /* a packet that is only late */
};


static struct latch_path *path_get(struct latch *l,
				   enum latch_component component)
{
	return &l->path[l->conf.mux ? LATCH_RTP : component];
}


static const struct latch_path *path_cget(const struct latch *l,
					  enum latch_component component)
{
	return &l->path[l->conf.mux ? LATCH_RTP : component];
}


static bool party_known(const struct latch *l)
{
	return l->known;
}


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


/* The port of one component, seen through a NAT, from that of the other */
static void guess_set(struct latch_path *pa, const struct latch_path *other)
{
	int port;

	memset(&pa->guess, 0, sizeof(pa->guess));

	if (!pa->hint || !other->hint || !addr_is_set(&other->source))
		return;

	port = addr_port(&other->source) + pa->hint - other->hint;
	if (port <= 0 || port > 65535)
		return;

	pa->guess = other->source;
	addr_set_port(&pa->guess, (uint16_t)port);
}


static const struct addr *dest_choose(const struct latch *l,
				      const struct latch_path *pa)
{
	const struct addr *in_order[] = {&pa->source, &pa->remote, &pa->guess};
	size_t i, first = pa->quiet ? 1 : 0, last = 2;

	if (l->conf.policy == LATCH_FIXED)
		first = last = 1;
	else if (l->conf.policy == LATCH_STUN)
		last = 0;

	for (i = first; i <= last; i++) {
		if (addr_is_set(in_order[i]))
			return in_order[i];
	}

	return NULL;
}


static void dest_update(struct latch *l)
{
	struct latch_path *rtp = &l->path[LATCH_RTP];
	struct latch_path *rtcp = &l->path[LATCH_RTCP];

	guess_set(rtp, rtcp);
	guess_set(rtcp, rtp);

	rtp->dest = dest_choose(l, rtp);
	rtcp->dest = l->conf.mux ? rtp->dest : dest_choose(l, rtcp);
}


static void path_forget(struct latch_path *pa)
{
	memset(&pa->source, 0, sizeof(pa->source));
	pa->learnt   = 0;
	pa->priority = 0;
	pa->has_ssrc = false;
	pa->has_seq  = false;
	pa->moving   = false;
	pa->quiet    = false;
}


static void path_window_open(struct latch_path *pa, uint64_t now)
{
	pa->opened = now;
	pa->moving = addr_is_set(&pa->source) &&
		     !addr_eq(&pa->source, &pa->remote);
	pa->quiet  = pa->quiet && pa->moving;
}


/* What the source says of its stream, kept for the day its port changes */
static void path_heard(struct latch *l, struct latch_path *pa,
		       const struct latch_packet *p, uint64_t now)
{
	pa->heard = now;

	if (pa->quiet) {
		pa->quiet = false;
		dest_update(l);
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

	dest_update(l);
}


static uint64_t elapsed(uint64_t now, uint64_t since)
{
	return now > since ? now - since : 0;
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


static bool window_open(const struct latch *l, const struct latch_path *pa,
			uint64_t now)
{
	return pa->moving && (elapsed(now, pa->opened) < l->conf.window_ms ||
			      elapsed(now, pa->heard) >= l->conf.silence_ms);
}


static enum latch_reason recv_constrained(struct latch *l,
					  struct latch_path *pa,
					  const struct latch_packet *p,
					  uint64_t now, bool *learnt)
{
	enum latch_reason reason;

	if (!party_known(l))
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
 * Begin: closed, nobody known
 *
 * @param l    Latch; must not be copied while in use
 * @param conf Policy and times
 * @param now  Milliseconds of a clock that never goes back
 */
void latch_init(struct latch *l, const struct latch_conf *conf, uint64_t now)
{
	memset(l, 0, sizeof(*l));
	l->conf = *conf;
	l->path[LATCH_RTP].opened = l->path[LATCH_RTCP].opened = now;
}


/**
 * Change policy, kind of media or multiplexing in mid-call. What was learnt
 * under another policy, or for a port no longer in use, is forgotten.
 *
 * @param l    Latch
 * @param conf New policy and times
 * @param now  Milliseconds
 */
void latch_conf_set(struct latch *l, const struct latch_conf *conf,
		    uint64_t now)
{
	const bool other_policy = conf->policy != l->conf.policy;
	const bool other_mux = conf->mux != l->conf.mux;

	if (other_policy)
		path_forget(&l->path[LATCH_RTP]);
	if (other_policy || other_mux)
		path_forget(&l->path[LATCH_RTCP]);

	l->conf = *conf;

	if (other_policy || other_mux)
		latch_reopen(l, now);

	dest_update(l);
}


/**
 * Say who the party is. What differs from before opens a learning window; the
 * source learnt so far stays until another is learnt. The same again changes
 * nothing.
 *
 * @param l          Latch
 * @param signalling Address the party signals from; only the IP address
 *                   counts; NULL: none
 * @param rtp        Address it signalled for media, NULL: none
 * @param rtcp       The same for RTCP, NULL: none
 * @param now        Milliseconds
 */
void latch_party_set(struct latch *l, const struct addr *signalling,
		     const struct addr *rtp, const struct addr *rtcp,
		     uint64_t now)
{
	static const struct addr none;
	struct latch_path *pa = l->path;
	bool changed;

	signalling = signalling ? signalling : &none;
	rtp	   = rtp ? rtp : &none;
	rtcp	   = rtcp ? rtcp : &none;

	changed = (addr_is_set(signalling) &&
		   !addr_ip_eq(signalling, &l->signalling)) ||
		  (addr_is_set(rtp) && !addr_eq(rtp, &pa[LATCH_RTP].remote)) ||
		  (addr_is_set(rtcp) &&
		   !addr_eq(rtcp, &pa[LATCH_RTCP].remote));

	l->signalling	     = *signalling;
	pa[LATCH_RTP].remote  = *rtp;
	pa[LATCH_RTCP].remote = *rtcp;
	l->known = addr_is_set(signalling) || addr_is_set(rtp);

	if (changed) {
		path_window_open(&pa[LATCH_RTP], now);
		path_window_open(&pa[LATCH_RTCP], now);
	}

	dest_update(l);
}


/**
 * Ports a party behind a NAT signalled: where one component is heard and the
 * other is not, its port is guessed from them
 *
 * @param l         Latch
 * @param port      RTP port, 0: none
 * @param rtcp_port RTCP port, 0: none
 */
void latch_hint_set(struct latch *l, uint16_t port, uint16_t rtcp_port)
{
	l->path[LATCH_RTP].hint	 = port;
	l->path[LATCH_RTCP].hint = rtcp_port;
	dest_update(l);
}


/**
 * Open the window whether the address changed or not (ICE restart)
 *
 * @param l   Latch
 * @param now Milliseconds
 */
void latch_restart(struct latch *l, uint64_t now)
{
	size_t i;

	for (i = 0; i < LATCH_COMPONENTS; i++) {
		path_window_open(&l->path[i], now);
		l->path[i].priority = 0;
	}
}


/**
 * Give components that have not learnt yet their time again, for instance
 * when the call is answered
 *
 * @param l   Latch
 * @param now Milliseconds
 */
void latch_reopen(struct latch *l, uint64_t now)
{
	size_t i;

	for (i = 0; i < LATCH_COMPONENTS; i++) {
		if (!addr_is_set(&l->path[i].source))
			l->path[i].opened = now;
	}
}


/**
 * Let time pass, about once a second: where a party moved, its old source is
 * silent and the new one is not heard yet, send to the address it signalled
 *
 * @param l   Latch
 * @param now Milliseconds
 */
void latch_tick(struct latch *l, uint64_t now)
{
	size_t i;

	if (l->conf.policy != LATCH_CONSTRAINED)
		return;

	for (i = 0; i < LATCH_COMPONENTS; i++) {
		struct latch_path *pa = &l->path[i];

		pa->moving = window_open(l, pa, now);

		if (pa->moving && !pa->quiet &&
		    elapsed(now, pa->opened) >= l->conf.silence_ms &&
		    elapsed(now, pa->heard) >= l->conf.silence_ms) {
			pa->quiet = true;
			dest_update(l);
		}
	}
}


/**
 * Somebody else has taken packets of the learnt source meanwhile, and says what
 * they were. What is older than what the latch knows changes nothing.
 *
 * @param l         Latch
 * @param component RTP or RTCP
 * @param when      When the last one came, ms
 * @param ssrc      Its SSRC, NULL: it had none
 * @param seq       RTP's last sequence number, NULL: none
 */
void latch_heard(struct latch *l, enum latch_component component,
		 uint64_t when, const uint32_t *ssrc, const uint16_t *seq)
{
	struct latch_path *pa = &l->path[component];

	if (!addr_is_set(&pa->source) || when <= pa->heard)
		return;

	pa->heard = when;
	if (ssrc) {
		pa->ssrc     = *ssrc;
		pa->has_ssrc = true;
	}
	if (seq) {
		pa->seq	    = *seq;
		pa->has_seq = true;
	}
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


/**
 * How far it has come, by RTP
 *
 * @param l Latch
 *
 * @return State
 */
enum latch_state latch_state(const struct latch *l)
{
	const struct latch_path *rtp = &l->path[LATCH_RTP];

	switch (l->conf.policy) {

	case LATCH_FIXED:
		return addr_is_set(&rtp->remote) ? LATCH_LATCHED
						 : LATCH_CLOSED;

	case LATCH_STUN:
		return addr_is_set(&rtp->source) ? LATCH_LATCHED
						 : LATCH_LEARNING;

	default:
		if (!party_known(l))
			return LATCH_CLOSED;

		return addr_is_set(&rtp->source) ? LATCH_LATCHED
						 : LATCH_LEARNING;
	}
}


/**
 * Where to send to this party now
 *
 * @param l         Latch
 * @param component RTP or RTCP
 *
 * @return Address, valid until the next call that changes the latch; NULL:
 *         nowhere yet
 */
const struct addr *latch_dest(const struct latch *l,
			      enum latch_component component)
{
	return path_cget(l, component)->dest;
}


/**
 * Is it sent to where it comes from?
 *
 * @param l         Latch
 * @param component RTP or RTCP
 *
 * @return true if latch_dest() is latch_source()
 */
bool latch_dest_is_source(const struct latch *l,
			  enum latch_component component)
{
	const struct latch_path *pa = path_cget(l, component);

	return pa->dest == &pa->source;
}


/**
 * What was learnt
 *
 * @param l         Latch
 * @param component RTP or RTCP
 *
 * @return Address; NULL: nothing yet
 */
const struct addr *latch_source(const struct latch *l,
				enum latch_component component)
{
	const struct latch_path *pa = path_cget(l, component);

	return addr_is_set(&pa->source) ? &pa->source : NULL;
}


/**
 * What was learnt before that
 *
 * @param l         Latch
 * @param component RTP or RTCP
 *
 * @return Address; NULL: nothing
 */
const struct addr *latch_previous(const struct latch *l,
				  enum latch_component component)
{
	const struct latch_path *pa = path_cget(l, component);

	return addr_is_set(&pa->previous) ? &pa->previous : NULL;
}


/**
 * When it was learnt
 *
 * @param l         Latch
 * @param component RTP or RTCP
 *
 * @return Milliseconds; 0: nothing learnt
 */
uint64_t latch_learnt(const struct latch *l, enum latch_component component)
{
	return path_cget(l, component)->learnt;
}


const char *latch_policy_name(enum latch_policy policy)
{
	static const char *const name[] = {"constrained", "stun", "fixed"};

	return (size_t)policy < 3 ? name[policy] : "?";
}


const char *latch_state_name(enum latch_state state)
{
	static const char *const name[] = {"closed", "learning", "latched"};

	return (size_t)state < 3 ? name[state] : "?";
}


/**
 * The name a reason has in the control protocol
 *
 * @param reason Reason
 *
 * @return Name
 */
const char *latch_reason_name(enum latch_reason reason)
{
	static const char *const name[LATCH_REASONS] = {
		"ok", "closed", "address", "window", "kind", "source", "ssrc",
	};

	return (size_t)reason < LATCH_REASONS ? name[reason] : "?";
}
