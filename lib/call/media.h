/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media.h  Offers and answers (RFC 3264): what they mean for the legs
 *
 * An SDP of one party changes that party's legs; what the other party gets to
 * see in its place are the relay's addresses of the other party's legs. New
 * facts of an offer wait in the session until the answer, so that a refused
 * re-INVITE changes nothing. Pure.
 */
#ifndef POSTERN_CALL_MEDIA_H
#define POSTERN_CALL_MEDIA_H

#include "call/session.h"
#include "sdp/sdp.h"

/** What is known of the message that brought the SDP */
struct media_facts {
	struct addr source; /**< it really came from there */
	bool natted;	    /**< signs of a NAT at its sender */
	bool ice_lite;	    /**< modparam: answer ICE instead of removing it */
};

/* E2BIG: more streams than SESSION_STREAMS_MAX; ENOENT: nothing to relay */
int media_offer(struct session *s, enum session_side from,
		const struct sdp *sdp, const struct media_facts *f);
/* final: no other answer to this offer can come (2xx, ACK, PRACK) */
int media_answer(struct session *s, enum session_side from,
		 const struct sdp *sdp, const struct media_facts *f,
		 bool final);
/* the offer that was open has been refused */
void media_reject(struct session *s);

/* the edits that show the relay in place of `from`; ENOENT: none to make */
int media_rewrite(const struct session *s, enum session_side from,
		  struct sdp *sdp);
/* the edits that refuse all its streams and show no address */
int media_refuse(struct sdp *sdp);

/* 4, 6, or 0 when no stream says: the family a party's media are of */
unsigned media_family(const struct sdp *sdp);

#endif
