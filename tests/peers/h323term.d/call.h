/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call.h  A call, as one of its two ends sees it
 */
#ifndef H323TERM_CALL_H
#define H323TERM_CALL_H

#include "term.h"

enum call_state {
	CALL_ASKING,	 /* the gatekeeper */
	CALL_CONNECTING, /* TCP */
	CALL_CALLING,	 /* Setup is out */
	CALL_CALLED,	 /* Setup came */
	CALL_CONNECTED,
	CALL_ENDED,
};

enum answer { NOT_SAID, SAYS_NO, SAYS_YES };

struct call {
	struct le le;
	struct term *term;
	char name[64];
	json_t *conf;
	bool outgoing;
	enum call_state state;
	uint16_t callref;
	json_t *guid, *conference;
	json_t *to;		/* AliasAddresses */
	struct sa dest;		/* where the connection goes */
	struct conn *sig;
	struct tmr tmr, grave;

	bool admitted;		/* by a gatekeeper, so it is told of the end */
	bool tunnelling;	/* on our side */
	enum answer remote_tunnelling;

	bool fast;		/* fastStart was agreed on */
	json_t *offered;	/* by the other end: its fastStart */
	json_t *offers;		/* ours */

	struct h245 *h245;
	struct list channels, sessions, pipes;
	long next_channel;

	uint64_t began;		/* us */
	uint64_t setup_us;	/* from Setup to Connect */
};

/* ---- call.c */
int call_alloc(struct call **cp, struct term *t, const json_t *conf,
	       bool outgoing);
struct call *call_find(const struct term *t, const char *name);
struct call *call_by_id(const struct term *t, const char *guid);
void call_event(const struct call *c, const char *name, const char *fmt, ...);
int call_send(struct call *c, const char *type, json_t *body, json_t *head);
bool call_tunnels(const struct call *c);
void call_over(struct call *c, const char *by, const char *reason, long cause);
void call_hangup(struct call *c, const char *reason, long cause);
void call_handlers(struct call *c, struct conn_handlers *h);
int call_reconnect(struct call *c, const struct sa *to);

/* ---- caller.c, callee.c: what each end does by itself */
int caller_start(struct term *t, const json_t *args);
void caller_hears(struct call *c, const char *type, const json_t *body,
		  const json_t *message);
int callee_setup(struct term *t, struct conn *sig, const json_t *message);
int callee_proceed(struct call *c);
int callee_ring(struct call *c);
int callee_answer(struct call *c);

/* ---- fast.c: fastStart (H.323 §8.1.7) */
json_t *fast_offer(struct call *c);
json_t *fast_accept(struct call *c);
void fast_accepted(struct call *c, const json_t *olcs);

/* ---- h245.c */
int h245_alloc(struct h245 **hp, struct call *c);
int h245_listen(struct h245 *h, struct sa *addr);
int h245_connect(struct h245 *h, const struct sa *addr);
int h245_later(struct h245 *h, const struct sa *addr);
void h245_now(struct h245 *h);
bool h245_has_connection(const struct h245 *h);
void h245_begin(struct h245 *h);
void h245_put(struct h245 *h, json_t *message);
void h245_hear(struct h245 *h, const json_t *message);
json_t *h245_drain(struct h245 *h);
void h245_flush(struct h245 *h);
void h245_end(struct h245 *h);
bool h245_is_master(const struct h245 *h);
int h245_capabilities(struct h245 *h, bool empty);

/* ---- caps.c: capabilities and data types. Pure */
enum kind { AUDIO, VIDEO, H239, H224, T38UDP, T38TCP, T120, KINDS };
const char *kind_name(enum kind kind);
enum kind kind_find(const char *name);
json_t *kind_data_type(enum kind kind, const json_t *conf);
enum kind kind_of(const json_t *data_type);
bool kind_is_rtp(enum kind kind);
bool kind_is_octets(enum kind kind);
long kind_session(enum kind kind);
json_t *capability_set(const json_t *conf, long number, bool empty);

/* ---- channel.c */
int channel_open(struct call *c, enum kind kind, const json_t *args);
void channel_opened(struct call *c, const json_t *olc);
void channel_acknowledged(struct call *c, const json_t *ack);
void channel_rejected(struct call *c, const json_t *reject);
void channel_closed(struct call *c, long number, bool by_sender);
int channel_close(struct call *c, long number, bool request);
void channel_request_close(struct call *c, long number);
void channels_close(struct call *c, bool outgoing);
json_t *channel_offer(struct call *c, enum kind kind, bool reverse);
json_t *channel_accept_offer(struct call *c, const json_t *olc);
void channel_offer_accepted(struct call *c, const json_t *olc);
json_t *h245_address(const struct sa *sa);
void h245_address_get(struct sa *sa, const json_t *j);

#endif
