/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media.c  Offers and answers (RFC 3264): what they mean for the legs
 *
 * Pure; owns nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "call/media_priv.h"
#include "sdp/path.h"

/* RTP in TCP (RFC 4571) is octets, and has no ports for RTCP */
static bool has_rtcp(const struct sdp_media *m)
{
	return m->is_rtp && !m->is_tcp;
}

/* What the relay does, when that is what a party says of itself. An offerer
 * that says nothing connects (RFC 4145 §4.1), and so an answerer waits. */
static enum session_setup setup_of(const struct sdp_media *m, bool offer)
{
	switch (m->setup) {
	case SDP_SETUP_PASSIVE:
		return SESSION_SETUP_ACTIVE;
	case SDP_SETUP_HOLDCONN:
		return SESSION_SETUP_HOLDCONN;
	case SDP_SETUP_NONE:
		return offer ? SESSION_SETUP_PASSIVE : SESSION_SETUP_ACTIVE;
	default:
		return SESSION_SETUP_PASSIVE;
	}
}

static bool special(const struct addr *a)
{
	return addr_is_private(a) || addr_is_loopback(a) ||
	       addr_is_linklocal(a);
}

/* A media address that means nothing here: private, while its owner is seen
 * at another address. Where both are private and nothing else tells of a NAT,
 * it is a party of our own network with media on another host. */
static bool hidden(const struct addr *a, const struct media_facts *f)
{
	if (addr_is_multicast(a))
		return true;
	if (!special(a) || addr_ip_eq(a, &f->source))
		return false;
	return !special(&f->source) || f->natted ||
	       addr_is_loopback(a) != addr_is_loopback(&f->source);
}

static void set_ice(struct session_remote *r, const struct sdp_media *m)
{
	r->ufrag[0] = r->pwd[0] = '\0';
	if (!m->ice_ufrag || !m->ice_pwd ||
	    strlen(m->ice_ufrag) >= sizeof(r->ufrag) ||
	    strlen(m->ice_pwd) >= sizeof(r->pwd))
		return;

	(void)snprintf(r->ufrag, sizeof(r->ufrag), "%s", m->ice_ufrag);
	(void)snprintf(r->pwd, sizeof(r->pwd), "%s", m->ice_pwd);
}

static void set_path(struct session_remote *r, const struct sdp_media *m)
{
	const char *from, *to;

	if (readable_msrp(m) &&
	    sdp_path_find(m->path, m->path + strlen(m->path), &from, &to) &&
	    to - from < SESSION_PATH_SIZE)
		memcpy(r->path, from, (size_t)(to - from));
}

/* What one m= line says about where its sender is. On hold by 0.0.0.0
 * (RFC 2543) it says nothing: what was known stays. */
static void remote_read(struct session_remote *r, const struct sdp_media *m,
			unsigned family, const struct media_facts *f,
			bool offer)
{
	bool rtcp = has_rtcp(m);
	struct addr a;

	memset(&a, 0, sizeof(a));
	if (m->addr && addr_parse(&a, m->addr, m->port) == 0 &&
	    addr_is_any(&a))
		return;

	memset(r, 0, sizeof(*r));
	set_path(r, m);
	if (m->is_tcp)
		r->setup = (uint8_t)setup_of(m, offer);
	if (f->ice_lite && !m->is_tcp)
		set_ice(r, m);
	if (!addr_is_set(&a) ||
	    addr_family(&a) != (family == 6 ? AF_INET6 : AF_INET) ||
	    hidden(&a, f)) {
		r->hint = m->port;
		r->hint_rtcp = rtcp ? m->rtcp_port : 0;
		return;
	}
	r->addr = a;
	r->rtcp_port = rtcp ? m->rtcp_port : 0;
}

static bool same_kind(const struct session_stream *st,
		      const struct sdp_media *m)
{
	return !strncmp(st->media, m->media, sizeof(st->media) - 1) &&
	       (st->leg[SESSION_A].rtcp != SESSION_RTCP_NONE) == has_rtcp(m) &&
	       st->tcp == m->is_tcp;
}

static struct session_stream *stream_add(struct session *s, unsigned mline,
					 const struct sdp_media *m)
{
	struct session_stream *st;

	if (s->streams_count >= SESSION_STREAMS_MAX)
		return NULL;

	st = &s->streams[s->streams_count++];
	memset(st, 0, sizeof(*st));
	st->mline = (uint16_t)mline;
	st->state = SESSION_STREAM_OFFERED;
	(void)snprintf(st->media, sizeof(st->media), "%s", m->media);
	st->tcp = m->is_tcp;
	for (int i = 0; i < SESSION_SIDES; i++)
		st->leg[i].rtcp = has_rtcp(m) ? SESSION_RTCP_SEPARATE
					      : SESSION_RTCP_NONE;
	return st;
}

static bool ice_wanted(const struct sdp_media *m, const struct media_facts *f)
{
	return f->ice_lite && m->ice_ufrag && m->ice_pwd && !m->is_tcp;
}

static int offer_line(struct session *s, enum session_side from, unsigned i,
		      const struct sdp_media *m, const struct media_facts *f)
{
	struct session_stream *st = session_stream_at(s, i);
	struct session_leg *leg;

	if (!st || !same_kind(st, m)) {
		st = stream_add(s, i, m);
		if (!st)
			return E2BIG;
		st->leg[session_other(from)].ice = ice_wanted(m, f);
	}

	leg = &st->leg[from];
	leg->ice = ice_wanted(m, f);
	if (st->state == SESSION_STREAM_OFFERED) {
		remote_read(&leg->cur, m, s->family[from], f, true);
		leg->hold = m->hold;
		leg->next_set = false;
		return 0;
	}

	leg->next = leg->cur;
	remote_read(&leg->next, m, s->family[from], f, true);
	leg->next_hold = m->hold;
	leg->next_set = true;
	return 0;
}

/**
 * An offer came
 *
 * Streams not there yet are added; where those that are there are to be moved
 * waits for the answer. s->family of both sides must be set.
 *
 * @param s    Session, with room for SESSION_STREAMS_MAX
 * @param from Who offers
 * @param sdp  Offer, as it came
 * @param f    What is known of the message
 *
 * @return 0, ENOENT (no stream to relay in it), E2BIG; after an error the
 *         session is of no use, go back to the one before
 */
int media_offer(struct session *s, enum session_side from,
		const struct sdp *sdp, const struct media_facts *f)
{
	unsigned n = 0;

	if (s->offerer != SESSION_NOBODY)
		media_reject(s);

	for (size_t i = 0; i < sdp_media_count(sdp); i++) {
		const struct sdp_media *m = sdp_media(sdp, i);
		int err;

		if (!relayed(m))
			continue;
		err = offer_line(s, from, (unsigned)i, m, f);
		if (err)
			return err;
		++n;
	}

	if (s->opened && s->known[from]) {
		s->next_signalling = f->source;
	}
	else {
		s->known[from] = true;
		s->signalling[from] = f->source;
	}
	s->offerer = (uint8_t)from;
	return n || session_streams_open(s) ? 0 : ENOENT;
}

/* the offer's facts hold from now on */
static void offer_holds(struct session *s, enum session_side offerer)
{
	for (unsigned i = 0; i < s->streams_count; i++) {
		struct session_leg *leg = &s->streams[i].leg[offerer];

		if (!leg->next_set)
			continue;
		leg->cur = leg->next;
		leg->hold = leg->next_hold;
		leg->next_set = false;
	}

	if (addr_is_set(&s->next_signalling)) {
		s->signalling[offerer] = s->next_signalling;
		memset(&s->next_signalling, 0, sizeof(s->next_signalling));
	}
}

static void end_line(struct session *s, unsigned mline,
		     const struct session_stream *but)
{
	for (unsigned i = 0; i < s->streams_count; i++) {
		struct session_stream *st = &s->streams[i];

		if (st->mline == mline && st != but)
			st->state = SESSION_STREAM_ENDED;
	}
}

static void answer_line(struct session *s, enum session_side from,
			struct session_stream *st, const struct sdp_media *m,
			const struct media_facts *f)
{
	struct session_leg *leg = &st->leg[from];

	remote_read(&leg->cur, m, s->family[from], f, false);
	leg->hold = m->hold;
	leg->ice = leg->ice && ice_wanted(m, f);
	if (st->leg[SESSION_A].rtcp == SESSION_RTCP_NONE)
		return;
	/* RFC 5761 §5.1.1: agreed on when the answer says so too */
	for (int i = 0; i < SESSION_SIDES; i++)
		st->leg[i].rtcp =
			m->rtcp_mux ? SESSION_RTCP_MUX : SESSION_RTCP_SEPARATE;
}

/**
 * An answer came, or came again
 *
 * @param s     Session
 * @param from  Who answers
 * @param sdp   Answer, as it came
 * @param f     What is known of the message
 * @param final No other answer can come: what it refuses is closed
 *
 * @return 0
 */
int media_answer(struct session *s, enum session_side from,
		 const struct sdp *sdp, const struct media_facts *f,
		 bool final)
{
	offer_holds(s, session_other(from));
	s->known[from] = true;
	s->signalling[from] = f->source;

	for (unsigned i = 0; i < s->streams_count; i++) {
		struct session_stream *st = &s->streams[i];
		unsigned mline = st->mline;
		const struct sdp_media *m = mline < sdp_media_count(sdp)
						    ? sdp_media(sdp, mline)
						    : NULL;

		if (st != session_stream_at(s, mline))
			continue;
		if (m && relayed(m))
			answer_line(s, from, st, m, f);
		if (!final)
			continue;
		if (m && relayed(m))
			st->state = SESSION_STREAM_ACTIVE;
		end_line(s, mline, m && relayed(m) ? st : NULL);
	}

	s->offerer = final ? SESSION_NOBODY : s->offerer;
	s->hold = session_on_hold(s);
	return 0;
}

void media_reject(struct session *s)
{
	for (unsigned i = 0; i < s->streams_count; i++) {
		struct session_stream *st = &s->streams[i];

		if (st->state == SESSION_STREAM_OFFERED)
			st->state = SESSION_STREAM_ENDED;
		for (int side = 0; side < SESSION_SIDES; side++)
			st->leg[side].next_set = false;
	}
	memset(&s->next_signalling, 0, sizeof(s->next_signalling));
	s->offerer = SESSION_NOBODY;
}

unsigned media_family(const struct sdp *sdp)
{
	for (size_t i = 0; i < sdp_media_count(sdp); i++) {
		const struct sdp_media *m = sdp_media(sdp, i);

		if (relayed(m) && m->af)
			return m->af == AF_INET6 ? 6 : 4;
	}
	return 0;
}
