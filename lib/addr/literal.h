/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file literal.h  Addresses that stand in text of any kind
 *
 * Read as everybody writes them and no other way, so that what was read can be
 * written again as it was. Of both families an address is a block of 16 octets,
 * IPv4 mapped into IPv6 (RFC 4291). Pure.
 */
#ifndef POSTERN_ADDR_LITERAL_H
#define POSTERN_ADDR_LITERAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ADDR_BLOCK    = 16,
	ADDR_BLOCK_V4 = 12, /**< octets before those of an IPv4 address */
};

size_t addr_literal_v4(uint8_t b[ADDR_BLOCK], const char *p, const char *end);
size_t addr_literal_v6(uint8_t b[ADDR_BLOCK], const char *p, const char *end);
bool addr_literal_char(char c);
bool addr_literal_private(const char *p, size_t len);

bool addr_block_is_v4(const uint8_t b[ADDR_BLOCK]);
bool addr_block_private(const uint8_t b[ADDR_BLOCK]);

#endif
