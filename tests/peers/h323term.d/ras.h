/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ras.h  A terminal and its gatekeeper (H.225.0 §7.6 to 7.18)
 */
#ifndef H323TERM_RAS_H
#define H323TERM_RAS_H

#include "term.h"

struct call;

/* name NULL: nobody answered */
typedef void(ras_reply_h)(const char *name, const json_t *body, void *arg);

/** What is known of the gatekeeper */
struct ras {
	struct term *term;
	struct udp_sock *us;
	struct sa own;		/* where it answers us */
	struct sa gatekeeper;
	struct sa signalling;	/* where it takes calls */
	char *gatekeeper_id;
	char *endpoint;		/* NULL: not registered */
	long ttl;		/* s */
	struct tmr refresh;
	struct list transactions;
	uint16_t seq;
	struct mbuf *last;	/* the last request, for "resend" */
	struct sa last_to;
};

/* ---- ras.c: the socket and the transactions */
int ras_alloc(struct ras **rp, struct term *t);
int ras_bind(struct ras *r, uint16_t port);
int ras_request(struct ras *r, const char *name, json_t *body,
		const json_t *args, ras_reply_h *h, void *arg);
int ras_say(struct ras *r, const struct sa *to, const char *name, json_t *body);
int ras_octets(struct ras *r, const struct sa *to, const uint8_t *p,
	       size_t len);
int ras_resend(struct ras *r);
void ras_forget(struct ras *r, const void *arg);
const char *ras_endpoint(const struct ras *r);
bool ras_signalling(const struct ras *r, struct sa *sa);
void ras_unregistered(struct ras *r);

/* ---- request.c: what a terminal asks */
int ras_discover(struct term *t, const json_t *args);
int ras_register(struct term *t, const json_t *args);
int ras_unregister(struct term *t, const json_t *args);
int ras_admit(struct call *c, bool answer, const json_t *setup, ras_reply_h *h,
	      void *arg);
int ras_disengage(struct call *c, const json_t *args);
int ras_bandwidth(struct call *c, const json_t *args);
int ras_locate(struct term *t, const json_t *args);
int ras_resources(struct term *t, const json_t *args);
int ras_report(struct term *t, const json_t *args);

/* ---- answer.c: what a gatekeeper asks */
void ras_asked(struct ras *r, const struct sa *from, const char *name,
	       const json_t *body);
json_t *ras_status(const struct ras *r, const struct call *only, long seq);

/* ---- security.c: H.235. before: tokens into the message; after: what is
 * worked out over its octets */
void security_before(struct term *t, const char *name, json_t *body);
void security_after(struct term *t, uint8_t *p, size_t len);
/* the same of call signalling, if "h235" has "signalling" */
void security_call_before(struct term *t, json_t *body);
void security_call_after(struct term *t, uint8_t *p, size_t len);
bool security_call_signed(struct term *t, const json_t *message,
			  const uint8_t *p, size_t len);

#endif
