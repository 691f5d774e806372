/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rtcp_hide.h  Addresses in what a terminal calls itself in RTCP
 */
#ifndef POSTERN_MEDIA_RTCP_HIDE_H
#define POSTERN_MEDIA_RTCP_HIDE_H

#include <stddef.h>
#include <stdint.h>

enum {
	RTCP_HIDE_KEY = 32, /**< octets */
};

unsigned rtcp_hide(uint8_t *p, size_t len, const uint8_t key[RTCP_HIDE_KEY]);

#endif
