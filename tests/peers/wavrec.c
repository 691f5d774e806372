/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file wavrec.c  Say which tones a recording holds, how loud and how long
 *
 *	wavrec FILE.wav
 *
 * prints one JSON object: {"seconds": 3.2, "frequency": 440, "level": -9.1,
 * "share": 0.97, "heard": {"440": 3100}}. heard is how many milliseconds each
 * tone stood alone; frequency is the one that did so longest, share its part
 * of the time, level its loudness in dBFS.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "tone.h"
#include "wav.h"


static void report(const struct tone_meter *m, size_t samples)
{
	const unsigned hz = tone_meter_strongest(m);
	const char *sep = "";

	printf("{\"seconds\": %.2f, \"frequency\": %u, \"level\": %.1f, "
	       "\"share\": %.2f, \"heard\": {",
	       (double)samples / m->rate, hz, m->level,
	       m->windows ? (double)tone_meter_heard(m, hz) / TONE_WINDOW /
			    m->windows : 0);
	for (unsigned i = 0; i < TONE_BINS; i++) {
		if (!m->clear[i])
			continue;
		printf("%s\"%u\": %u", sep, TONE_MIN + i * TONE_STEP,
		       m->clear[i] * TONE_WINDOW);
		sep = ", ";
	}
	printf("}}\n");
}


static int measure(FILE *f)
{
	static struct tone_meter meter;
	struct wav_format fmt;
	size_t samples = 0;
	int16_t sample;
	int err;

	err = wav_header_read(f, &fmt);
	if (!err)
		err = tone_meter_init(&meter, fmt.rate);
	if (err)
		return err;

	while (!wav_sample_read(f, &fmt, &sample)) {
		tone_meter_put(&meter, sample);
		++samples;
	}
	report(&meter, samples);

	return 0;
}


int main(int argc, char *argv[])
{
	FILE *f;
	int err;

	if (argc != 2) {
		fprintf(stderr, "usage: wavrec FILE.wav\n");
		return 2;
	}

	f   = fopen(argv[1], "rb");
	err = f ? measure(f) : errno;
	if (f)
		fclose(f);
	if (err) {
		fprintf(stderr, "wavrec: %s: %s\n", argv[1], strerror(err));
		return 1;
	}

	return 0;
}
