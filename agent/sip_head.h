/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_head.h  The little of a SIP message its transport has to know
 */
#ifndef POSTERN_AGENT_SIP_HEAD_H
#define POSTERN_AGENT_SIP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

enum {
	SIP_MESSAGE_MAX	 = 65507, /**< octets: what a datagram holds */
	SIP_HEADERS_MAX	 = 512,
	SIP_ANSWER_GROWS = 128,	  /**< sip_answer(): longer than the request */
};

/** Where a message's parts end (RFC 3261 §7) */
struct sip_head {
	size_t len;	 /**< with the empty line */
	size_t blank;	 /**< where that begins */
	size_t body;	 /**< Content-Length; 0 if there is none */
	bool has_length; /**< it says its Content-Length */
	bool request;
};

bool sip_head_token(uint8_t c);
int sip_head_begin(const uint8_t *p, size_t len);
int sip_head_decode(struct sip_head *h, const uint8_t *p, size_t len);
int sip_head_sent_by(struct addr *a, const uint8_t *p, size_t len);
bool sip_head_begins_dialog(const uint8_t *p, size_t len);
int sip_message_for_stream(uint8_t *out, size_t size, size_t *outlen,
			   const uint8_t *p, size_t len);
int sip_answer(uint8_t *out, size_t size, size_t *outlen, const uint8_t *p,
	       size_t len, const char *status);

#endif
