/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file mark.h  Datagrams marked one by one, from a socket many streams share
 */
#ifndef POSTERN_MEDIA_MARK_H
#define POSTERN_MEDIA_MARK_H

#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

enum {
	MARK_USUAL = 46, /**< expedited forwarding (RFC 3246) */
};

void mark_socket(int fd, int af, uint8_t dscp);
int mark_send(int fd, int af, const struct addr *to, uint8_t dscp,
	      const uint8_t *p, size_t len);

#endif
