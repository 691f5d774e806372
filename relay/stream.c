/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stream.c  Two legs: what comes in on one goes out on the other
 *
 * Owns the two legs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "leg_sock.h"
#include "relay.h"
#include "session.h"
#include "tcp_leg.h"


static void destructor(void *arg)
{
	struct stream *st = arg;

	if (!st->leg)
		return;
	list_unlink(&st->le);
	kpath_close(st);
	if (st->joint)
		joint_release(st->joint);
	st->joint = mem_deref(st->joint);
	leg_close(&st->leg[0]);
	leg_close(&st->leg[1]);
	--st->leg[0].relay->streamc;
	free(st->leg);
}


/* The kinds of media that go over RTP; others are taken as they come */
static bool is_rtp(const struct stream *st)
{
	return !strcmp(st->media, "audio") || !strcmp(st->media, "video") ||
	       !strcmp(st->media, "text");
}


static void media_set(struct stream *st, const char *media)
{
	(void)snprintf(st->media, sizeof(st->media), "%s", media);
}


/* both legs, which begin where a line of the cache does */
static struct leg *legs_alloc(struct stream *st, struct relay *r)
{
	struct leg *leg = aligned_alloc(LEG_LINE, 2 * sizeof(*leg));
	unsigned i;

	if (!leg)
		return NULL;

	memset(leg, 0, 2 * sizeof(*leg));
	for (i = 0; i < 2; i++) {
		leg[i].relay  = r;
		leg[i].worker = st->session->worker;
		leg[i].stream = st;
		leg[i].peer   = &leg[!i];
		leg[i].name   = i ? 'b' : 'a';
	}

	return leg;
}


static int stream_alloc(struct stream **sp, struct relay *r,
			struct session *se)
{
	struct stream *st = mem_zalloc(sizeof(*st), destructor);

	if (!st)
		return ENOMEM;

	st->session = se;
	st->leg	    = legs_alloc(st, r);
	if (!st->leg) {
		mem_deref(st);
		return ENOMEM;
	}
	++r->streamc;
	*sp = st;

	return 0;
}


/**
 * Open a stream with its two legs
 *
 * @param sp   Result; mem_deref() it
 * @param r    Relay
 * @param se   Session it will belong to
 * @param req  What is asked
 * @param err  Error
 *
 * @return 0, or an errno with *err; nothing is open then
 */
int stream_open(struct stream **sp, struct relay *r, struct session *se,
		const struct stream_req *req, struct rpc_error *err)
{
	const struct leg_req *leg = req->leg;
	struct stream *st;
	unsigned i;
	int e = 0;

	e = stream_alloc(&st, r, se);
	if (e) {
		rpc_error_set(err, RPC_NO_RESOURCE, "out of memory");
		return e;
	}

	st->index = req->index;

	if (req->media)
		media_set(st, req->media);
	else if (req->tcp == 1)
		media_set(st, "message");
	else
		media_set(st, leg[0].rtcp == RTCP_NONE &&
					      leg[1].rtcp == RTCP_NONE
				      ? "image"
				      : "audio");

	st->tcp = req->tcp == 1;
	for (i = 0; i < 2 && !e && st->tcp; i++) {
		e = tcp_leg_alloc(&st->leg[i]);
		if (e)
			rpc_error_set(err, RPC_NO_RESOURCE, "out of memory");
	}

	for (i = 0; i < 2 && !e; i++)
		e = leg_open(&st->leg[i], &leg[i], is_rtp(st), err);

	if (e)
		mem_deref(st);
	else
		*sp = st;

	return e;
}


/** The worker of the session takes over what is new; 0 or an errno */
int stream_start(struct stream *st)
{
	int err;

	if (st->tcp) {
		tcp_leg_follow(&st->leg[0]);
		tcp_leg_follow(&st->leg[1]);
		return 0;
	}
	err = leg_sock_start(&st->leg[0]);

	return err ? err : leg_sock_start(&st->leg[1]);
}


/** As leg_check(), for both legs */
int stream_check(const struct stream *st, const struct stream_req *req,
		 struct rpc_error *err)
{
	int e;

	if (req->tcp >= 0 && req->tcp != st->tcp) {
		rpc_error_set(err, RPC_INVALID_PARAMS, "stream %u: transport "
			      "can't change while the stream is open",
			      st->index);
		return EINVAL;
	}
	e = leg_check(&st->leg[0], &req->leg[0], err);

	return e ? e : leg_check(&st->leg[1], &req->leg[1], err);
}


/** As leg_prepare(), for both legs */
int stream_prepare(struct stream *st, const struct stream_req *req,
		   struct rpc_error *err)
{
	int e = leg_prepare(&st->leg[0], &req->leg[0], err);

	return e ? e : leg_prepare(&st->leg[1], &req->leg[1], err);
}


/** As leg_apply(), for both legs */
void stream_apply(struct stream *st, const struct stream_req *req)
{
	kpath_withdraw(st, st->leg[0].relay->now());

	if (req->media)
		media_set(st, req->media);

	leg_apply(&st->leg[0], &req->leg[0], is_rtp(st));
	leg_apply(&st->leg[1], &req->leg[1], is_rtp(st));
	if (st->tcp)
		(void)stream_start(st);
}
