/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The streams of a call as H.245 makes them: from messages to the session that
 * the relay should have (lib/call's struct session), and from addresses to
 * addresses. Pure; nothing is asked here.
 *
 * A stream is one RTP session (H.245 sessionID; while that is 0, one logical
 * channel), or one transport of T.38 or T.120; it lives while a logical channel
 * in either direction uses it, or a fastStart offers it. Addresses are found
 * by value: what a party has said of itself is noted with the stream and
 * component it was said of.
 */
#ifndef H323GW_MEDIA_STREAMS_H
#define H323GW_MEDIA_STREAMS_H

#include "call/session.h"
#include "h323gw/per/per.h"
#include "h323gw/media/side.h"
#include "h323gw/media/datatype.h"
#include "h323gw/media/media.h"

struct OpenLogicalChannelAck;

enum {
	STREAMS_NOTES_MAX = 64,	/* addresses remembered of each side */
};

enum component {
	COMP_RTP,		/* also UDPTL, and a TCP listener */
	COMP_RTCP,
	COMPS,
};

/* One of session->streams[], the same index */
struct stream {
	bool open;
	bool offered;		/* by a fastStart without an answer */
	bool lingers;		/* closed, but the relay still has it */
	bool alone;		/* a connection of one channel's own */
	uint8_t session_id;	/* H.245's; 0: not assigned */
	uint8_t carrier;	/* enum datatype_carrier */
	bool bare[SIDES];	/* the relay would not have its address */
	bool calls[SIDES];	/* TCP: this party connects, though it gave an
				   address */
	bool answers[SIDES];	/* TCP: it gave it for the other's channel */
	uint16_t channels;
	unsigned number;	/* of all the call had, never used twice */
	int64_t start;		/* ms since 1970; for the caller to set */
	struct addr claim[SIDES][COMPS]; /* what a party said of itself */
};

struct channel {
	uint16_t lcn;		/* its opener's number */
	uint8_t opener;		/* enum side */
	uint8_t stream;
	bool both;		/* bidirectional */
	bool agreed;		/* acknowledged */
	uint32_t rate[2];	/* bit/s: forward, reverse; 0: not known */
};

struct note {
	struct addr addr;
	uint8_t stream;
	uint8_t comp;
	uint32_t seq;		/* the greater the later; 0: unused */
};

struct streams {
	struct session *se;	/* as the relay should have it */
	unsigned room;		/* streams that fit into it */
	struct stream v[SESSION_STREAMS_MAX];
	struct channel channel[MEDIA_CHANNELS_MAX];
	unsigned channelc;
	struct note note[SIDES][STREAMS_NOTES_MAX];
	uint32_t seq;
	struct addr own[SIDES];
	bool nat[SIDES];
	bool paused[SIDES];	/* by an empty capability set */
	uint32_t limit;		/* 100 bit/s, 0: none */
	unsigned numbers;
};

int streams_alloc(struct streams **sp, const char *id, const char *label);
/* another one that is the same; NULL: no memory */
struct streams *streams_clone(const struct streams *s);
void streams_free(struct streams *s);
/* make room for n streams */
int streams_room(struct streams *s, unsigned n);

/* EBUSY: it was told addresses of legs that it can't keep */
int streams_party_set(struct streams *s, enum side x,
		      const struct media_party *p);

/* Errors: E2BIG too many channels or streams, ENOENT an answer to nothing,
 * ENOMEM. After an error s may be half changed: have a clone */
int streams_h245(struct streams *s, enum side from,
		 const struct MultimediaSystemControlMessage *msg);
int streams_fast(struct streams *s, enum side from,
		 const struct media_olcs *olcs, bool answer);
void streams_fast_refused(struct streams *s);

/* Everything that follows from the rest anew: remotes, bandwidth, hold. */
void streams_refresh(struct streams *s);

/* The relay has what `told` says: what is closed there is gone. */
void streams_settled(struct streams *s, const struct session *told);

/* Does a message concern streams at all? awaited: and it must not be passed on
 * before the relay has what follows from it */
bool streams_concern(const struct MultimediaSystemControlMessage *msg,
		     bool *awaited);

/* The address to write; false: leave it */
bool streams_rewrite(const struct streams *s, enum side from,
		     const struct per_addr *addr, struct per_ipport *to);

/* rates.c: each leg's bandwidth, of its channels' rates and the call's limit */
void streams_rates(struct streams *s);

#endif
