/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file forward.h  The forwarding path: from one leg's socket to the other's
 */
#ifndef POSTERN_RELAY_FORWARD_H
#define POSTERN_RELAY_FORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"
#include "media/latch.h"

struct leg;
struct leg_sock;
struct watch;

bool forward_take(struct watch *wt);
void forward_readable(struct watch *wt);
void forward_datagram(struct leg_sock *sk, const uint8_t *buf, size_t len,
		      const struct addr *src, uint64_t now);
void forward_known(struct leg_sock *sk, const uint8_t *buf, size_t len,
		   uint64_t now);
void forward_late(struct leg_sock *sk);
void forward_unsent(struct leg *from, enum latch_component component,
		    const uint8_t *buf, size_t len, int err);
void forward_fetch(const struct leg_sock *sk);

void forward_sealed(struct leg *leg, enum latch_component component,
		    const uint8_t *buf, size_t len, const struct addr *src,
		    uint64_t now);

#endif
