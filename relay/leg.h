/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file leg.h  One party's end of a stream: ports, latch, limits, counters
 */
#ifndef POSTERN_RELAY_LEG_H
#define POSTERN_RELAY_LEG_H

#include "rpc/libre.h"
#include "iface.h"
#include "media/classify.h"
#include "media/latch.h"
#include "request.h"
#include "bucket.h"
#include "worker.h"

struct relay;
struct stream;
struct leg;
struct ice;
struct agent_leg;
struct tcp_leg;

/** One socket; the forwarding path's handler gets a pointer to it */
struct leg_sock {
	struct watch watch; /**< first: it is what the worker hands over */
	struct leg *leg;
	enum latch_component component;
	bool connected;	    /**< to the latched source */
	bool sure;	    /**< and all that waits in it is from there */
	bool large;	    /**< datagrams too long for a ring come here */
};

/** Since the leg was opened */
struct leg_counters {
	uint64_t packets, bytes;	   /**< RTP passed on */
	uint64_t rtcp_packets, rtcp_bytes; /**< RTCP passed on */
	uint64_t unsent;		   /**< came in, could not be sent */
	uint64_t refused[LATCH_REASONS];
	uint64_t refused_bandwidth; /**< its own */
	uint64_t refused_agent;	    /**< its agent's, in all */
};

/** What has been said about a leg in the log already: once each */
enum {
	LEG_LOGGED_AGENT     = 1 << 28,
	LEG_LOGGED_BANDWIDTH = 1 << 29,
	LEG_LOGGED_SEND	     = 1 << 30,
};

enum {
	LEG_LINE = 64, /**< octets of a line of the cache */
};

/**
 * With thousands of streams a packet finds its leg in far memory, so the lines
 * it touches are what it costs: three of its own leg, marked below, and the
 * first two of these of the peer.
 */
struct leg {
	/* where a packet leaves */
	_Alignas(LEG_LINE) struct leg *peer;
	struct agent_leg *agent; /**< NULL: the ports are ours */
	struct relay *relay;
	struct leg_sock sock[LATCH_COMPONENTS];
	struct ice *ice;	/**< policy stun */
	struct stream *stream;
	/* whose it is: what of the latch a packet asks stands first in it */
	_Alignas(LEG_LINE) struct latch latch;
	/* what is remembered of it */
	_Alignas(LEG_LINE) struct worker *worker;
	uint64_t heard;		/**< last media taken from the party, ms */
	uint64_t bandwidth;	/**< bit/s, 0: no limit */
	struct media_seq seq;
	struct leg_counters n;
	struct bucket bucket;
	struct leg_sock catcher[LATCH_COMPONENTS]; /**< same port: the rest */
	struct tcp_leg *tcp;	/**< NULL: it is of datagrams */
	struct iface *ifc;
	struct addr signalling, remote, remote_rtcp;
	uint16_t hint, hint_rtcp;
	uint64_t latched_at;	/**< Unix time, ms */
	uint32_t logged;	/**< 1 << enum latch_reason, LEG_LOGGED_* */
	uint16_t port;		/**< even port of the pair, 0: none */
	enum leg_rtcp rtcp;
	uint8_t dscp;
	char name;		/**< 'a', 'b' */
};

_Static_assert(offsetof(struct leg, sock[LATCH_RTCP]) == LEG_LINE,
	       "RTP leaves by the leg's first line");
_Static_assert(offsetof(struct latch, path[LATCH_RTP].source) <= LEG_LINE,
	       "a latched packet asks for one line of the latch");
_Static_assert(offsetof(struct leg, n.rtcp_packets) -
			       offsetof(struct leg, worker) <= LEG_LINE,
	       "an RTP packet is remembered in one line");

int leg_check(const struct leg *leg, const struct leg_req *req,
	      struct rpc_error *err);
int leg_open(struct leg *leg, const struct leg_req *req, bool rtp,
	     struct rpc_error *err);
int leg_prepare(struct leg *leg, const struct leg_req *req,
		struct rpc_error *err);
void leg_apply(struct leg *leg, const struct leg_req *req, bool rtp);
void leg_close(struct leg *leg);

uint64_t leg_refused(const struct leg *leg);
uint64_t leg_dropped(const struct leg *leg);
uint16_t leg_rtcp_port(const struct leg *leg);

const char *leg_rtcp_name(enum leg_rtcp rtcp);

#endif
