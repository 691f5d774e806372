/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file latch.h  Where a party's packets come from, learnt and never assumed
 *
 * A pure state machine: facts of one packet and the time in, a verdict out.
 * One latch per leg, holding RTP and RTCP. No socket, no clock, no memory of
 * its own. Knows nobody but addr.
 *
 * What `constrained` does, the policy of parties whose address is not known
 * beforehand:
 *
 *  - Closed until the party is known, that is until latch_party_set() gave an
 *    address it signals from or a remote address it signalled. What comes
 *    before is refused (RTP Bleed, CVE-2025-53399), and afterwards only these
 *    IP addresses are ever listened to.
 *  - Learning: the first plausible packet from one of them is the source. RTP
 *    and RTCP learn apart, each from its own port, unless they share one.
 *    A component that has not learnt yet may do so until its window ends
 *    (conf.first_ms, 0: no end, since a party may be silent for minutes after
 *    the answer; the signalled remote address itself is always welcome).
 *  - Latched: every other source is refused, but for the signalled remote
 *    address itself, where the source learnt first is another port there:
 *    within conf.window_ms of its signalling, or once the source is silent.
 *  - Moving without signalling, when a NAT forgets the mapping in mid-call:
 *    from the same IP address only, and the same RTP stream, that is the same
 *    SSRC and either a sequence number that goes on where the old port
 *    stopped (after conf.handover_ms, so that packets overtaking each other
 *    don't make it flap) or silence on the old port for conf.silence_ms.
 *    Without RTP (UDPTL) silence alone must do. The SSRC is what a neighbour
 *    behind the same NAT can't know.
 *  - Moving with signalling: a new signalling or remote address opens a
 *    window in which one other source may take over. It lasts
 *    conf.window_ms, and longer while the old source is silent. The old
 *    source stays until another takes over, and its late packets neither
 *    close the window nor win the latch back afterwards. Once the old source
 *    has been silent for conf.silence_ms, packets are sent to the new remote
 *    address where there is one, so that a party who only listens is reached.
 *
 * `stun`: only an authenticated ICE check with USE-CANDIDATE moves the latch;
 * media is taken from that source alone. `fixed`: media is sent to the
 * signalled address and taken from its IP address, whatever the port, which
 * peers with asymmetric RTP need; nothing is learnt.
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
	uint32_t ssrc;	   /**< RTP, RTCP */
	uint16_t seq;	   /**< RTP */
	uint32_t priority; /**< STUN_AUTH: PRIORITY (RFC 8445 §7.1.1) */
	bool nominated;	   /**< STUN_AUTH with USE-CANDIDATE */
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

/* Times a caller may start from, in milliseconds */
enum {
	LATCH_WINDOW_MS	  = 30000,
	LATCH_FIRST_MS	  = 0,
	LATCH_SILENCE_MS  = 2000,
	LATCH_HANDOVER_MS = 200,
};

struct latch_conf {
	enum latch_policy policy;
	bool rtp;		/**< false: any datagram but STUN is media */
	bool mux;		/**< RTCP shares RTP's port (RFC 5761) */
	uint32_t window_ms;	/**< for a new source after a new address */
	uint32_t first_ms;	/**< for the first source; 0: until it comes */
	uint32_t silence_ms;	/**< of the old port before the latch moves */
	uint32_t handover_ms;	/**< the same, when the RTP stream goes on */
};

/**
 * What is known of one component; read it through the functions below. What
 * each packet needs stands first, together.
 */
struct latch_path {
	const struct addr *dest; /**< where to send now, or NULL */
	uint64_t heard;		/**< when the source was last heard, ms */
	uint32_t ssrc;
	uint16_t seq;
	bool has_ssrc, has_seq;
	bool moving;		/**< another source may take over: window */
	bool quiet;		/**< moving, and the old source fell silent */
	uint16_t hint;		/**< signalled port of a party behind a NAT */
	struct addr source;	/**< learnt; none: not yet */
	struct addr remote;	/**< signalled */
	struct addr previous;	/**< learnt before this one */
	struct addr barred;	/**< left behind by a signalled move */
	struct addr guess;	/**< from the other component and the hint */
	uint64_t opened;	/**< when its window was opened last, ms */
	uint64_t learnt;	/**< when the source was learnt, ms */
	uint32_t priority;	/**< of the nominated check */
};

/** One leg's latch. The members are the latch's: see latch_priv.h. */
struct latch {
	struct latch_conf conf;
	bool known;		/**< the party is: it may be learnt */
	struct latch_path path[LATCH_COMPONENTS];
	struct addr signalling;
};

void latch_init(struct latch *l, const struct latch_conf *conf, uint64_t now);
void latch_conf_set(struct latch *l, const struct latch_conf *conf,
		    uint64_t now);
void latch_party_set(struct latch *l, const struct addr *signalling,
		     const struct addr *rtp, const struct addr *rtcp,
		     uint64_t now);
void latch_hint_set(struct latch *l, uint16_t port, uint16_t rtcp_port);
void latch_restart(struct latch *l, uint64_t now);
void latch_reopen(struct latch *l, uint64_t now);
void latch_tick(struct latch *l, uint64_t now);
void latch_heard(struct latch *l, enum latch_component component,
		 uint64_t when, const uint32_t *ssrc, const uint16_t *seq);

enum latch_verdict latch_recv(struct latch *l, const struct latch_packet *p,
			      uint64_t now, enum latch_reason *reason);
enum latch_verdict latch_recv_source(struct latch *l,
				     const struct latch_packet *p,
				     uint64_t now, enum latch_reason *reason);

enum latch_state latch_state(const struct latch *l);
const struct addr *latch_dest(const struct latch *l,
			      enum latch_component component);
bool latch_dest_is_source(const struct latch *l,
			  enum latch_component component);
const struct addr *latch_source(const struct latch *l,
				enum latch_component component);
const struct addr *latch_previous(const struct latch *l,
				  enum latch_component component);
uint64_t latch_learnt(const struct latch *l, enum latch_component component);

const char *latch_policy_name(enum latch_policy policy);
const char *latch_state_name(enum latch_state state);
const char *latch_reason_name(enum latch_reason reason);

#endif
