/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file frame.h  What goes over a tunnel's connection: frames
 *
 *	0               2       3       4                               8
 *	+---------------+-------+-------+-------------------------------+
 *	| length        | type  | flags | channel                       |
 *	+---------------+-------+-------+-------------------------------+
 *	| length octets of payload …
 *
 * Big-endian. Link frames (type below FRAME_OPEN) belong to one connection,
 * with channel 0. Channel frames are the tunnel's: their octets are counted,
 * and what one connection lost the next one brings: doc/tunnel-protocol.md.
 *
 * Pure; holds no state.
 */
#ifndef POSTERN_TUNNEL_FRAME_H
#define POSTERN_TUNNEL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FRAME_HEADER	  = 8,
	FRAME_PAYLOAD_MAX = 16384,
	FRAME_MAX	  = FRAME_HEADER + FRAME_PAYLOAD_MAX,
	FRAME_HELLO_MAX	  = 4096, /**< before anybody is known */
	FRAME_DATAGRAM_MAX = 2080,
};

enum frame_type {
	/* of a connection */
	FRAME_HELLO   = 1, /**< JSON, from the agent, the first */
	FRAME_WELCOME = 2, /**< JSON, the server's answer */
	FRAME_REFUSE  = 3, /**< JSON, the other answer; then it closes */
	FRAME_ACK     = 4, /**< u64: octets of channel frames received */
	FRAME_PING    = 5, /**< u64, whatever the sender likes */
	FRAME_PONG    = 6, /**< the same back */
	FRAME_GOAWAY  = 7, /**< u16 reason: the sender ends the tunnel */
	FRAME_DATAGRAM = 8, /**< sealed; on a media connection alone */

	/* of a channel */
	FRAME_OPEN   = 16, /**< u8 kind, u32 window, text: what for */
	FRAME_ACCEPT = 17, /**< u32 window */
	FRAME_DATA   = 18,
	FRAME_CREDIT = 19, /**< u32: so many octets more may be sent */
	FRAME_FIN    = 20, /**< no more data from here */
	FRAME_RESET  = 21, /**< u16 reason: both directions end */
};

enum {
	FRAME_MORE = 1, /**< DATA: the message goes on in the next */
};

struct frame {
	uint16_t length;
	uint8_t type;
	uint8_t flags;
	uint32_t channel;
};

int frame_decode(struct frame *f, const uint8_t *p, size_t len);
void frame_encode(uint8_t p[FRAME_HEADER], const struct frame *f);
bool frame_of_channel(const struct frame *f);

uint16_t frame_u16(const uint8_t *p);
uint32_t frame_u32(const uint8_t *p);
uint64_t frame_u64(const uint8_t *p);
void frame_u16_put(uint8_t *p, uint16_t v);
void frame_u32_put(uint8_t *p, uint32_t v);
void frame_u64_put(uint8_t *p, uint64_t v);

#endif
