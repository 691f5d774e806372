/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_show.c  What a party gets to see: the relay, or nobody
 *
 * Pure; owns nothing.
 */
#include <errno.h>
#include "call/media_priv.h"

enum {
	DISCARD = 9, /* the port of who does not listen (RFC 4145 §4.1) */
};

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
