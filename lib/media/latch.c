/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file latch.c  Where a party's packets come from, learnt and never assumed
 *
 * What is said about the party, and what time does. Writes who it is and when
 * it may move; the policies are described in latch.h.
 */
#include <string.h>
#include "media/latch_priv.h"


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

	latch_dest_update(l);
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

	latch_dest_update(l);
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
	latch_dest_update(l);
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
			latch_dest_update(l);
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
