/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_table.h  From legs and latches to what the kernel needs, and back
 *
 * Pure: no socket, no map.
 */
#ifndef POSTERN_RELAY_KPATH_TABLE_H
#define POSTERN_RELAY_KPATH_TABLE_H

#include "kpath_abi.h"
#include "leg.h"

bool table_eligible(const struct stream *st);
struct addr table_local(const struct leg *leg, enum latch_component c);
void table_state(struct kp_leg *kl, const struct leg *leg);
void table_merge(struct leg *leg, const struct kp_leg *kl,
		 struct kp_counters *seen);

#endif
