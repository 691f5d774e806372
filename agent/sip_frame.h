/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_frame.h  SIP messages in a stream
 */
#ifndef POSTERN_AGENT_SIP_FRAME_H
#define POSTERN_AGENT_SIP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sip_frame;

struct sip_frame_handlers {
	/** a whole message; other than 0: sip_frame_input() ends with it */
	int (*messageh)(const uint8_t *p, size_t len, void *arg);
	/** a sign of life that wants one back (RFC 5626 §3.5.1) */
	void (*pingh)(void *arg);
};

int sip_frame_alloc(struct sip_frame **fp);
int sip_frame_input(struct sip_frame *f, const uint8_t *p, size_t len,
		    const struct sip_frame_handlers *h, void *arg);
bool sip_frame_begun(const struct sip_frame *f);

#endif
