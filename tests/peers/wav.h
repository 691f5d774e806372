/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file wav.h  RIFF/WAVE files: 16 bit PCM, one channel written, any read
 *
 * The lengths in a file that is read are not relied on: whoever wrote it may
 * still be writing, or have been killed.
 */
#ifndef POSTERN_PEERS_WAV_H
#define POSTERN_PEERS_WAV_H

#include <stdint.h>
#include <stdio.h>

struct wav_format {
	unsigned channels, rate;
};

/* the file stands at the first sample afterwards; EBADMSG, ENOTSUP */
int wav_header_read(FILE *f, struct wav_format *fmt);
/* the first channel's next sample; ENODATA at the end */
int wav_sample_read(FILE *f, const struct wav_format *fmt, int16_t *sample);
int wav_header_write(FILE *f, unsigned rate, uint32_t samples);
int wav_sample_write(FILE *f, int16_t sample);

#endif
