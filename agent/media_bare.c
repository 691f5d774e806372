/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_bare.c  What a stream does otherwise in token mode
 *
 * It has a way of its own for RTP, and one for RTCP where that is separate
 * (media_way.c); both are the stream's.
 */
#include "media_bare.h"
#include <errno.h>
#include <string.h>
#include <openssl/crypto.h>
#include "media/classify.h"


enum {
	LIFE_MAX = 3600000, /* ms; of a token */
};


static void on_packet(enum latch_component c, const uint8_t *p, size_t len,
		      void *arg)
{
	struct media_info mi;

	media_classify(&mi, p, len);
	media_stream_deliver(arg, mi.kind == LATCH_PKT_RTCP ? LATCH_RTCP : c,
			     p, len);
}


static void on_ask(void *arg)
{
	struct media_stream *st = arg;

	st->h.askh(st->id, st->arg);
}


static void on_moved(enum latch_component c, bool inside, void *arg)
{
	struct media_stream *st = arg;

	st->h.movedh(st->id, c, inside, st->arg);
}


static void on_learnt(void *arg)
{
	struct media_stream *st = arg;

	st->h.learnth(st->arg);
}


static bool used(const struct media_stream *st, enum latch_component c)
{
	return c == LATCH_RTP || st->rtcp;
}


static int way_open(struct media_stream *st, enum latch_component c)
{
	static const struct media_way_handlers h = {
		.packeth = on_packet,
		.askh	 = on_ask,
		.movedh	 = on_moved,
		.learnth = on_learnt,
	};
	const struct media_way_conf conf = {
		.id	   = st->id,
		.component = c,
		.dscp	   = st->dscp,
		.carry	   = st->carry,
		.nat	   = st->nat,
	};

	return media_way_alloc(&st->way[c], &conf, &st->relay[c], &h, st);
}


static void token_take(struct media_way *w, const json_t *v, json_int_t life)
{
	uint8_t token[TOKEN_LEN];

	if (w && life > 0 && life <= LIFE_MAX &&
	    !token_read(token, json_string_value(v)))
		media_way_token(w, token, (uint32_t)life);
	OPENSSL_cleanse(token, sizeof(token));
}


/**
 * Take what is new: which ways there are, tokens, whether somebody waits
 *
 * @return 0 or an errno
 */
int media_bare_change(struct media_stream *st, const json_t *params)
{
	static const char *const names[] = {"token", "rtcpToken"};
	const bool waiting = json_is_true(json_object_get(params, "waiting"));
	const json_int_t life =
		json_integer_value(json_object_get(params, "expires"));
	int err = 0;

	for (unsigned i = 0; i < LATCH_COMPONENTS && !err; i++) {
		const enum latch_component c = (enum latch_component)i;

		if (!used(st, c))
			st->way[c] = mem_deref(st->way[c]);
		else if (!st->way[c])
			err = way_open(st, c);
		if (!st->way[c])
			continue;
		token_take(st->way[c], json_object_get(params, names[c]),
			   life);
		if (waiting)
			media_way_want(st->way[c]);
	}

	return err;
}


/** The way to the relay is another */
void media_bare_relay(struct media_stream *st)
{
	for (unsigned i = 0; i < LATCH_COMPONENTS; i++) {
		if (st->way[i])
			(void)media_way_relay(st->way[i], &st->relay[i]);
	}
}


/** It may be that a NAT has forgotten us */
void media_bare_renew(struct media_stream *st)
{
	for (unsigned i = 0; i < LATCH_COMPONENTS; i++) {
		if (st->way[i])
			media_way_renew(st->way[i]);
	}
}


/** The relay has seen a token of ours (media.confirmed) */
void media_bare_confirmed(struct media_stream *st, const json_t *params)
{
	const char *c = json_string_value(json_object_get(params,
							  "component"));
	const bool rtcp	   = c && !strcmp(c, "rtcp");
	const char *source = json_string_value(json_object_get(params,
							       "source"));
	struct addr seen;

	if (c && st->way[rtcp] && source &&
	    !addr_parse_hostport(&seen, source))
		media_way_confirmed(st->way[rtcp], &seen);
}


/** A packet came in-tunnel */
void media_bare_inside(struct media_stream *st, const struct bare_head *h,
		       const uint8_t *p, size_t len)
{
	const enum latch_component c = h->rtcp ? LATCH_RTCP : LATCH_RTP;

	if (!st->way[c])
		return;
	media_way_inside(st->way[c]);
	on_packet(c, p, len, st);
}


/** A packet of the terminal's, to the relay */
void media_bare_send(struct media_stream *st, enum latch_component c,
		     const uint8_t *p, size_t len)
{
	struct media_way *w = st->way[st->mux ? LATCH_RTP : c];

	if (w)
		media_way_send(w, p, len);
}
