/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What H.245 messages and fastStart mean for streams (H.245 C.4 to C.6, H.323
 * 6.2.8, 8.1.7, 8.3, annex D). Pure.
 *
 * In whatever field, an address that a party sends is its own; only in an
 * answer to fastStart, and in some terminals' acknowledgements, one finds the
 * other party's repeated (stream_claim() knows).
 */
#include <errno.h>
#include <string.h>
#include <MultimediaSystemControlMessage.h>
#include <NetworkAccessParameters.h>
#include "h323gw/media/streams_priv.h"

typedef struct OpenLogicalChannel__forwardLogicalChannelParameters forward_t;
typedef struct OpenLogicalChannel__reverseLogicalChannelParameters reverse_t;
#define PR(dir, what) \
	OpenLogicalChannel__##dir##LogicalChannelParameters__##what
#define ACK_PR(params, what) \
	OpenLogicalChannelAck__##params##Parameters##what

/* What an OpenLogicalChannel says, in one place */
struct wish {
	const H2250LogicalChannelParameters_t *fwd, *rev; /* NULL: none */
	const NetworkAccessParameters_t *stack;
	bool forward, reverse;		/* media flow that way */
	struct datatype type;
	uint32_t rate[2];
	unsigned session_id;
};


static const H2250LogicalChannelParameters_t *forward_h2250(const forward_t *f)
{
	if (f->multiplexParameters.present !=
	    PR(forward, multiplexParameters_PR_h2250LogicalChannelParameters))
		return NULL;
	return &f->multiplexParameters.choice.h2250LogicalChannelParameters;
}


static const H2250LogicalChannelParameters_t *reverse_h2250(const reverse_t *r)
{
	if (!r || !r->multiplexParameters ||
	    r->multiplexParameters->present !=
	    PR(reverse, multiplexParameters_PR_h2250LogicalChannelParameters))
		return NULL;
	return &r->multiplexParameters->choice.h2250LogicalChannelParameters;
}


/* false: nothing in it is carried over IP, or nothing at all */
static bool wish_read(struct wish *w, const OpenLogicalChannel_t *olc)
{
	const forward_t *f = &olc->forwardLogicalChannelParameters;
	const reverse_t *r = olc->reverseLogicalChannelParameters;
	const H2250LogicalChannelParameters_t *h;
	struct datatype t;

	memset(w, 0, sizeof(*w));
	w->forward = datatype_get(&w->type, &f->dataType);
	w->rate[0] = w->type.rate;
	w->reverse = r && datatype_get(&t, &r->dataType);
	if (w->reverse) {
		w->rate[1] = t.rate;
		if (!w->forward)
			w->type = t;
	}
	w->fwd = w->forward ? forward_h2250(f) : NULL;
	w->rev = w->reverse ? reverse_h2250(r) : NULL;
	w->stack = olc->separateStack;
	h = w->fwd ? w->fwd : w->rev;
	if (h)
		w->session_id = (unsigned)h->sessionID;
	return (w->forward || w->reverse) &&
	       (h || w->stack || w->type.carrier == CARRIER_TCP);
}


/* T.120 and T.38 over TCP: where one listens, or that one connects */
static void claim_stack(struct streams *s, enum side x, unsigned i,
			const NetworkAccessParameters_t *n)
{
	if (!n || s->v[i].carrier != CARRIER_TCP)
		return;
	s->v[i].calls[x] =
		n->t120SetupProcedure &&
		n->t120SetupProcedure->present ==
		NetworkAccessParameters__t120SetupProcedure_PR_originateCall;
	if (n->networkAddress.present ==
	    NetworkAccessParameters__networkAddress_PR_localAreaAddress)
		stream_claim(s, x, i, COMP_RTP,
			     &n->networkAddress.choice.localAreaAddress, true);
}


static void claim_h2250(struct streams *s, enum side x, unsigned i,
			const H2250LogicalChannelParameters_t *h, bool firm)
{
	if (!h)
		return;
	stream_claim(s, x, i, COMP_RTP, h->mediaChannel, firm);
	stream_claim(s, x, i, COMP_RTCP, h->mediaControlChannel, true);
}


/* The stream for it: one that is open, or a new one */
static int stream_for(struct streams *s, const struct wish *w, unsigned *ip)
{
	int i = stream_find(s, &w->type, w->session_id);

	if (i < 0)
		return stream_add(s, &w->type, w->session_id, ip);
	*ip = (unsigned)i;
	return 0;
}


/* A channel that has a stream to itself, asked for once more: before the master
 * has given it a number, or a connection of its own */
static bool same(const struct streams *s, const struct channel *ch,
		 const struct wish *w)
{
	const struct stream *st = &s->v[ch->stream];

	return st->carrier == w->type.carrier &&
	       st->session_id == w->session_id &&
	       (st->alone || !w->session_id);
}


static int channel_open(struct streams *s, enum side opener, unsigned lcn,
			const struct wish *w, bool alone, unsigned *ip)
{
	struct channel *ch = channel_find(s, opener, lcn);
	int err = 0;

	if (ch && same(s, ch, w))
		*ip = ch->stream;
	else if (alone)
		err = stream_add(s, &w->type, w->session_id, ip);
	else
		err = stream_for(s, w, ip);
	if (!err)
		err = channel_add(s, opener, lcn, *ip, &ch);
	if (err)
		return err;
	s->v[*ip].alone = alone;
	ch->both = w->forward && w->reverse;
	ch->rate[0] = w->rate[!w->forward];
	ch->rate[1] = w->rate[1];
	return 0;
}


static int olc(struct streams *s, enum side from,
	       const OpenLogicalChannel_t *o)
{
	struct wish w;
	bool alone;
	unsigned i;
	int err;

	if (!wish_read(&w, o))
		return 0;
	/* a connection is one channel's, also where both have opened one: the
	 * master may refuse the other's (H.245 C.5.1.3), or have both */
	alone = w.type.carrier == CARRIER_TCP;
	err = channel_open(s, from, (unsigned)o->forwardLogicalChannelNumber,
			   &w, alone, &i);
	if (err)
		return err;
	if (w.stack)
		s->v[i].answers[from] = false;
	/* where it sends from is likely where it receives */
	claim_h2250(s, from, i, w.fwd, false);
	claim_h2250(s, from, i, w.rev, true);
	claim_stack(s, from, i, w.stack);
	return 0;
}


static void assign(struct streams *s, unsigned i, const long *session_id)
{
	if (session_id && *session_id > 0 && s->v[i].channels == 1)
		s->v[i].session_id = (uint8_t)*session_id;
}


static const H2250LogicalChannelParameters_t *ack_reverse(
	const struct OpenLogicalChannelAck__reverseLogicalChannelParameters *r)
{
	if (!r || !r->multiplexParameters ||
	    r->multiplexParameters->present !=
	    ACK_PR(reverseLogicalChannel,
		   __multiplexParameters_PR_h2250LogicalChannelParameters))
		return NULL;
	return &r->multiplexParameters->choice.h2250LogicalChannelParameters;
}


static int olc_ack(struct streams *s, enum side from,
		   const OpenLogicalChannelAck_t *a)
{
	struct channel *ch = channel_find(
		s, side_other(from), (unsigned)a->forwardLogicalChannelNumber);
	const H2250LogicalChannelAckParameters_t *h;

	if (!ch)
		return ENOENT;
	ch->agreed = true;

	if (a->separateStack)
		s->v[ch->stream].answers[from] = true;
	if (a->forwardMultiplexAckParameters &&
	    a->forwardMultiplexAckParameters->present ==
	    ACK_PR(forwardMultiplexAck, _PR_h2250LogicalChannelAckParameters)) {
		h = &a->forwardMultiplexAckParameters->choice
			     .h2250LogicalChannelAckParameters;
		assign(s, ch->stream, h->sessionID);
		if (h->mediaChannel)
			s->v[ch->stream].answers[from] = true;
		stream_claim(s, from, ch->stream, COMP_RTP, h->mediaChannel,
			     true);
		stream_claim(s, from, ch->stream, COMP_RTCP,
			     h->mediaControlChannel, true);
	}
	claim_h2250(s, from, ch->stream,
		    ack_reverse(a->reverseLogicalChannelParameters), false);
	claim_stack(s, from, ch->stream, a->separateStack);
	return 0;
}


/* Closed by its opener, or refused by the other */
static int closed(struct streams *s, enum side opener, LogicalChannelNumber_t n)
{
	struct channel *ch = channel_find(s, opener, (unsigned)n);

	if (!ch)
		return ENOENT;
	channel_drop(s, ch);
	return 0;
}


/* The empty capability set (H.323 8.4.6): its sender's peer is to stop */
static void capabilities(struct streams *s, enum side from,
			 const TerminalCapabilitySet_t *t)
{
	s->paused[from] = !t->capabilityTable ||
			  !t->capabilityTable->list.count;
}


static int request(struct streams *s, enum side from, const RequestMessage_t *r)
{
	switch (r->present) {

	case RequestMessage_PR_openLogicalChannel:
		return olc(s, from, &r->choice.openLogicalChannel);
	case RequestMessage_PR_closeLogicalChannel:
		(void)closed(s, from, r->choice.closeLogicalChannel
					      .forwardLogicalChannelNumber);
		return 0;
	case RequestMessage_PR_terminalCapabilitySet:
		capabilities(s, from, &r->choice.terminalCapabilitySet);
		return 0;
	default:
		return 0;
	}
}


static int response(struct streams *s, enum side from,
		    const ResponseMessage_t *r)
{
	switch (r->present) {

	case ResponseMessage_PR_openLogicalChannelAck:
		return olc_ack(s, from, &r->choice.openLogicalChannelAck);
	case ResponseMessage_PR_openLogicalChannelReject:
		return closed(s, side_other(from),
			      r->choice.openLogicalChannelReject
				      .forwardLogicalChannelNumber);
	default:
		return 0;
	}
}


bool streams_concern(const struct MultimediaSystemControlMessage *msg,
		     bool *awaited)
{
	*awaited = false;
	if (msg->present == MultimediaSystemControlMessage_PR_request) {
		const RequestMessage_PR pr = msg->choice.request.present;

		*awaited = pr == RequestMessage_PR_openLogicalChannel;
		return *awaited ||
		       pr == RequestMessage_PR_closeLogicalChannel ||
		       pr == RequestMessage_PR_terminalCapabilitySet;
	}
	if (msg->present == MultimediaSystemControlMessage_PR_response) {
		const ResponseMessage_PR pr = msg->choice.response.present;

		*awaited = pr == ResponseMessage_PR_openLogicalChannelAck;
		return *awaited ||
		       pr == ResponseMessage_PR_openLogicalChannelReject;
	}
	return false;
}


int streams_h245(struct streams *s, enum side from,
		 const struct MultimediaSystemControlMessage *msg)
{
	int err = 0;

	if (msg->present == MultimediaSystemControlMessage_PR_request)
		err = request(s, from, &msg->choice.request);
	else if (msg->present == MultimediaSystemControlMessage_PR_response)
		err = response(s, from, &msg->choice.response);
	if (!err)
		streams_refresh(s);
	return err;
}


/* ---- fastStart ---- */

static int offer(struct streams *s, enum side from, const struct wish *w)
{
	unsigned i;
	int err = stream_for(s, w, &i);

	if (err)
		return err;
	s->v[i].offered = true;
	/* alternatives: the first is the one liked best */
	claim_h2250(s, from, i, w->fwd, false);
	claim_h2250(s, from, i, w->rev, false);
	claim_stack(s, from, i, w->stack);
	return 0;
}


/* What the offerer sends keeps its number, what it is to receive was given one
 * by who answers. */
static int taken(struct streams *s, enum side from,
		 const OpenLogicalChannel_t *o, const struct wish *w)
{
	const enum side opener = w->forward ? side_other(from) : from;
	unsigned i;
	int err = channel_open(s, opener,
			       (unsigned)o->forwardLogicalChannelNumber, w,
			       false, &i);

	if (err)
		return err;
	channel_find(s, opener, (unsigned)o->forwardLogicalChannelNumber)
		->agreed = true;
	s->v[i].answers[from] = opener != from;
	claim_h2250(s, from, i, w->fwd, true);
	claim_h2250(s, from, i, w->rev, false);
	claim_stack(s, from, i, w->stack);
	return 0;
}


void streams_fast_refused(struct streams *s)
{
	for (unsigned i = 0; i < s->se->streams_count; i++) {
		s->v[i].offered = false;
		if (s->v[i].open && !s->v[i].channels)
			stream_end(s, i);
	}
	streams_refresh(s);
}


int streams_fast(struct streams *s, enum side from,
		 const struct media_olcs *olcs, bool answer)
{
	if (olcs->olcc > MEDIA_OFFERS_MAX)
		return E2BIG;

	for (size_t i = 0; i < olcs->olcc; i++) {
		struct wish w;
		int err;

		if (!wish_read(&w, olcs->olcv[i]))
			continue;
		err = answer ? taken(s, from, olcs->olcv[i], &w)
			     : offer(s, from, &w);
		if (err)
			return err;
	}
	if (answer)
		streams_fast_refused(s);
	else
		streams_refresh(s);
	return 0;
}
