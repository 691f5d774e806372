/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media.c  Offers and answers (RFC 3264): what they mean for the legs
 *
 * Pure; owns nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "call/media.h"
#include "sdp/path.h"

enum {
	DISCARD = 9, /* the port of who does not listen (RFC 4145 §4.1) */
};

static bool relayed(const struct sdp_media *m)
{
	return m->port != 0 || m->bundle_only;
}

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

/* TLS hides what the relay would put right */
static bool readable_msrp(const struct sdp_media *m)
{
	return m->path && !strcasecmp(m->proto, "TCP/MSRP");
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

/* Each party agrees with the relay, not with the other. In an offer: whoever
 * would connect may also be connected to. In an answer: what fits what the
 * party has said of itself, and where it is free, it connects: that works from
 * behind a NAT. */
static enum sdp_setup setup_for(const struct session *s,
				enum session_side from,
				const struct sdp_media *m,
				const struct session_leg *to)
{
	if (s->offerer == (uint8_t)from)
		return m->setup == SDP_SETUP_ACTIVE ? SDP_SETUP_ACTPASS
						    : m->setup;
	if (m->setup == SDP_SETUP_HOLDCONN ||
	    to->cur.setup == SESSION_SETUP_HOLDCONN)
		return SDP_SETUP_HOLDCONN;
	if (to->cur.setup == SESSION_SETUP_ACTIVE)
		return SDP_SETUP_ACTIVE;
	return m->setup == SDP_SETUP_NONE ? SDP_SETUP_NONE : SDP_SETUP_PASSIVE;
}

/* Under TLS a=path stays where both look at c= and m= alone, and it is a mere
 * name (a=msrp-cema, RFC 6714 §4.2): who is shown another can't be served
 * there. But a terminal's own network is not for the world to know. */
static int rewrite_tcp(struct sdp *sdp, size_t i, const struct sdp_media *m,
		       const struct session *s, enum session_side from,
		       const struct session_leg *leg)
{
	enum sdp_setup setup = setup_for(s, from, m, leg);
	char host[ADDR_STRLEN];
	int err = 0;

	if (setup != SDP_SETUP_NONE)
		err = sdp_setup_set(sdp, i, setup);
	if (!err && m->path &&
	    (readable_msrp(m) || !m->cema || session_has_agent(s)))
		err = sdp_path_set(sdp, i, addr_ip_str(&leg->local, host),
				   addr_family(&leg->local),
				   addr_port(&leg->local));
	return err;
}

static int rewrite_line(struct sdp *sdp, size_t i, const struct sdp_media *m,
			const struct session *s, enum session_side to,
			const struct session_leg *leg)
{
	char host[ADDR_STRLEN];
	struct sdp_transport t = {
		.addr = addr_ip_str(&leg->local, host),
		.af = addr_family(&leg->local),
		.port = addr_port(&leg->local),
		.rtcp_mux = m->rtcp_mux,
		.ice = leg->ice ? SDP_ICE_LITE : SDP_ICE_REMOVE,
		.ufrag = s->ufrag[to],
		.pwd = s->pwd[to],
	};

	switch (leg->rtcp) {
	case SESSION_RTCP_SEPARATE:
		t.rtcp_port = leg->local_rtcp;
		break;
	case SESSION_RTCP_MUX:
		t.rtcp_port = t.port;
		break;
	default:
		t.rtcp_port = 0;
	}
	return sdp_transport_set(sdp, i, &t);
}

/* a refused stream keeps its port 0, but loses an address of its sender's */
static int rewrite_refused(struct sdp *sdp, size_t i,
			   const struct sdp_media *m,
			   const struct session_leg *leg)
{
	char host[ADDR_STRLEN];
	struct sdp_transport t = {
		.addr = addr_ip_str(&leg->local, host),
		.af = addr_family(&leg->local),
		.ice = SDP_ICE_REMOVE,
	};

	int err = sdp_transport_set(sdp, i, &t);

	return err || !m->path ? err
			       : sdp_path_set(sdp, i, t.addr, t.af, DISCARD);
}

static const struct session_leg *first_leg(const struct session *s,
					   enum session_side to)
{
	for (unsigned i = 0; i < s->streams_count; i++) {
		if (addr_is_set(&s->streams[i].leg[to].local))
			return &s->streams[i].leg[to];
	}
	return NULL;
}

static const struct session_stream *stream_at(const struct session *s,
					      unsigned mline)
{
	/* reads only */
	return session_stream_at((struct session *)(uintptr_t)s, mline);
}

/**
 * Show the relay in place of a party
 *
 * @param s    Session, with the relay's addresses
 * @param from Whose SDP it is
 * @param sdp  Gets the edits
 *
 * @return 0; ENOENT: nothing in it goes by the relay; EPROTO: the relay gave
 *         no address for a stream; ENOMEM
 */
int media_rewrite(const struct session *s, enum session_side from,
		  struct sdp *sdp)
{
	enum session_side to = session_other(from);
	const struct session_leg *first = first_leg(s, to);
	char host[ADDR_STRLEN];
	int err = 0;

	if (!first)
		return ENOENT;

	for (size_t i = 0; i < sdp_media_count(sdp) && !err; i++) {
		const struct sdp_media *m = sdp_media(sdp, i);
		const struct session_stream *st = stream_at(s, (unsigned)i);

		if (!relayed(m))
			err = rewrite_refused(sdp, i, m, first);
		else if (!st || !addr_is_set(&st->leg[to].local))
			err = EPROTO;
		else
			err = rewrite_line(sdp, i, m, s, to, &st->leg[to]);
		if (!err && st && m->is_tcp && relayed(m))
			err = rewrite_tcp(sdp, i, m, s, from, &st->leg[to]);
	}

	/* a CNAME (RFC 5576 §6.1) is often the terminal's address, or the
	 * agent's */
	if (s->agent[from][0])
		sdp_attr_cut(sdp, "ssrc");
	if (!err)
		err = sdp_bundle_split(sdp);
	if (!err)
		err = sdp_origin_set(sdp, addr_ip_str(&first->local, host),
				     addr_family(&first->local));
	/* whatever else has an address of its network */
	if (!err && s->agent[from][0])
		err = sdp_private_cut(sdp);
	return err;
}

/**
 * Show nobody in place of a party: no relay carries these media
 *
 * @param sdp Gets the edits: each stream refused (RFC 3264 §6), at no address
 *
 * @return 0, ENOMEM
 */
int media_refuse(struct sdp *sdp)
{
	bool ip6 = media_family(sdp) == 6;
	int err = 0;

	for (size_t i = 0; i < sdp_media_count(sdp) && !err; i++) {
		const struct sdp_media *m = sdp_media(sdp, i);
		bool six = m->af ? m->af == AF_INET6 : ip6;
		struct sdp_transport t = {
			.addr = six ? "::" : "0.0.0.0",
			.af = six ? AF_INET6 : AF_INET,
			.ice = SDP_ICE_REMOVE,
		};

		err = sdp_transport_set(sdp, i, &t);
		if (!err && m->path)
			err = sdp_path_set(sdp, i, t.addr, t.af, DISCARD);
	}
	if (!err)
		err = sdp_bundle_split(sdp);
	if (!err)
		err = sdp_origin_set(sdp, ip6 ? "::" : "0.0.0.0",
				     ip6 ? AF_INET6 : AF_INET);
	return err;
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
