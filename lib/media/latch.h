/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file latch.h  Where a party's packets come from, learnt and never assumed
 *
 * A pure state machine: facts of one packet and the time in, a verdict out.
 * One latch per leg, holding RTP and RTCP. No socket, no clock, no memory of
 * its own. Knows nobody but addr.
 */
#ifndef POSTERN_LATCH_H
#define POSTERN_LATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

enum latch_policy {
	LATCH_CONSTRAINED, /**< learn from the signalling address only */
	LATCH_STUN,	   /**< learn from authenticated ICE checks only */
	LATCH_FIXED,	   /**< no learning: the signalled address */
};

enum latch_component {
	LATCH_RTP,
	LATCH_RTCP,
	LATCH_COMPONENTS
};

enum latch_state {
	LATCH_CLOSED,	/**< nobody known yet: refuse all */
	LATCH_LEARNING,
	LATCH_LATCHED,
};

/** What the packet itself says; the caller reads the header, once */
enum latch_kind {
	LATCH_PKT_RTP,	     /**< plausible RTP header (RFC 3550 §5.1) */
	LATCH_PKT_RTCP,	     /**< plausible RTCP header (RFC 3550 §6, 5761) */
	LATCH_PKT_STUN_AUTH, /**< STUN whose MESSAGE-INTEGRITY was checked */
	LATCH_PKT_STUN,	     /**< other STUN */
	LATCH_PKT_DTLS,	     /**< RFC 7983: first octet 20..63 */
	LATCH_PKT_OTHER,     /**< UDPTL on a T.38 leg, else noise */
};

struct latch_packet {
	const struct addr *src;
	enum latch_component component; /**< of the socket it came in on */
	enum latch_kind kind;
	uint32_t ssrc;	/**< RTP, RTCP */
	bool nominated; /**< STUN_AUTH with USE-CANDIDATE */
};

enum latch_verdict {
	LATCH_PASS,	    /**< from the latched source: forward */
	LATCH_PASS_LATCHED, /**< forward, and the latch has just (re)learnt */
	LATCH_REFUSE,	    /**< count, log once per session, forget */
};

/** Why a packet was refused: one counter each */
enum latch_reason {
	LATCH_OK,
	LATCH_R_CLOSED,	   /**< party not known yet (RTP Bleed) */
	LATCH_R_ADDRESS,   /**< not an address this party may send from */
	LATCH_R_WINDOW,	   /**< learning window is over */
	LATCH_R_KIND,	   /**< not plausible media */
	LATCH_R_SOURCE,	   /**< a second source while latched */
	LATCH_R_SSRC,	   /**< re-latch with another SSRC */
	LATCH_REASONS
};

#endif
