/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tunnel/priv.h  What the rooms of a tunnel share: tunnel.c,
 * tunnel_in.c, tunnel_out.c, channel.c
 */
#ifndef POSTERN_TUNNEL_PRIV_H
#define POSTERN_TUNNEL_PRIV_H

#include "rpc/libre.h"
#include "tunnel/frame.h"
#include "tunnel/resend.h"
#include "tunnel/tunnel.h"

enum channel_state {
	CHANNEL_OPENING,  /**< by us: the other end has not answered */
	CHANNEL_ASKED,	  /**< by the other end: nobody here has answered */
	CHANNEL_OPEN,
	CHANNEL_CLOSED,
};

/** One message, or some octets, on their way out */
struct piece {
	struct le le;
	struct mbuf *mb;
};

struct channel {
	struct le he;	     /**< in the tunnel's table */
	struct le ready;     /**< in the list of those with something to send */
	struct tunnel *t;    /**< NULL: the tunnel is gone */
	struct list queue;   /**< struct piece */
	size_t queued;	     /**< octets in it */
	struct mbuf *message; /**< what has come of one so far */
	struct channel_handlers h;
	void *arg;
	uint32_t id;
	uint32_t tx_window;  /**< octets we may send */
	uint32_t rx_window;  /**< octets the other end may send */
	uint32_t consumed;   /**< not given back as credit yet */
	uint32_t early;	     /**< given back before recvh() got them */
	enum channel_kind kind;
	enum channel_state state;
	bool fin_wanted, fin_sent, fin_got;
	bool full;	     /**< channel_send() said EAGAIN */
};

struct tunnel {
	struct hash *channels;
	size_t channelc;
	struct list ready;	/**< channels, in turn */
	struct channel *control;
	struct resend resend;
	struct mbuf *link;	/**< link frames to send */
	struct mbuf *rx;	/**< a frame of which not all is here */
	struct tunnel_handlers h;
	void *arg;
	struct tunnel_stats stats;
	uint64_t received, acked;
	size_t parts;		/**< octets of messages not whole yet */
	uint64_t pong;
	uint32_t next;		/**< number of our next channel */
	uint32_t highest;	/**< of the other end's so far */
	enum tunnel_side side;
	bool attached;
	bool ended;
};

/* tunnel.c */
void tunnel_end(struct tunnel *t, enum tunnel_reason why);
struct channel *tunnel_find(const struct tunnel *t, uint32_t id);

/* tunnel_out.c */
int tunnel_link_frame(struct tunnel *t, enum frame_type type,
		      const uint8_t *p, size_t len);
int tunnel_frame(struct tunnel *t, uint32_t channel, enum frame_type type,
		 uint8_t flags, const void *p, size_t len);
void tunnel_wake(struct tunnel *t);

/* channel.c */
int channel_alloc(struct channel **cp, struct tunnel *t, uint32_t id,
		  enum channel_kind kind, enum channel_state state);
void channel_end(struct channel *ch, enum tunnel_reason why);
int channel_frame(struct channel *ch, const struct frame *f,
		  const uint8_t *p);
bool channel_pump(struct channel *ch);

#endif
