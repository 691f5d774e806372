/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rtcp_hide.c  Addresses in what a terminal calls itself in RTCP
 *
 * A CNAME is often "user@10.0.0.5" (RFC 3550 §6.5.1), which is nobody's to know
 * outside (RFC 7022). Addresses in the texts of source descriptions are
 * replaced by other characters, always the same for the same address and key,
 * so that streams that belong together still say so. Lengths stay. Owns no
 * state.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include "addr/addr.h"
#include "media/rtcp_hide.h"


enum {
	RTCP_SDES  = 202,
	SDES_END   = 0,
	SHORTEST   = 2, /* "::" */
	DIGEST_MAX = 32,
};


static bool of_address(uint8_t c)
{
	return isxdigit(c) || c == '.' || c == ':';
}


/* one, with or without a port */
static bool is_address(const uint8_t *p, size_t len)
{
	char text[ADDR_STRLEN];
	struct addr a;
	char *colon;

	if (len < SHORTEST || len >= sizeof(text))
		return false;
	memcpy(text, p, len);
	text[len] = '\0';
	if (!addr_parse(&a, text, 0))
		return true;
	colon = strrchr(text, ':');
	if (!colon)
		return false;
	*colon = '\0';

	return !addr_parse(&a, text, 0);
}


static void replace(uint8_t *p, size_t len, const uint8_t *key)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t md[DIGEST_MAX];
	unsigned n = sizeof(md);

	/* without it nothing is told either */
	if (!HMAC(EVP_sha256(), key, RTCP_HIDE_KEY, p, len, md, &n))
		memset(md, 0, sizeof(md));
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)digits[md[i / 2 % sizeof(md)] >>
					       (i % 2 ? 4 : 0) &
				       15];
}


static unsigned hide_text(uint8_t *p, size_t len, const uint8_t *key)
{
	unsigned n = 0;
	size_t i   = 0;

	while (i < len) {
		size_t run = 0;

		while (i + run < len && of_address(p[i + run]))
			++run;
		/* "face@…" is no address, nor is a part of "cafe10.0.0.5" */
		if (run && is_address(p + i, run)) {
			replace(p + i, run, key);
			++n;
		}
		i += run + 1;
	}

	return n;
}


/*
 * One packet's chunks (RFC 3550 §6.5), each filled up to four octets:
 *
 *  |                          SSRC/CSRC                            |
 *  |   type  |  length  |  text …  | … |  0  |
 */
static unsigned hide_chunks(uint8_t *p, size_t len, unsigned chunks,
			    const uint8_t *key)
{
	unsigned n = 0;
	size_t i   = 0;

	while (chunks-- && len - i >= 4) {
		i += 4;
		while (i + 2 <= len && p[i] != SDES_END) {
			const size_t text = p[i + 1];

			if (text > len - i - 2)
				return n;
			n += hide_text(p + i + 2, text, key);
			i += 2 + text;
		}
		i = (i / 4 + 1) * 4;
		if (i > len)
			break;
	}

	return n;
}


/**
 * Replace addresses in the source descriptions of an RTCP packet
 *
 * @param p   Packet, compound or not, changed in place
 * @param len Its length
 * @param key The same for all streams of a terminal
 *
 * @return how many were replaced
 */
unsigned rtcp_hide(uint8_t *p, size_t len, const uint8_t key[RTCP_HIDE_KEY])
{
	unsigned n = 0;

	while (len >= 4 && p[0] >> 6 == 2) {
		const size_t size = 4 * (size_t)(p[2] << 8 | p[3]) + 4;

		if (size > len)
			break;
		if (p[1] == RTCP_SDES)
			n += hide_chunks(p + 4, size - 4, p[0] & 31, key);
		p += size;
		len -= size;
	}

	return n;
}
