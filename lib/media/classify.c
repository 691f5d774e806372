/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file classify.c  What kind of datagram arrived on a media port
 *
 * Pure functions over the octets of one datagram; owns no state.
 */
#include <string.h>
#include "media/classify.h"


enum {
	RTP_HDR_SIZE	= 12,
	RTCP_HDR_SIZE	= 8,	/* header and the sender's SSRC */
	RTCP_PT_MIN	= 192,	/* RFC 5761 §4: what a mux calls RTCP */
	RTCP_PT_MAX	= 223,
	STUN_HDR_SIZE	= 20,
	STUN_COOKIE	= 0x2112a442,
	DTLS_HDR_SIZE	= 13,
	SEQ_MAX_DROPOUT = 3000, /* RFC 3550 A.1 */
	SEQ_MAX_MISORDER = 100,
};


static uint16_t rd16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}


static uint32_t rd32(const uint8_t *p)
{
	return (uint32_t)rd16(p) << 16 | rd16(p + 2);
}


static bool is_stun(const uint8_t *buf, size_t len)
{
	return len >= STUN_HDR_SIZE && rd32(buf + 4) == STUN_COOKIE &&
	       rd16(buf + 2) % 4 == 0 &&
	       len == (size_t)STUN_HDR_SIZE + rd16(buf + 2);
}


/* Content types 20..25 and the version of DTLS 1.0 or 1.2 (1.3 writes 1.2) */
static bool is_dtls(const uint8_t *buf, size_t len)
{
	return len >= DTLS_HDR_SIZE && buf[0] <= 63 && buf[1] == 0xfe &&
	       (buf[2] == 0xff || buf[2] == 0xfd) &&
	       len >= (size_t)DTLS_HDR_SIZE + rd16(buf + 11);
}


/*
 *  0                   1                   2                   3
 *  |V=2|P|    RC   |   PT=192..223 |             length            |
 *  |                         SSRC of sender                        |
 *
 * Compound or reduced-size (RFC 5506); SRTCP leaves these octets in clear.
 */
static bool is_rtcp(const uint8_t *buf, size_t len)
{
	return len >= RTCP_HDR_SIZE && buf[1] >= RTCP_PT_MIN &&
	       buf[1] <= RTCP_PT_MAX && (rd16(buf + 2) + 1u) * 4u <= len;
}


/*
 *  |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *  |                           timestamp                           |
 *  |                             SSRC                              |
 *  |                        CC x CSRC, extension                   |
 *
 * The padding count is not looked at: SRTP encrypts it.
 */
static bool is_rtp(const uint8_t *buf, size_t len)
{
	size_t need = RTP_HDR_SIZE;

	if (len < need)
		return false;

	need += (size_t)(buf[0] & 0x0f) * 4;

	if (buf[0] & 0x10) {
		if (len < need + 4)
			return false;
		need += 4 + (size_t)rd16(buf + need + 2) * 4;
	}

	return len >= need;
}


/**
 * Say what one datagram is
 *
 * @param mi  Result; ssrc, seq and pt are 0 where the kind has none
 * @param buf UDP payload
 * @param len Its length in octets
 */
void media_classify(struct media_info *mi, const uint8_t *buf, size_t len)
{
	memset(mi, 0, sizeof(*mi));
	mi->kind = LATCH_PKT_OTHER;

	if (!buf || !len)
		return;

	if (buf[0] >> 6 == 2) {
		if (len >= 2 && buf[1] >= RTCP_PT_MIN &&
		    buf[1] <= RTCP_PT_MAX) {

			if (!is_rtcp(buf, len))
				return;

			mi->kind = LATCH_PKT_RTCP;
			mi->pt   = buf[1];
			mi->ssrc = rd32(buf + 4);
		}
		else if (is_rtp(buf, len)) {
			mi->kind = LATCH_PKT_RTP;
			mi->pt   = buf[1] & 0x7f;
			mi->seq  = rd16(buf + 2);
			mi->ssrc = rd32(buf + 8);
		}
	}
	else if (buf[0] <= 3 && is_stun(buf, len)) {
		mi->kind = LATCH_PKT_STUN;
	}
	else if (buf[0] >= 20 && is_dtls(buf, len)) {
		mi->kind = LATCH_PKT_DTLS;
	}
}


static uint64_t seq_current_lost(const struct media_seq *s)
{
	uint32_t expected;

	if (!s->received)
		return 0;

	expected = s->highest - s->base + 1;

	return expected > s->received ? expected - s->received : 0;
}


static void seq_restart(struct media_seq *s, uint32_t ssrc, uint16_t seq)
{
	s->lost_before += seq_current_lost(s);
	s->ssrc	    = ssrc;
	/* room below, so that an early misordered packet doesn't wrap */
	s->base	    = 0x10000u + seq;
	s->highest  = s->base;
	s->received = 1;
}


/**
 * Count one RTP packet that was passed on
 *
 * @param s    Counter
 * @param ssrc Its SSRC
 * @param seq  Its sequence number
 */
void media_seq_update(struct media_seq *s, uint32_t ssrc, uint16_t seq)
{
	uint16_t ahead;

	if (!s->received || s->ssrc != ssrc) {
		seq_restart(s, ssrc, seq);
		return;
	}

	ahead = (uint16_t)(seq - (uint16_t)s->highest);

	if (ahead < SEQ_MAX_DROPOUT) {
		s->highest += ahead;
	}
	else if (ahead < 0x10000 - SEQ_MAX_MISORDER) {
		seq_restart(s, ssrc, seq);
		return;
	}
	else {
		uint32_t ext = s->highest - (0x10000u - ahead);

		if (ext < s->base)
			s->base = ext;
	}

	++s->received;
}


/**
 * How many packets are missing so far
 *
 * @param s Counter
 *
 * @return Missing sequence numbers, never more than were skipped over
 */
uint64_t media_seq_lost(const struct media_seq *s)
{
	return s->lost_before + seq_current_lost(s);
}
