/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file aware_offer.c  What a message means for its call's media
 *
 * Whether its session description is an offer or an answer (RFC 3264, and RFC
 * 3261 §13.2.1, 3262 §5, 3311 §5 for which messages carry them), or has come
 * again; what follows from that for the legs is lib/call's to say. Pure.
 */
#include <string.h>
#include "aware_call.h"


static bool is_offer(const struct session *s, const struct aware_msg *m,
		     enum session_side from)
{
	const enum session_side other = session_other(from);

	if (m->method == AWARE_ACK)
		return false;
	if (!m->reply)
		return s->offerer != other || m->method == AWARE_INVITE;

	return m->method == AWARE_INVITE && s->late && s->offerer != other;
}


static void offer_of(struct aware_offer *o, const struct aware_msg *m,
		     enum session_side from)
{
	o->set	  = true;
	o->reply  = m->reply;
	o->from	  = from;
	o->cseq	  = m->cseq;
	o->digest = session_digest(m->p + m->sdp_at, m->sdp_len);
}


static bool same_offer(const struct aware_offer *x,
		       const struct aware_offer *y)
{
	return x->set && x->reply == y->reply && x->from == y->from &&
	       x->cseq == y->cseq && x->digest == y->digest;
}


/* a terminal's media come from where it is; whoever is beyond the registrar is
 * known by what he says alone */
static void facts_of(struct media_facts *mf, const struct aware_msg *m,
		     const struct aware_from *f)
{
	memset(mf, 0, sizeof(*mf));
	mf->source = f->up ? f->terminal : f->far;
	for (size_t i = 0; !f->up && i < sdp_media_count(m->sdp); i++) {
		const struct sdp_media *sm = sdp_media(m->sdp, i);

		if (sm->port && sm->addr && sm->af &&
		    !addr_parse(&mf->source, sm->addr, sm->port))
			return;
	}
}


static int sdp_work(const struct aware_call *c, struct session *s,
		    struct aware_offer *offer, const struct aware_msg *m,
		    const struct aware_from *f, enum session_side from)
{
	const bool final = !m->reply || m->code >= 200 || m->reliable;
	struct media_facts mf;
	int err = 0;

	facts_of(&mf, m, f);
	offer_of(offer, m, from);
	if (same_offer(&c->offer, offer)) {
		offer->set = false; /* it came again */
	} else if (is_offer(s, m, from)) {
		err = media_offer(s, from, m->sdp, &mf);
	} else {
		offer->set = false;
		if (s->offerer == session_other(from)) {
			err = media_answer(s, from, m->sdp, &mf, final);
			s->late = s->late && !final;
		}
	}

	return err;
}


/* the streams of an offer that was answered without saying so */
static void settle(struct session *s)
{
	for (unsigned i = 0; i < s->streams_count; i++) {
		if (s->streams[i].state == SESSION_STREAM_OFFERED)
			s->streams[i].state = SESSION_STREAM_ACTIVE;
	}
	s->offerer = SESSION_NOBODY;
}


/** The message refuses what began the call, which so ends: not a request
 *  before that, for which credentials were asked, say */
bool aware_call_refused(const struct aware_call *c, const struct aware_msg *m)
{
	return m->reply && m->method == AWARE_INVITE && m->code >= 300 &&
	       m->cseq == c->cseq && !c->s->confirmed;
}


/* likewise, the offer that is open */
static bool refuses_offer(const struct aware_call *c,
			  const struct aware_msg *m, enum session_side from)
{
	return m->code >= 300 &&
	       (m->method == AWARE_INVITE || m->method == AWARE_UPDATE) &&
	       c->s->offerer == session_other(from) && !c->offer.reply &&
	       m->cseq == c->offer.cseq;
}


static void reply_work(const struct aware_call *c, struct session *s,
		       const struct aware_msg *m, enum session_side from)
{
	const bool invite = m->method == AWARE_INVITE;

	if (invite && m->code >= 200 && m->code < 300) {
		s->confirmed = true;
		if (!m->sdp && s->offerer == session_other(from))
			settle(s);
	}
	if (refuses_offer(c, m, from))
		media_reject(s);
}


/**
 * What a message changes in its call's session
 *
 * @param c	Call
 * @param s	Copy of its session to be changed, with all room
 * @param offer Result: the offer in it, if one is
 * @param m	Message
 * @param f	Where it came from
 * @param from	Which side has sent it
 *
 * @return 0; ENOENT: nothing in it goes by a relay; E2BIG: it has too many
 *	   streams
 */
int aware_call_work(const struct aware_call *c, struct session *s,
		    struct aware_offer *offer, const struct aware_msg *m,
		    const struct aware_from *f, enum session_side from)
{
	int err = 0;

	offer->set = false;
	/* each callee downstream has a tag of its own until one answers */
	if (m->reply && m->method == AWARE_INVITE && !s->confirmed &&
	    m->d.to_tag_len)
		(void)session_set_tag(s, SESSION_B, m->to_tag,
				      m->d.to_tag_len);
	if (!m->reply && m->method == AWARE_INVITE)
		s->late = !m->sdp;
	if (m->sdp)
		err = sdp_work(c, s, offer, m, f, from);
	if (m->reply)
		reply_work(c, s, m, from);

	return err;
}
