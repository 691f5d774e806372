/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media.h  What flows in channels: RTP sessions, and streams of octets
 */
#ifndef H323TERM_MEDIA_H
#define H323TERM_MEDIA_H

#include "call.h"

struct session;
struct pipe;

/* ---- media.c: tones and numbered packets over RTP and UDPTL */
void media_tick(void *arg);
int session_get(struct session **sp, struct call *c, enum kind kind, long id);
void session_number(struct session *s, long id);
long session_id(const struct session *s);
void session_addresses(const struct session *s, struct sa *rtp,
		       struct sa *rtcp);
/* rtp, rtcp: unset: not known. Packets go there from now on */
void session_send(struct session *s, const struct sa *rtp,
		  const struct sa *rtcp);
void session_control(struct session *s, const struct sa *rtcp);
void session_stop(struct session *s);
void session_events(const struct call *c);
void session_fresh(struct call *c);
int session_tone(struct call *c, long hz);

/* ---- pipe.c: T.120 and T.38 over TCP: octets, sent back by the other end */
int pipe_listen(struct pipe **pp, struct call *c, enum kind kind, long number,
		struct sa *addr);
int pipe_connect(struct pipe **pp, struct call *c, enum kind kind, long number,
		 const struct sa *addr);
void pipe_close(struct pipe *p);
void pipe_events(const struct call *c);

#endif
