/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file literal.c  Addresses that stand in text of any kind
 *
 * Owns nothing.
 */
#include <arpa/inet.h>
#include <string.h>
#include "addr/literal.h"


enum {
	V6_MAX = 45, /* characters */
};

static const uint8_t mapped[ADDR_BLOCK_V4] = {0, 0, 0, 0, 0,   0,
					      0, 0, 0, 0, 255, 255};


bool addr_block_is_v4(const uint8_t b[ADDR_BLOCK])
{
	return !memcmp(b, mapped, sizeof(mapped));
}


/** Is it of RFC 1918, 3927, 4193, 6598, link-local, or loopback? */
bool addr_block_private(const uint8_t b[ADDR_BLOCK])
{
	static const uint8_t loopback[ADDR_BLOCK] = {[ADDR_BLOCK - 1] = 1};
	const uint8_t *v4 = b + ADDR_BLOCK_V4;

	if (!addr_block_is_v4(b))
		return (b[0] & 0xfe) == 0xfc ||
		       (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) ||
		       !memcmp(b, loopback, sizeof(loopback));

	return v4[0] == 10 || v4[0] == 127 ||
	       (v4[0] == 172 && (v4[1] & 0xf0) == 16) ||
	       (v4[0] == 192 && v4[1] == 168) ||
	       (v4[0] == 169 && v4[1] == 254) ||
	       (v4[0] == 100 && (v4[1] & 0xc0) == 64);
}


static bool digit(char c)
{
	return c >= '0' && c <= '9';
}


/* a number of an address; its digits, 0: none */
static size_t octet_read(uint8_t *o, const char *p, const char *end)
{
	unsigned n = 0;
	size_t i   = 0;

	while (p + i < end && i < 3 && digit(p[i]) && !(i == 1 && !n) &&
	       n * 10 + (unsigned)(p[i] - '0') <= 255)
		n = n * 10 + (unsigned)(p[i++] - '0');
	*o = (uint8_t)n;

	return i;
}


/** An IPv4 address at p, whatever follows; its characters, 0: none */
size_t addr_literal_v4(uint8_t b[ADDR_BLOCK], const char *p, const char *end)
{
	const char *q = p;

	memcpy(b, mapped, sizeof(mapped));
	for (unsigned i = 0; i < 4; i++) {
		size_t n;

		if (i && (q >= end || *q++ != '.'))
			return 0;
		n = octet_read(&b[ADDR_BLOCK_V4 + i], q, end);
		if (!n)
			return 0;
		q += n;
	}

	return (size_t)(q - p);
}


/** May it be part of an IPv6 address? */
bool addr_literal_char(char c)
{
	return digit(c) || c == ':' || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F') || c == '.';
}


/** An IPv6 address at p that is no IPv4 one (RFC 5952), and all that may be
 *  part of one; its characters, 0: none */
size_t addr_literal_v6(uint8_t b[ADDR_BLOCK], const char *p, const char *end)
{
	char text[V6_MAX + 1], again[INET6_ADDRSTRLEN];
	size_t n = 0;

	while (p + n < end && n <= V6_MAX && addr_literal_char(p[n]))
		++n;
	if (n < 2 || n > V6_MAX || !memchr(p, ':', n))
		return 0;
	memcpy(text, p, n);
	text[n] = '\0';
	if (inet_pton(AF_INET6, text, b) != 1 || addr_block_is_v4(b) ||
	    !inet_ntop(AF_INET6, b, again, sizeof(again)) ||
	    strcmp(text, again))
		return 0;

	return n;
}


/** Is there a private address in a text? */
bool addr_literal_private(const char *p, size_t len)
{
	const char *end = p + len;
	uint8_t b[ADDR_BLOCK];

	for (const char *q = p; q < end; q++) {
		const bool within = q > p && addr_literal_char(q[-1]);

		if ((addr_literal_v4(b, q, end) && addr_block_private(b)) ||
		    (!within && addr_literal_v6(b, q, end) &&
		     addr_block_private(b)))
			return true;
	}

	return false;
}
