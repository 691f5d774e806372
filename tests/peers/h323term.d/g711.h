/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file g711.h  ITU-T G.711 µ-law, a sample at a time. Pure
 */
#ifndef H323TERM_G711_H
#define H323TERM_G711_H

#include <stdint.h>

enum { ULAW_BIAS = 0x84, ULAW_CLIP = 32635 };

/* sign, segment and step, all bits inverted */
static inline uint8_t ulaw_encode(int16_t sample)
{
	unsigned sign = sample < 0 ? 0x80 : 0;
	int m = sample < 0 ? -(int)sample : sample;
	unsigned u, segment;

	u = (unsigned)(m < ULAW_CLIP ? m : ULAW_CLIP) + ULAW_BIAS;
	segment = 24 - (unsigned)__builtin_clz(u);

	return (uint8_t)~(sign | segment << 4 | (u >> (segment + 3) & 0xf));
}

static inline int16_t ulaw_decode(uint8_t code)
{
	unsigned u = (uint8_t)~code;
	int m = (int)((((u & 0xf) << 3) + ULAW_BIAS) << (u >> 4 & 7));

	return (int16_t)(u & 0x80 ? ULAW_BIAS - m : m - ULAW_BIAS);
}

#endif
