/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file pending.h  RAS requests of ours that wait for their answer
 *
 * Each is sent again a few times, and has an answer or none. Owns them.
 */
#ifndef H323GW_GK_PENDING_H
#define H323GW_GK_PENDING_H

#include <stdint.h>
#include "h323gw/ras/ras.h"

enum {
	PENDING_MAX	 = 4096,
	PENDING_TRIES	 = 3,
	PENDING_RETRY_MS = 3000,
};

struct pending;
struct pending_table;

/** r NULL: there was no answer */
typedef void(pending_h)(const struct ras_response *r, void *arg);
/** via: as it was given to pending_send() */
typedef void(pending_send_h)(const struct addr *to, void *via,
			     const uint8_t *p, size_t len, void *arg);

int pending_alloc(struct pending_table **tp, pending_send_h *sendh, void *arg);
/* a requestSeqNum for a new one */
uint16_t pending_seq(struct pending_table *t);
/* Sends it, and waits. A RIP makes it wait longer. pp may be NULL, h too; else
 * mem_deref(*pp) forgets it; it is released after h was called. via: the send
 * handler's own. EBUSY: PENDING_MAX */
int pending_send(struct pending **pp, struct pending_table *t,
		 const struct addr *to, void *via, uint16_t seq,
		 const uint8_t *p, size_t len, pending_h *h, void *arg);
/* forgets all that go that way */
void pending_forget(struct pending_table *t, const void *via);
/* an answer came; false: to nothing of ours */
bool pending_response(struct pending_table *t, const struct ras_response *r);

#endif
