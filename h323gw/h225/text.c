/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file h225/text.c  BMPString and UTF-8, IA5String and C strings
 *
 * Pure: owns nothing.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <OCTET_STRING.h>
#include "h323gw/per/per.h"
#include "text.h"

enum {
	REPLACEMENT    = 0xfffd,
	HIGH_SURROGATE = 0xd800,
	LOW_SURROGATE  = 0xdc00,
	SURROGATE_END  = 0xe000,
	SURROGATE_BITS = 10,
	BEYOND_BMP     = 0x10000,
	UNICODE_MAX    = 0x10ffff,
	UTF8_MAX       = 4, /* octets of one character */
};


static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}


/* octets written */
static size_t utf8_put(char p[UTF8_MAX], uint32_t c)
{
	size_t n, i;

	if (c < 0x80) {
		p[0] = (char)c;
		return 1;
	}
	n    = c < 0x800 ? 2 : c < BEYOND_BMP ? 3 : 4;
	for (i = n - 1; i > 0; i--) {
		p[i] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	p[0] = (char)((0xf0 << (4 - n)) | c);

	return n;
}


/* octets read; 0: it is no UTF-8 */
static size_t utf8_get(uint32_t *cp, const char *s)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, BEYOND_BMP};
	const uint8_t *p = (const uint8_t *)s;
	size_t n, i;
	uint32_t c;

	if (p[0] < 0x80) {
		*cp = p[0];
		return 1;
	}
	n = p[0] >= 0xf8 ? 0 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3
		: p[0] >= 0xc0 ? 2 : 0;
	if (!n)
		return 0;

	c = p[0] & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > UNICODE_MAX ||
	    (c >= HIGH_SURROGATE && c < SURROGATE_END))
		return 0;
	*cp = c;

	return n;
}


/* the character at octet *i, which moves on */
static uint32_t bmp_next(const struct OCTET_STRING *bmp, int *i)
{
	const uint8_t *p = bmp->buf + *i;
	uint32_t c	 = (uint32_t)p[0] << 8 | p[1];

	*i += 2;
	if (c < HIGH_SURROGATE || c >= SURROGATE_END)
		return is_control(c) ? REPLACEMENT : c;

	if (c < LOW_SURROGATE && *i + 1 < bmp->size) {
		const uint32_t low = (uint32_t)p[2] << 8 | p[3];

		if (low >= LOW_SURROGATE && low < SURROGATE_END) {
			*i += 2;
			return BEYOND_BMP +
			       ((c - HIGH_SURROGATE) << SURROGATE_BITS) +
			       (low - LOW_SURROGATE);
		}
	}

	return REPLACEMENT;
}


bool h225_bmp_get(char *buf, size_t size, const struct OCTET_STRING *bmp)
{
	size_t n = 0;
	int i	 = 0;

	while (i + 1 < bmp->size) {
		char c[UTF8_MAX];
		const size_t len = utf8_put(c, bmp_next(bmp, &i));

		if (n + len >= size) {
			if (size)
				buf[0] = '\0';
			return false;
		}
		memcpy(buf + n, c, len);
		n += len;
	}
	if (!size)
		return false;
	buf[n] = '\0';

	return true;
}


static uint8_t *octets16(uint8_t *p, uint32_t c)
{
	p[0] = (uint8_t)(c >> 8);
	p[1] = (uint8_t)c;

	return p + 2;
}


int h225_bmp_set(struct OCTET_STRING *bmp, struct per_msg *msg,
		 const char *utf8)
{
	/* no character takes more octets in UCS-2 than twice those in UTF-8 */
	uint8_t *const buf = per_msg_zalloc(msg, 2 * strlen(utf8) + 1);
	uint8_t *p	   = buf;

	if (!buf)
		return ENOMEM;
	while (*utf8) {
		uint32_t c;
		const size_t n = utf8_get(&c, utf8);

		if (!n)
			return EILSEQ;
		if (c >= BEYOND_BMP) {
			c -= BEYOND_BMP;
			p = octets16(p, HIGH_SURROGATE + (c >> SURROGATE_BITS));
			p = octets16(p, LOW_SURROGATE + (c & 0x3ff));
		}
		else
			p = octets16(p, c);
		utf8 += n;
	}
	bmp->buf  = buf;
	bmp->size = (int)(p - buf);

	return 0;
}


bool h225_ia5_get(char *buf, size_t size, const struct OCTET_STRING *ia5)
{
	int i;

	if (!size)
		return false;
	buf[0] = '\0';
	if (ia5->size < 0 || (size_t)ia5->size >= size)
		return false;

	for (i = 0; i < ia5->size; i++) {
		const uint8_t c = ia5->buf[i];

		buf[i] = c < 0x80 && !is_control(c) ? (char)c : '?';
	}
	buf[i] = '\0';

	return true;
}


int h225_octets_set(struct OCTET_STRING *os, struct per_msg *msg,
		    const void *p, size_t len)
{
	uint8_t *buf = per_msg_zalloc(msg, len ? len : 1);

	if (!buf)
		return ENOMEM;
	if (len)
		memcpy(buf, p, len);
	os->buf	 = buf;
	os->size = (int)len;

	return 0;
}
