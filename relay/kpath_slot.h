/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_slot.h  A leg's slot in the kernel program's tables
 *
 * Which is free, what stands in it, and the gate before it.
 */
#ifndef POSTERN_RELAY_KPATH_SLOT_H
#define POSTERN_RELAY_KPATH_SLOT_H

#include "kpath_priv.h"

bool slots_have(struct kpath *k, struct kpath_stream *ks);
void slots_give(struct kpath *k, struct kpath_stream *ks);

void gate_set(struct kpath *k, uint32_t slot, uint64_t drained);
bool state_get(struct kpath *k, const struct kpath_side *sd,
	       struct kp_leg *kl);
int state_put(struct kpath *k, const struct kpath_side *sd,
	      const struct leg *leg, struct kp_leg *kl);
void state_merge(struct leg *leg, struct kpath_side *sd,
		 const struct kp_leg *kl);

#endif
