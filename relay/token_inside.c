/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file token_inside.c  An agent's leg in token mode, in-tunnel
 *
 * Where UDP does not get through the agent says so (media.way), and packets for
 * it go by its own connection, which is sealed itself (lanes.h). What it sends
 * there is taken whatever was said: nobody else can. Owns nothing of its own.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include "forward.h"
#include "lanes.h"
#include "relay.h"
#include "session.h"
#include "stream.h"
#include "token_leg.h"


enum {
	PACKET_MAX = 2048,
};


/** To the terminal, in-tunnel; 0 or an errno */
int token_inside_send(const struct token_way *tw, const uint8_t *p, size_t len)
{
	const struct bare_head h = {.id	  = tw->al->id,
				    .rtcp = tw->component == LATCH_RTCP};
	uint8_t head[BARE_HEADER];
	struct iovec v[2] = {
		{.iov_base = head, .iov_len = sizeof(head)},
		{.iov_base = (void *)(uintptr_t)p, .iov_len = len},
	};
	const struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};

	if (len > PACKET_MAX)
		return EMSGSIZE;
	bare_head_encode(head, &h);
	if (sendmsg(tw->lane, &m, MSG_NOSIGNAL) >= 0)
		return 0;
	if (errno == EAGAIN || errno == ENOBUFS)
		metrics_inc(tw->al->leg->worker->stats, STAT_INTUNNEL_BUSY);

	return errno;
}


/** A packet came by the connection of the agent its stream is of; in its
 *  worker */
void token_inside_recv(struct worker *w, const uint8_t *p, size_t len)
{
	static const struct addr nowhere = {0};
	struct agent_leg *al		 = NULL;
	const uint64_t now		 = w->relay->now();
	struct token_way *tw;
	struct bare_head h;

	if (!bare_head_decode(&h, p, len))
		al = agent_leg_find(w, h.id);
	if (!al || !al->agent || !al->token || len - BARE_HEADER > PACKET_MAX) {
		metrics_inc(w->stats, STAT_BARE_UNKNOWN);
		return;
	}
	tw = &al->token->way[h.rtcp ? LATCH_RTCP : LATCH_RTP];
	if (!token_way_used(tw)) {
		metrics_inc(w->stats, STAT_BARE_UNKNOWN);
		return;
	}
	forward_sealed(al->leg, tw->component, p + BARE_HEADER,
		       len - BARE_HEADER, &nowhere, now);
}


/* its worker stands still */
static void way_set(struct token_way *tw, bool inside)
{
	struct agent_leg *al = tw->al;
	struct relay *r	     = al->leg->relay;
	const int lane = inside ? lanes_fd(r->lanes, al->leg->worker) : -1;

	if (tw->lane == lane)
		return;

	tw->lane = lane;
	++al->moved;
	log_info("media", "agent %s: call %s: %s %s", al->agent->name,
		 session_label(al->leg->stream->session),
		 tw->component == LATCH_RTCP ? "rtcp" : "media",
		 inside ? "by its connection" : "over UDP");
	if (tw->component == LATCH_RTP)
		agent_way_is(al->agent,
			     inside ? AGENT_WAY_TUNNEL : AGENT_WAY_UDP,
			     r->stats);
}


/** The agent says which way packets of a stream go (media.way) */
void token_inside_order(struct agent *ag, const json_t *params)
{
	const json_int_t id = json_integer_value(json_object_get(params, "id"));
	const char *c	    = json_string_value(json_object_get(params,
							       "component"));
	const char *way	 = json_string_value(json_object_get(params, "way"));
	const bool rtcp	 = c && !strcmp(c, "rtcp");
	struct relay *r	 = ag->relay;
	struct agent_leg *al = NULL;
	bool inside;

	if (json_is_integer(json_object_get(params, "id")) && id >= 0 &&
	    id <= UINT32_MAX)
		al = agent_leg_find(worker_of(r, (uint32_t)id), (uint32_t)id);
	inside = way && !strcmp(way, "tunnel");
	if (!al || al->agent != ag || !al->token || !c || !way ||
	    (inside && !r->lanes) || !token_way_used(&al->token->way[rtcp])) {
		metrics_inc(r->stats, STAT_WAYS_REFUSED);
		return;
	}
	worker_park(al->leg->worker);
	way_set(&al->token->way[rtcp], inside);
	worker_resume(al->leg->worker);
}
