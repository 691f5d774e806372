/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tone.c  Tones: make one, and say which one is heard
 *
 * One Goertzel filter a bin. Over a window of N samples a sine of amplitude A
 * gives a power of A² N² / 4 in its bin, and has an energy of A² N / 2: the
 * share of the tone in the window is 2 · power / (N · energy).
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include "tone.h"

#define FULL_SCALE  32768.0
#define CLEAR_SHARE 0.6	  /* of a window's energy */
#define CLEAR_LEVEL -35.0 /* dBFS */


void tone_source_init(struct tone_source *s, unsigned hz, unsigned rate)
{
	s->step	 = 2 * M_PI * hz / rate;
	s->phase = 0;
}


int16_t tone_source_next(struct tone_source *s)
{
	const double v = sin(s->phase) * FULL_SCALE / 2;

	s->phase = fmod(s->phase + s->step, 2 * M_PI);

	return (int16_t)v;
}


int tone_meter_init(struct tone_meter *m, unsigned rate)
{
	if (rate < 2 * TONE_MAX || rate * TONE_WINDOW / 1000 > TONE_SAMPLES)
		return EINVAL;

	memset(m, 0, sizeof(*m));
	m->rate = rate;

	return 0;
}


static double goertzel(const int16_t *v, size_t n, double hz, unsigned rate)
{
	const double k = 2 * cos(2 * M_PI * hz / rate);
	double a = 0, b = 0;

	for (size_t i = 0; i < n; i++) {
		const double c = v[i] + k * a - b;

		b = a;
		a = c;
	}

	return a * a + b * b - k * a * b;
}


static void window_end(struct tone_meter *m)
{
	double energy = 0, best = 0, level;
	size_t bin = 0;

	for (size_t i = 0; i < m->fill; i++)
		energy += (double)m->window[i] * m->window[i];

	for (size_t i = 0; i < TONE_BINS; i++) {
		const double p = goertzel(m->window, m->fill,
					  TONE_MIN + (double)i * TONE_STEP,
					  m->rate);
		if (p > best) {
			best = p;
			bin  = i;
		}
	}

	++m->windows;
	m->last = 0;
	level	= 10 * log10(energy / (double)m->fill /
			     (FULL_SCALE * FULL_SCALE) + 1e-12);

	if (level > CLEAR_LEVEL &&
	    2 * best > CLEAR_SHARE * (double)m->fill * energy) {
		++m->clear[bin];
		m->last	 = TONE_MIN + (unsigned)bin * TONE_STEP;
		m->level = level;
	}
	m->fill = 0;
}


void tone_meter_put(struct tone_meter *m, int16_t sample)
{
	m->window[m->fill++] = sample;
	if (m->fill == m->rate * TONE_WINDOW / 1000)
		window_end(m);
}


unsigned tone_meter_heard(const struct tone_meter *m, unsigned hz)
{
	unsigned n = 0;

	for (unsigned i = 0; i < TONE_BINS; i++) {
		const unsigned f = TONE_MIN + i * TONE_STEP;

		if (f + TONE_STEP >= hz && f <= hz + TONE_STEP)
			n += m->clear[i];
	}

	return n * TONE_WINDOW;
}


unsigned tone_meter_strongest(const struct tone_meter *m)
{
	unsigned best = 0, hz = 0;

	for (unsigned i = 0; i < TONE_BINS; i++) {
		if (m->clear[i] > best) {
			best = m->clear[i];
			hz   = TONE_MIN + i * TONE_STEP;
		}
	}

	return hz;
}
