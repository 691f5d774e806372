/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tunnel.h  Channels inside one connection, and from one to the next
 *
 * A tunnel lasts longer than the connections that carry it: all frames of its
 * channels are one sequence of octets, and when a connection takes another's
 * place (because it broke, or by plan) the sequence goes on where the other end
 * stopped receiving. So no channel notices.
 *
 * No sockets, no clocks, no TLS: octets in, octets out. All memory is libre's:
 * mem_deref() a tunnel to end it, which closes its channels without a word.
 */
#ifndef POSTERN_TUNNEL_H
#define POSTERN_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TUNNEL_WINDOW	    = 65536, /**< octets on their way in a channel */
	TUNNEL_CHANNELS_MAX = 4096,  /**< at a time */
	TUNNEL_MESSAGE_MAX  = 65536,
	TUNNEL_QUEUE_MAX    = 4 * TUNNEL_WINDOW, /**< of a channel, to send */
	TUNNEL_PARTS_MAX    = 4 * 1024 * 1024, /**< octets of messages of
						* which not all is here */
	TUNNEL_RESEND_MAX   = 1024 * 1024, /**< sent and not acknowledged */
	TUNNEL_WHAT_MAX	    = 4091,  /**< octets of what a channel is for */
};

enum tunnel_side {
	TUNNEL_SERVER = 0, /**< its channels have even numbers */
	TUNNEL_AGENT  = 1,
};

enum channel_kind {
	CHANNEL_BYTES	 = 1,
	CHANNEL_MESSAGES = 2,
};

/** Why a channel or the tunnel ended */
enum tunnel_reason {
	TUNNEL_OK	= 0, /**< both ends have said all */
	TUNNEL_REFUSED	= 1, /**< policy, or nobody knows what it is for */
	TUNNEL_LIMIT	= 2, /**< too many channels */
	TUNNEL_UNREACHABLE = 3, /**< what it leads to can't be reached */
	TUNNEL_PROTOCOL = 4, /**< the other end broke the rules */
	TUNNEL_GONE	= 5, /**< the tunnel ended */
	TUNNEL_SHUTDOWN = 6, /**< the program ends */
	TUNNEL_REVOKED	= 7, /**< the agent may no longer come */
};

struct tunnel;
struct channel;

/** What happens in a channel. Any may be NULL. In these, anything may be done
 *  to any channel or tunnel */
struct channel_handlers {
	/** the other end took it */
	void (*accepth)(struct channel *ch, void *arg);
	/** octets, or a whole message, came in: say channel_consumed() when
	 *  they are on their way */
	void (*recvh)(struct channel *ch, const uint8_t *p, size_t len,
		      void *arg);
	/** there is room again after channel_send() said EAGAIN */
	void (*sendableh)(struct channel *ch, void *arg);
	/** the other end sends no more */
	void (*finh)(struct channel *ch, void *arg);
	/** it has ended, for both; the tunnel lets go of it */
	void (*closeh)(struct channel *ch, enum tunnel_reason why, void *arg);
};

struct tunnel_handlers {
	/** the other end opens a channel: channel_accept() or
	 *  channel_reset(), now or later */
	void (*openh)(struct tunnel *t, struct channel *ch, const char *what,
		      size_t len, void *arg);
	/** there is something for tunnel_output() */
	void (*outputh)(struct tunnel *t, void *arg);
	/** the other end ends the tunnel, or broke its rules */
	void (*endh)(struct tunnel *t, enum tunnel_reason why, void *arg);
};

struct tunnel_stats {
	uint64_t channels_opened, channels_refused;
	uint64_t frames_in, frames_out;
	uint64_t bytes_in, bytes_out; /**< of channel frames */
	uint64_t resent;	      /**< octets sent again */
	uint64_t pongs;
};

int tunnel_alloc(struct tunnel **tp, enum tunnel_side side,
		 const struct tunnel_handlers *h, void *arg);

/* connections */
int tunnel_attach(struct tunnel *t, uint64_t peer_received);
bool tunnel_resumable(const struct tunnel *t, uint64_t peer_received);
void tunnel_detach(struct tunnel *t);
bool tunnel_ended(const struct tunnel *t);
bool tunnel_attached(const struct tunnel *t);
uint64_t tunnel_received(const struct tunnel *t);
int tunnel_input(struct tunnel *t, const uint8_t *p, size_t len);
size_t tunnel_output(struct tunnel *t, uint8_t *p, size_t size);
void tunnel_ping(struct tunnel *t, uint64_t token);
void tunnel_ack(struct tunnel *t);
void tunnel_goaway(struct tunnel *t, enum tunnel_reason why);
const struct tunnel_stats *tunnel_stats(const struct tunnel *t);
size_t tunnel_channels(const struct tunnel *t);
uint64_t tunnel_last_pong(const struct tunnel *t);

/* channels */
struct channel *tunnel_control(struct tunnel *t,
			       const struct channel_handlers *h, void *arg);
int tunnel_open(struct channel **cp, struct tunnel *t, enum channel_kind kind,
		const char *what, size_t len, const struct channel_handlers *h,
		void *arg);
int channel_accept(struct channel *ch, const struct channel_handlers *h,
		   void *arg);
void channel_handlers_set(struct channel *ch,
			  const struct channel_handlers *h, void *arg);
int channel_send(struct channel *ch, const uint8_t *p, size_t len);
void channel_consumed(struct channel *ch, size_t len);
void channel_fin(struct channel *ch);
void channel_reset(struct channel *ch, enum tunnel_reason why);
uint32_t channel_id(const struct channel *ch);
enum channel_kind channel_kind(const struct channel *ch);
struct tunnel *channel_tunnel(const struct channel *ch);
size_t channel_queued(const struct channel *ch);
const char *tunnel_reason_name(enum tunnel_reason why);

#endif
