/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The media of a call: what its fastStart and H.245 messages mean for streams
 * at the relay, and which addresses stand in them in place of the parties'.
 *
 * A call shows each message before it is passed on; media/ has what the message
 * needs opened at the relay, and then tells, address by address, what to write.
 * It changes no message, and keeps none. Objects are libre's (mem_deref).
 *
 * One line of each direction of a call is worked on at a time:
 *
 *	err = media_fast_start(...) and/or media_h245(...), each awaited
 *	per_rewrite(..., media_rewrite, &(struct media_rewriting){m, from}, ...)
 */
#ifndef H323GW_MEDIA_MEDIA_H
#define H323GW_MEDIA_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include "addr/addr.h"
#include "call/relay_params.h"
#include "h323gw/per/per.h"
#include "h323gw/media/side.h"

struct link;
struct media;
struct MultimediaSystemControlMessage;	/* asn1c's */
struct OpenLogicalChannel;

enum {
	MEDIA_CHANNELS_MAX = 64,  /* logical channels of a call, both ways */
	MEDIA_OFFERS_MAX   = 128, /* OpenLogicalChannels in one fastStart */
};

/* How the relay is asked; lives as long as the media made with it. */
struct media_conf {
	const char *interface;	/* the relay's; NULL: "default" */
	unsigned timeout;	/* s without media until MEDIA_IDLE; 0: never */
	int dscp_audio;		/* -1: the relay's own */
	int dscp_video;
	int dscp_data;
};

/* A party as media sees it. Strings are copied. */
struct media_party {
	const char *agent;	/* NULL or "": none */
	struct addr signalling;	/* where its signalling comes from; behind an
				   agent its address there */
	struct addr own;	/* our call signalling address as it knows it:
				   stands for what has no other stand-in */
	bool nat;		/* where it says it is, it is not */
};

enum media_end {
	MEDIA_IDLE,		/* no media for conf->timeout */
	MEDIA_CLOSED,		/* by an operator, or the relay */
	MEDIA_AGENT_DOWN,	/* a party's agent has gone */
	MEDIA_LOST,		/* the relay was started anew and could not
				   open the session again */
};

/* What one party sent on one stream, exact, when the stream ended */
struct media_flow {
	const char *session;	/* the relay's id of it */
	unsigned stream;	/* counts up in a call, never used twice */
	const char *media;	/* "audio", "video", "application", "image" */
	enum side from;
	struct relay_flow count;
	int64_t start, end;	/* ms since 1970 */
};

struct media_handlers {
	/* the call must end (release the media with media_close()) */
	void (*endh)(enum media_end why, const char *reason, void *arg);
	/* during the call too, when a stream ends; may be NULL */
	void (*flowh)(const struct media_flow *flow, void *arg);
	/* state to keep for media_restore(), lent; may be NULL */
	void (*stateh)(const json_t *state, void *arg);
};

/* err: 0 the message may be passed on; else it must not be, see
 * media_refusal() */
typedef void (media_ready_h)(int err, void *arg);
typedef void (media_closed_h)(void *arg);

/*
 * id: the relay's session id (unique for ever; at most 47 characters); label:
 * for log lines. Either party may be NULL until media_party_set().
 */
int media_alloc(struct media **mp, struct link *l, const char *id,
		const char *label, const struct media_conf *conf,
		const struct media_party *a, const struct media_party *b,
		const struct media_handlers *h, void *arg);

/*
 * Who a side is, known later or changed (call forwarding). When streams are
 * open, and it is elsewhere than it was, their legs are made anew: give what
 * was offered (fastStart) again. EBUSY: that side was told addresses in an
 * answer already.
 */
int media_party_set(struct media *m, enum side s, const struct media_party *p);

/* Limit of the call, 100 bit/s as in H.225.0 bandWidth (both directions
 * together); 0: none. Kept at the legs. */
void media_bandwidth(struct media *m, uint32_t hundred_bits);

/*
 * Look at an H.245 message from a side.
 *
 * 0: what it needs is there. EINPROGRESS: readyh comes later, once; until then
 * give it nothing else of this call. Else the message must not be passed on.
 * Errors: E2BIG too many channels or streams, ENOENT (an answer to a channel
 * that nobody opened: pass it on or not, it has no effect on media), EACCES
 * the relay refused, ENOBUFS no port, ETIMEDOUT, ENOMEM.
 */
int media_h245(struct media *m, enum side from,
	       const struct MultimediaSystemControlMessage *msg,
	       media_ready_h *readyh, void *arg);

/* OpenLogicalChannels of one fastStart, as per_nested gives them */
struct media_olcs {
	const struct OpenLogicalChannel *const *olcv;
	size_t olcc;
};

/* Look at a fastStart; answer: in answer to the other side's (H.323 8.1.7).
 * Returns as media_h245(). */
int media_fast_start(struct media *m, enum side from,
		     const struct media_olcs *olcs, bool answer,
		     media_ready_h *readyh, void *arg);

/* fastStart was refused, or never answered: what was only offered ends. */
void media_fast_refused(struct media *m);

/*
 * The answer we give ourselves to a message that must not be passed on:
 * OpenLogicalChannelReject for an OpenLogicalChannel. ENOENT: there is none to
 * give.
 */
int media_refusal(struct per_msg **replyp, const struct per *per,
		  const struct MultimediaSystemControlMessage *msg);

struct media_rewriting {
	const struct media *m;
	enum side from;		/* who sent the message */
};

/*
 * For per_rewrite() of a message shown before: the address to write. An
 * address of the sender's becomes our leg's or our own; what it repeats of
 * ours becomes the other party's own again. Multicast stays.
 */
bool media_rewrite(const struct per_addr *addr, struct per_ipport *to,
		   void *arg /* const struct media_rewriting * */);

/*
 * The call has ended: flows are told, then closedh, and m is gone. Give up
 * every other use of it. closedh may be NULL.
 */
void media_close(struct media *m, media_closed_h *closedh, void *arg);

/*
 * A call of an earlier life of ours: closed at the relay, its flows told to
 * h->flowh, then closedh. state is what stateh was given last.
 * EINVAL: it is none.
 */
int media_restore(struct link *l, const json_t *state,
		  const struct media_handlers *h, media_closed_h *closedh,
		  void *arg);

/* Streams for "h323.calls"; new reference */
json_t *media_json(const struct media *m);

#endif
