/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file classify.h  What kind of datagram arrived on a media port
 *
 * Reads the header once, for the latch and the counters. Changes nothing,
 * keeps nothing. RFC 7983 (demultiplexing by first octet), RFC 5761 §4 (RTP
 * and RTCP on one port), RFC 3550 §5.1 and §6.4, RFC 8489 §6 (STUN),
 * RFC 6347 §4.1 (DTLS record).
 */
#ifndef POSTERN_MEDIA_CLASSIFY_H
#define POSTERN_MEDIA_CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "media/latch.h"

/** What a media datagram says of itself */
struct media_info {
	enum latch_kind kind; /**< never LATCH_PKT_STUN_AUTH: no key here */
	uint32_t ssrc;	      /**< RTP, RTCP */
	uint16_t seq;	      /**< RTP */
	uint8_t pt;	      /**< RTP payload type, RTCP packet type */
};

void media_classify(struct media_info *mi, const uint8_t *buf, size_t len);


/**
 * How many sequence numbers of one RTP source never came (RFC 3550 A.1, A.3).
 * All zero to begin with. A new SSRC, or a jump that can't be loss, closes the
 * old count and begins another; duplicates never make the sum negative.
 */
struct media_seq {
	uint64_t lost_before; /**< of counts already closed */
	uint32_t ssrc;
	uint32_t base;	      /**< extended number of the first packet */
	uint32_t highest;     /**< extended highest number received */
	uint32_t received;    /**< 0: it has not begun */
};

void media_seq_update(struct media_seq *s, uint32_t ssrc, uint16_t seq);
uint64_t media_seq_lost(const struct media_seq *s);

#endif
