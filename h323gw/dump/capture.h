/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file capture.h  Packets of a capture file: UDP and TCP over IPv4 and IPv6
 */
#ifndef H323GW_DUMP_CAPTURE_H
#define H323GW_DUMP_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

struct capture;

struct packet {
	unsigned long frame; /**< from 1, as in the file */
	bool tcp;	     /**< else UDP */
	struct addr src, dst;
	uint32_t seq;	     /**< TCP */
	bool syn, fin, rst;
	const uint8_t *p;    /**< payload */
	size_t len;
	bool cut;	     /**< the file has not all of it */
};

int capture_open(struct capture **cp, const char *path, char *why,
		 size_t size);
void capture_close(struct capture *c);
/* 0; ENOENT: that was the last; EIO: see why. A frame that holds neither UDP
 * nor TCP has no payload; *note is a reason where that may matter, else NULL */
int capture_next(struct capture *c, struct packet *p, const char **note,
		 char *why, size_t size);

#endif
