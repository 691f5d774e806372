/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file wav.c  RIFF/WAVE files: 16 bit PCM, one channel written, any read
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "wav.h"

enum {
	RIFF_HEADER  = 12,
	CHUNK_HEADER = 8,
	FMT_CHUNK    = 16,
	FORMAT_PCM   = 1,
	CHANNELS_MAX = 8,
};


static uint32_t le32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}


static unsigned le16(const uint8_t *p)
{
	return p[0] | p[1] << 8;
}


static uint8_t *put_le(uint8_t *p, uint32_t v, size_t octets)
{
	while (octets--) {
		*p++ = (uint8_t)v;
		v >>= 8;
	}

	return p;
}


static int fmt_read(FILE *f, uint32_t len, struct wav_format *fmt)
{
	uint8_t b[FMT_CHUNK];

	if (len < sizeof(b) || fread(b, 1, sizeof(b), f) != sizeof(b))
		return EBADMSG;

	fmt->channels = le16(b + 2);
	fmt->rate     = le32(b + 4);
	if (le16(b) != FORMAT_PCM || le16(b + 14) != 16)
		return ENOTSUP;
	if (!fmt->channels || fmt->channels > CHANNELS_MAX)
		return ENOTSUP;

	return fseek(f, (long)(len - sizeof(b)), SEEK_CUR) ? errno : 0;
}


int wav_header_read(FILE *f, struct wav_format *fmt)
{
	uint8_t b[RIFF_HEADER];
	bool have_fmt = false;

	if (fread(b, 1, RIFF_HEADER, f) != RIFF_HEADER ||
	    memcmp(b, "RIFF", 4) || memcmp(b + 8, "WAVE", 4))
		return EBADMSG;

	while (fread(b, 1, CHUNK_HEADER, f) == CHUNK_HEADER) {
		const uint32_t len = le32(b + 4);
		int err;

		if (!memcmp(b, "data", 4))
			return have_fmt ? 0 : EBADMSG;

		if (!memcmp(b, "fmt ", 4)) {
			err	 = fmt_read(f, len, fmt);
			have_fmt = true;
		}
		else {
			err = fseek(f, (long)len, SEEK_CUR) ? errno : 0;
		}
		if (err)
			return err;
	}

	return EBADMSG;
}


int wav_sample_read(FILE *f, const struct wav_format *fmt, int16_t *sample)
{
	uint8_t b[2 * CHANNELS_MAX];

	if (fread(b, 2, fmt->channels, f) != fmt->channels)
		return ENODATA;
	*sample = (int16_t)le16(b);

	return 0;
}


int wav_header_write(FILE *f, unsigned rate, uint32_t samples)
{
	uint8_t b[RIFF_HEADER + CHUNK_HEADER + FMT_CHUNK + CHUNK_HEADER];
	uint8_t *p = b;

	memcpy(p, "RIFF", 4);
	p = put_le(p + 4, (uint32_t)sizeof(b) - 8 + 2 * samples, 4);
	memcpy(p, "WAVEfmt ", 8);
	p = put_le(p + 8, FMT_CHUNK, 4);
	p = put_le(p, FORMAT_PCM, 2);
	p = put_le(p, 1, 2);
	p = put_le(p, rate, 4);
	p = put_le(p, 2 * rate, 4);
	p = put_le(p, 2, 2);
	p = put_le(p, 16, 2);
	memcpy(p, "data", 4);
	(void)put_le(p + 4, 2 * samples, 4);

	return fwrite(b, sizeof(b), 1, f) == 1 ? 0 : EIO;
}


int wav_sample_write(FILE *f, int16_t sample)
{
	uint8_t b[2];

	(void)put_le(b, (uint16_t)sample, 2);

	return fwrite(b, sizeof(b), 1, f) == 1 ? 0 : EIO;
}
