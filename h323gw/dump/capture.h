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
	int64_t seconds;     /**< when it came */
	bool tcp;	     /**< else UDP */
	struct addr src, dst;
	uint32_t seq;	     /**< TCP */
	bool syn, fin, rst;
	const uint8_t *p;    /**< payload */
	size_t len;
	bool cut;	     /**< the file has not all of it */
};

/** Something that could not be looked at */
typedef void(capture_note_h)(unsigned long frame, const char *what, void *arg);

int capture_open(struct capture **cp, const char *path, capture_note_h *noteh,
		 void *arg, char *why, size_t size);
void capture_close(struct capture *c);
int capture_next(struct capture *c, struct packet *p, char *why, size_t size);

#endif
