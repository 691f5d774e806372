/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tunnel.c  A tunnel: its channels, carried by one connection after
 * another
 *
 * Owns the table of channels, and what a connection leaves to the next.
 */
#include <errno.h>
#include <string.h>
#include "tunnel/priv.h"


enum {
	BUCKETS = 16,
};


static void tunnel_destructor(void *arg)
{
	struct tunnel *t = arg;
	uint32_t i;

	t->ended = true;
	t->h	 = (struct tunnel_handlers){0};
	for (i = 0; t->channels && i < BUCKETS; i++) {
		struct le *le;

		while ((le = list_head(hash_list(t->channels, i))))
			channel_end(le->data, TUNNEL_GONE);
	}
	mem_deref(t->channels);
	mem_deref(t->link);
	mem_deref(t->rx);
	resend_reset(&t->resend);
}


/**
 * Make a tunnel without a connection
 *
 * @param tp   Result
 * @param side Which end this is
 * @param h    Handlers, copied
 * @param arg  For them
 *
 * @return 0 or ENOMEM
 */
int tunnel_alloc(struct tunnel **tp, enum tunnel_side side,
		 const struct tunnel_handlers *h, void *arg)
{
	struct tunnel *t = mem_zalloc(sizeof(*t), tunnel_destructor);
	int err;

	if (!t)
		return ENOMEM;

	t->side	    = side;
	t->h	    = *h;
	t->arg	    = arg;
	t->next	    = side == TUNNEL_AGENT ? 1 : 2;

	err = hash_alloc(&t->channels, BUCKETS);
	if (!err)
		err = channel_alloc(&t->control, t, 0, CHANNEL_MESSAGES,
				    CHANNEL_OPEN);
	if (err) {
		mem_deref(t);
		return err;
	}
	t->control->tx_window = TUNNEL_WINDOW;
	*tp = t;

	return 0;
}


void tunnel_end(struct tunnel *t, enum tunnel_reason why)
{
	if (t->ended)
		return;

	t->ended = true;
	if (t->h.endh)
		t->h.endh(t, why, t->arg);
}


struct channel *tunnel_find(const struct tunnel *t, uint32_t id)
{
	struct le *le = list_head(hash_list(t->channels, id));

	for (; le; le = le->next) {
		struct channel *ch = le->data;

		if (ch->id == id)
			return ch;
	}

	return NULL;
}


/**
 * A connection carries the tunnel from now on
 *
 * @param t             Tunnel
 * @param peer_received What the other end says it has received
 *
 * @return 0; EPROTO: the other end talks of another tunnel
 */
int tunnel_attach(struct tunnel *t, uint64_t peer_received)
{
	const size_t sent = t->resend.sent;
	int err;

	if (t->ended)
		return ENOTCONN;

	err = resend_rewind(&t->resend, peer_received);
	if (err)
		return err;

	if (sent && t->resend.len)
		t->stats.resent += sent < t->resend.len ? sent : t->resend.len;
	tunnel_detach(t);
	t->attached = true;
	t->acked    = t->received;
	tunnel_wake(t);

	return 0;
}


/** Could a connection carry it on, whose other end has received so much? */
bool tunnel_resumable(const struct tunnel *t, uint64_t peer_received)
{
	return !t->ended && peer_received >= t->resend.base &&
	       peer_received <= t->resend.base + t->resend.len;
}


/** The connection is gone: what comes now waits for the next */
void tunnel_detach(struct tunnel *t)
{
	t->attached = false;
	t->link	    = mem_deref(t->link);
	t->rx	    = mem_deref(t->rx);
}


/** endh() has been called: no connection will carry it on */
bool tunnel_ended(const struct tunnel *t)
{
	return t->ended;
}


bool tunnel_attached(const struct tunnel *t)
{
	return t->attached;
}


/** What the other end is told when a connection takes another's place */
uint64_t tunnel_received(const struct tunnel *t)
{
	return t->received;
}


const struct tunnel_stats *tunnel_stats(const struct tunnel *t)
{
	return &t->stats;
}


/** Channels, the control channel not counted */
size_t tunnel_channels(const struct tunnel *t)
{
	return t->channelc - 1;
}


uint64_t tunnel_last_pong(const struct tunnel *t)
{
	return t->pong;
}


/** The control channel: messages, open from the beginning. Lent */
struct channel *tunnel_control(struct tunnel *t,
			       const struct channel_handlers *h, void *arg)
{
	t->control->h	= *h;
	t->control->arg = arg;

	return t->control;
}


/**
 * Open a channel
 *
 * @param cp   Result, lent; the tunnel's until closeh()
 * @param t    Tunnel
 * @param kind Octets or messages
 * @param what Text that says what it is for; the other end's openh() gets it
 * @param len  Its length, TUNNEL_WHAT_MAX at most
 * @param h    Handlers, copied
 * @param arg  For them
 *
 * @return 0; EMSGSIZE; ENOBUFS: as many are open as may be; ENOMEM
 */
int tunnel_open(struct channel **cp, struct tunnel *t, enum channel_kind kind,
		const char *what, size_t len, const struct channel_handlers *h,
		void *arg)
{
	uint8_t p[5 + TUNNEL_WHAT_MAX];
	struct channel *ch;
	int err;

	if (len > TUNNEL_WHAT_MAX)
		return EMSGSIZE;
	if (t->ended)
		return ENOTCONN;
	if (t->channelc > TUNNEL_CHANNELS_MAX || t->next > UINT32_MAX - 2)
		return ENOBUFS;

	err = channel_alloc(&ch, t, t->next, kind, CHANNEL_OPENING);
	if (err)
		return err;

	p[0] = (uint8_t)kind;
	frame_u32_put(p + 1, ch->rx_window);
	memcpy(p + 5, what, len);
	err = tunnel_frame(t, ch->id, FRAME_OPEN, 0, p, 5 + len);
	if (err) {
		channel_end(ch, TUNNEL_GONE);
		return err;
	}
	t->next += 2;
	ch->h	= *h;
	ch->arg = arg;
	*cp	= ch;

	return 0;
}


const char *tunnel_reason_name(enum tunnel_reason why)
{
	static const char *const names[] = {
		[TUNNEL_OK] = "ended",
		[TUNNEL_REFUSED] = "refused",
		[TUNNEL_LIMIT] = "limit reached",
		[TUNNEL_UNREACHABLE] = "unreachable",
		[TUNNEL_PROTOCOL] = "protocol error",
		[TUNNEL_GONE] = "tunnel gone",
		[TUNNEL_SHUTDOWN] = "shutting down",
		[TUNNEL_REVOKED] = "revoked",
	};

	return (size_t)why < sizeof(names) / sizeof(names[0]) ? names[why]
							      : "unknown";
}
