/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Streams, their channels, and what parties say of themselves. Owns struct
 * streams; what messages mean is for message.c, which addresses to write for
 * rewrite.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "h323gw/h225/address.h"
#include "h323gw/media/streams_priv.h"

enum {
	ROOM_STEP = 4,		/* streams that room is made for at a time */
};


int streams_room(struct streams *s, unsigned n)
{
	struct session *se = realloc(s->se, session_size(n));

	if (!se)
		return ENOMEM;
	memset((char *)se + session_size(s->room), 0,
	       session_size(n) - session_size(s->room));
	s->se = se;
	s->room = n;
	return 0;
}


int streams_alloc(struct streams **sp, const char *id, const char *label)
{
	struct streams *s = calloc(1, sizeof(*s));

	if (!s)
		return ENOMEM;
	s->se = calloc(1, session_size(0));
	if (!s->se) {
		free(s);
		return ENOMEM;
	}
	(void)snprintf(s->se->id, sizeof(s->se->id), "%s", id);
	(void)snprintf(s->se->callid, sizeof(s->se->callid), "%s", label);
	s->se->family[SIDE_A] = s->se->family[SIDE_B] = 4;
	s->se->hold = true;
	*sp = s;
	return 0;
}


struct streams *streams_clone(const struct streams *s)
{
	struct streams *c = malloc(sizeof(*c));

	if (!c)
		return NULL;
	*c = *s;
	c->se = malloc(session_size(s->room));
	if (!c->se) {
		free(c);
		return NULL;
	}
	memcpy(c->se, s->se, session_size(s->room));
	return c;
}


void streams_free(struct streams *s)
{
	if (!s)
		return;
	free(s->se);
	free(s);
}


/* ---- streams ---- */

void stream_end(struct streams *s, unsigned i)
{
	struct stream *st = &s->v[i];

	st->open = st->offered = false;
	st->lingers = true;
	st->channels = 0;
	s->se->streams[i].state = SESSION_STREAM_ENDED;
	for (int x = 0; x < SIDES; x++) {
		for (unsigned n = 0; n < STREAMS_NOTES_MAX; n++) {
			if (s->note[x][n].stream == i)
				s->note[x][n].seq = 0;
		}
	}
}


/* T.120 and T.38 may well say the same session */
int stream_find(const struct streams *s, const struct datatype *t,
		unsigned session_id)
{
	for (unsigned i = 0; session_id && i < s->se->streams_count; i++) {
		const struct stream *st = &s->v[i];

		if (st->open && !st->alone && st->session_id == session_id &&
		    st->carrier == t->carrier &&
		    (t->carrier == CARRIER_RTP ||
		     !strcmp(s->se->streams[i].media, t->media)))
			return (int)i;
	}
	return -1;
}


static int slot_free(const struct streams *s)
{
	unsigned i;

	for (i = 0; i < s->se->streams_count; i++) {
		if (!s->v[i].open && !s->v[i].lingers)
			return (int)i;
	}
	return i < SESSION_STREAMS_MAX ? (int)i : -1;
}


int stream_add(struct streams *s, const struct datatype *t,
	       unsigned session_id, unsigned *ip)
{
	int i = slot_free(s);
	struct session_stream *ss;

	if (i < 0)
		return E2BIG;
	if ((unsigned)i >= s->room &&
	    streams_room(s, i + ROOM_STEP < SESSION_STREAMS_MAX
				    ? i + ROOM_STEP
				    : SESSION_STREAMS_MAX))
		return ENOMEM;
	if ((unsigned)i >= s->se->streams_count)
		s->se->streams_count = i + 1;

	s->v[i] = (struct stream){
		.open = true,
		.session_id = (uint8_t)session_id,
		.carrier = (uint8_t)t->carrier,
		.number = s->numbers++,
	};
	ss = &s->se->streams[i];
	memset(ss, 0, sizeof(*ss));
	ss->mline = (uint16_t)i;
	ss->state = SESSION_STREAM_ACTIVE;
	ss->tcp = t->carrier == CARRIER_TCP;
	(void)snprintf(ss->media, sizeof(ss->media), "%s", t->media);
	for (int x = 0; x < SIDES; x++)
		ss->leg[x].rtcp = t->carrier == CARRIER_RTP
					  ? SESSION_RTCP_SEPARATE
					  : SESSION_RTCP_NONE;
	*ip = (unsigned)i;
	return 0;
}


/* ---- channels ---- */

struct channel *channel_find(struct streams *s, enum side opener,
			     unsigned lcn)
{
	for (unsigned i = 0; i < s->channelc; i++) {
		struct channel *ch = &s->channel[i];

		if (ch->opener == opener && ch->lcn == lcn)
			return ch;
	}
	return NULL;
}


void channel_drop(struct streams *s, struct channel *ch)
{
	const unsigned i = ch->stream;
	struct stream *st = &s->v[i];

	*ch = s->channel[--s->channelc];
	if (!--st->channels && !st->offered)
		stream_end(s, i);
}


/* A channel that is opened under a number in use takes its place. */
int channel_add(struct streams *s, enum side opener, unsigned lcn,
		unsigned stream, struct channel **chp)
{
	struct channel *ch = channel_find(s, opener, lcn);

	if (ch && ch->stream != stream) {
		channel_drop(s, ch);
		ch = NULL;
	}
	if (!ch) {
		if (s->channelc >= MEDIA_CHANNELS_MAX)
			return E2BIG;
		ch = &s->channel[s->channelc++];
		*ch = (struct channel){
			.lcn = (uint16_t)lcn,
			.opener = (uint8_t)opener,
			.stream = (uint8_t)stream,
		};
		++s->v[stream].channels;
	}
	*chp = ch;
	return 0;
}


/* ---- what parties say of themselves ---- */

/* The oldest gives way; what is said again is new. */
static void note(struct streams *s, enum side x, const struct addr *a,
		 unsigned stream, enum component comp)
{
	struct note *to = &s->note[x][0];

	for (unsigned i = 0; i < STREAMS_NOTES_MAX; i++) {
		struct note *n = &s->note[x][i];

		if (n->seq && n->stream == stream && n->comp == comp &&
		    addr_eq(&n->addr, a)) {
			to = n;
			break;
		}
		if (n->seq < to->seq)
			to = n;
	}
	*to = (struct note){*a, (uint8_t)stream, (uint8_t)comp, ++s->seq};
}


bool streams_is_local(const struct streams *s, enum side x,
		      const struct addr *a, unsigned *stream,
		      enum component *comp)
{
	for (unsigned i = 0; i < s->se->streams_count; i++) {
		const struct session_leg *leg = &s->se->streams[i].leg[x];
		struct addr rtcp = leg->local;

		if (!s->v[i].open || !addr_is_set(&leg->local))
			continue;
		addr_set_port(&rtcp, leg->local_rtcp);
		if (!addr_eq(a, &leg->local) && !addr_eq(a, &rtcp))
			continue;
		*stream = i;
		*comp = addr_eq(a, &leg->local) ? COMP_RTP : COMP_RTCP;
		return true;
	}
	return false;
}


/* A party says where it is. Unless `firm`, that counts only as long as nothing
 * better is known. What it repeats of ours is no claim. */
void stream_claim(struct streams *s, enum side x, unsigned i,
		  enum component comp, const struct H245TransportAddress *ta,
		  bool firm)
{
	struct addr *claim = &s->v[i].claim[x][comp];
	enum component c;
	struct addr a;
	unsigned n;

	if (!ta || !h245_addr_get(&a, ta) || addr_is_multicast(&a) ||
	    addr_is_any(&a) || streams_is_local(s, x, &a, &n, &c))
		return;
	note(s, x, &a, i, comp);
	if (firm || !addr_is_set(claim))
		*claim = a;
	/* UDPTL has none, but some give an address for it */
	if (comp == COMP_RTCP && s->v[i].carrier == CARRIER_UDP)
		s->se->streams[i].leg[SIDE_A].rtcp =
			s->se->streams[i].leg[SIDE_B].rtcp =
				SESSION_RTCP_SEPARATE;
}


/* ---- what follows ---- */

static bool reachable(const struct streams *s, unsigned i, enum side x,
		      const struct addr *a)
{
	const struct addr *sig = &s->se->signalling[x];

	if (!addr_is_set(a) || s->v[i].bare[x])
		return false;
	if (!s->se->agent[x][0] && addr_is_linklocal(a))
		return false;
	if (addr_is_loopback(a) && !addr_is_loopback(sig))
		return false;
	return !s->nat[x] || addr_ip_eq(a, sig);
}


/* Is somebody to connect to what x gave as its address? Not before the channel
 * is agreed on: it may lose against the other's, and then it is x that connects
 * to that. */
static bool listens(const struct streams *s, unsigned stream, enum side x)
{
	const struct stream *st = &s->v[stream];
	const enum side opener = st->answers[x] ? side_other(x) : x;

	for (unsigned i = 0; !st->calls[x] && i < s->channelc; i++) {
		const struct channel *ch = &s->channel[i];

		if (ch->stream == stream && ch->opener == opener && ch->agreed)
			return true;
	}
	return false;
}


static void remote_set(struct streams *s, unsigned i, enum side x)
{
	const struct stream *st = &s->v[i];
	const struct addr *rtcp = &st->claim[x][COMP_RTCP];
	struct session_remote *r = &s->se->streams[i].leg[x].cur;
	struct addr at = st->claim[x][COMP_RTP];
	uint16_t rtcp_port = 0;

	/* RTP on the even port, RTCP on the next (RFC 3550 §11) */
	if (!addr_is_set(&at) && addr_is_set(rtcp) && addr_port(rtcp) % 2) {
		at = *rtcp;
		addr_set_port(&at, addr_port(rtcp) - 1);
	}
	if (addr_is_set(rtcp) && addr_ip_eq(&at, rtcp))
		rtcp_port = addr_port(rtcp);

	memset(r, 0, sizeof(*r));
	if (reachable(s, i, x, &at)) {
		r->addr = at;
		r->rtcp_port = rtcp_port;
		if (st->carrier == CARRIER_TCP && listens(s, i, x))
			r->setup = SESSION_SETUP_ACTIVE;
	}
	else if (addr_is_set(&at) && st->carrier != CARRIER_TCP) {
		r->hint = addr_port(&at);
		r->hint_rtcp = rtcp_port;
	}
}


void streams_refresh(struct streams *s)
{
	bool any = false;

	for (unsigned i = 0; i < s->se->streams_count; i++) {
		if (!s->v[i].open)
			continue;
		any = true;
		remote_set(s, i, SIDE_A);
		remote_set(s, i, SIDE_B);
	}
	streams_rates(s);
	s->se->hold = !any || s->paused[SIDE_A] || s->paused[SIDE_B];
}


void streams_settled(struct streams *s, const struct session *told)
{
	for (unsigned i = 0; i < s->se->streams_count; i++) {
		if (!told || i >= told->streams_count ||
		    told->streams[i].state == SESSION_STREAM_ENDED)
			s->v[i].lingers = false;
	}
}


/* ---- parties ---- */

/* Its legs can't stay where they are */
static int elsewhere(struct streams *s)
{
	if (s->channelc)
		return EBUSY;
	for (unsigned i = 0; i < s->se->streams_count; i++) {
		if (s->v[i].open)
			stream_end(s, i);
	}
	return 0;
}


int streams_party_set(struct streams *s, enum side x,
		      const struct media_party *p)
{
	struct session *se = s->se;
	const char *agent = p->agent ? p->agent : "";
	uint8_t family = addr_family(&p->signalling) == AF_INET6 ? 6 : 4;
	int err;

	if (strlen(agent) >= sizeof(se->agent[x]))
		return EINVAL;
	if (strcmp(agent, se->agent[x]) || family != se->family[x]) {
		err = elsewhere(s);
		if (err)
			return err;
	}
	(void)snprintf(se->agent[x], sizeof(se->agent[x]), "%s", agent);
	se->family[x] = family;
	se->signalling[x] = p->signalling;
	se->known[x] = true;
	s->own[x] = p->own;
	s->nat[x] = p->nat;
	streams_refresh(s);
	return 0;
}
