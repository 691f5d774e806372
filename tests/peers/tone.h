/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tone.h  Tones: make one, and say which one is heard
 *
 * A meter cuts what it is given into windows and finds the strongest tone of
 * each. A window is *clear* when that tone carries most of its power: two
 * tones at once, noise and silence are not clear.
 */
#ifndef POSTERN_PEERS_TONE_H
#define POSTERN_PEERS_TONE_H

#include <stdint.h>
#include <stddef.h>

enum {
	TONE_MIN     = 200,  /**< Hz */
	TONE_MAX     = 3400, /**< Hz */
	TONE_STEP    = 10,   /**< Hz, the meter's resolution */
	TONE_BINS    = (TONE_MAX - TONE_MIN) / TONE_STEP + 1,
	TONE_WINDOW  = 100,  /**< ms */
	TONE_SAMPLES = 4800, /**< most samples of a window (48 kHz) */
};

/** A sine, 6 dB below full scale */
struct tone_source {
	double phase, step;
};

void tone_source_init(struct tone_source *s, unsigned hz, unsigned rate);
int16_t tone_source_next(struct tone_source *s);

struct tone_meter {
	unsigned rate;	   /**< samples a second */
	size_t fill;
	int16_t window[TONE_SAMPLES];
	unsigned windows;  /**< whole windows seen */
	unsigned clear[TONE_BINS]; /**< clear windows of each tone */
	unsigned last;	   /**< Hz of the last window, 0: not clear */
	double level;	   /**< dBFS of the last clear window */
};

/* EINVAL: a rate the meter can't take */
int tone_meter_init(struct tone_meter *m, unsigned rate);
void tone_meter_put(struct tone_meter *m, int16_t sample);
/* how long this tone (within one step of it) was clear, in ms */
unsigned tone_meter_heard(const struct tone_meter *m, unsigned hz);
/* the tone that was clear the longest, in Hz; 0: none was */
unsigned tone_meter_strongest(const struct tone_meter *m);

#endif
