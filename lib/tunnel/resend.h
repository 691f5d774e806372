/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file resend.h  What was sent and may have to be sent again
 *
 * A tunnel's channel frames are one sequence of octets, numbered from its
 * beginning. Here are those the other end has not acknowledged. Pure.
 */
#ifndef POSTERN_TUNNEL_RESEND_H
#define POSTERN_TUNNEL_RESEND_H

#include <stddef.h>
#include <stdint.h>

/** All zero is an empty one */
struct resend {
	uint8_t *p;	/**< NULL while empty */
	size_t size;	/**< of the memory at p */
	size_t head;	/**< where the first octet stands */
	size_t len;	/**< octets held */
	size_t sent;	/**< of these, gone out on the present connection */
	uint64_t base;	/**< number of the first */
};

void resend_reset(struct resend *r);
int resend_append(struct resend *r, const void *a, size_t alen, const void *b,
		  size_t blen);
int resend_ack(struct resend *r, uint64_t received);
int resend_rewind(struct resend *r, uint64_t received);
const uint8_t *resend_next(const struct resend *r, size_t *len);
void resend_sent(struct resend *r, size_t len);

#endif
