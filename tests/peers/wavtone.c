/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file wavtone.c  Make a recording of a tone, for a phone to play
 *
 *	wavtone HZ SECONDS FILE.wav
 *
 * 8000 samples a second, 16 bit, one channel, 6 dB below full scale; HZ 0 is
 * silence.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tone.h"
#include "wav.h"

enum {
	RATE	    = 8000,
	SECONDS_MAX = 3600,
};


static bool number(const char *text, long min, long max, long *value)
{
	char *end;

	*value = strtol(text, &end, 10);

	return *text && !*end && *value >= min && *value <= max;
}


static int write_tone(FILE *f, unsigned hz, unsigned seconds)
{
	const uint32_t samples = RATE * seconds;
	struct tone_source tone;
	int err;

	tone_source_init(&tone, hz, RATE);
	err = wav_header_write(f, RATE, samples);
	for (uint32_t i = 0; i < samples && !err; i++)
		err = wav_sample_write(f, tone_source_next(&tone));

	return err;
}


int main(int argc, char *argv[])
{
	long hz, seconds;
	FILE *f;
	int err;

	if (argc != 4 || !number(argv[1], 0, RATE / 2, &hz) ||
	    !number(argv[2], 1, SECONDS_MAX, &seconds)) {
		fprintf(stderr, "usage: wavtone HZ SECONDS FILE.wav\n");
		return 2;
	}

	f   = fopen(argv[3], "wb");
	err = f ? write_tone(f, (unsigned)hz, (unsigned)seconds) : errno;
	if (f && fclose(f) && !err)
		err = errno;
	if (err) {
		fprintf(stderr, "wavtone: %s: %s\n", argv[3], strerror(err));
		return 1;
	}

	return 0;
}
