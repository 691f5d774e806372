/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sealed_leg.c  Sealed datagrams of a leg, to where the agent is and back
 *
 * Where that is each datagram shows that opens: an address, or the agent's own
 * connection (lanes.c). All of it is the worker's. Owns nothing of its own.
 */
#include <errno.h>
#include <string.h>
#include "forward.h"
#include "media/mark.h"
#include "relay.h"
#include "sealed_leg.h"
#include "session.h"


#define ROOM "media"

enum {
	DATAGRAM_MAX = 2048 + SEAL_OVERHEAD,
};


/* a sealed datagram, to where the agent is */
static int put(const struct agent_leg *al, int fd, const struct addr *to,
	       bool in_tunnel, const uint8_t *p, size_t len)
{
	if (!in_tunnel)
		return mark_send(fd, addr_family(to), to, al->leg->dscp, p,
				 len);

	if (send(fd, p, len, MSG_NOSIGNAL) >= 0)
		return 0;
	if (errno == EAGAIN || errno == ENOBUFS)
		metrics_inc(al->leg->worker->stats, STAT_INTUNNEL_BUSY);

	return errno;
}


/** To the terminal; 0, ENOTCONN: nobody knows where the agent is; an errno */
int sealed_leg_send(struct agent_leg *al, enum latch_component component,
		    const uint8_t *p, size_t len)
{
	uint8_t buf[DATAGRAM_MAX];
	size_t n;
	int err;

	if (al->fd < 0)
		return ENOTCONN;
	err = seal(al->down, component == LATCH_RTCP, buf, sizeof(buf), &n, p,
		   len);
	if (err)
		return err;

	return put(al, al->fd, &al->source, al->in_tunnel, buf, n);
}


/* src: where it came from; NULL: by the agent's connection */
static void moved(struct agent_leg *al, int fd, const struct addr *src)
{
	char buf[ADDR_STRLEN];

	if (al->fd == fd && (!src || addr_eq(&al->source, src)))
		return;

	if (al->fd >= 0) {
		++al->moved;
		metrics_inc(al->leg->worker->stats, STAT_SEALED_MOVED);
	}
	al->fd	      = fd;
	al->in_tunnel = !src;
	if (src)
		al->source = *src;
	else
		memset(&al->source, 0, sizeof(al->source));
	log_info(ROOM, "agent %s: call %s: media from %s", al->agent->name,
		 session_label(al->leg->stream->session),
		 src ? addr_str(src, buf) : "its connection");
	agent_way_is(al->agent, src ? AGENT_WAY_UDP : AGENT_WAY_TUNNEL,
		     al->leg->worker->stats);
}


/* an answer to a sign of life or a question: where it came from, to there */
static void answer(struct agent_leg *al, int fd, const struct addr *src)
{
	uint8_t buf[ADDR_STRLEN + SEAL_OVERHEAD];
	char text[ADDR_STRLEN];
	size_t n;

	metrics_inc(al->leg->worker->stats, STAT_SEALED_ASKED);
	(void)addr_str(src, text);
	if (!seal(al->down, SEAL_SEEN, buf, sizeof(buf), &n,
		  (const uint8_t *)text, strlen(text)))
		(void)put(al, fd, src, false, buf, n);
}


/**
 * A sealed datagram came in
 *
 * @param w   Worker whose socket it was
 * @param fd  The socket
 * @param src Where it came from; NULL: by the agent's connection
 * @param p   The datagram
 * @param len Its length
 */
void sealed_leg_recv(struct worker *w, int fd, const struct addr *src,
		    const uint8_t *p, size_t len)
{
	static const struct addr nowhere = {0};
	uint8_t out[DATAGRAM_MAX];
	struct agent_leg *al;
	struct seal_head h;
	size_t n;
	int err;

	err = seal_head_decode(&h, p, len);
	al  = err ? NULL : agent_leg_find(w, h.id);
	if (!al || !al->agent || al->token) {
		metrics_inc(w->stats, err ? STAT_BARE_UNKNOWN
					  : STAT_SEALED_UNKNOWN);
		return;
	}
	err = seal_open(al->up, &h, out, sizeof(out), &n, p, len);
	if (err) {
		metrics_inc(w->stats, err == EALREADY ? STAT_SEALED_REPLAYED
						      : STAT_SEALED_FORGED);
		return;
	}
	/* what comes late says where the agent was, a question nothing */
	if (h.counter >= al->newest && (n || !h.rtcp)) {
		al->newest = h.counter;
		moved(al, fd, src);
	}
	if (!n && src)
		answer(al, fd, src);
	if (n && !h.seen)
		forward_sealed(al->leg, h.rtcp ? LATCH_RTCP : LATCH_RTP, out,
			       n, src ? src : &nowhere, w->relay->now());
}
