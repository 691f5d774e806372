/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_slot.c  A leg's slot in the kernel program's tables
 *
 * Owns which slots are free, which rest, and what stands in the others.
 */
#include "config.h"
#include <errno.h>
#include <bpf/bpf.h>
#include "kpath_slot.h"
#include "kpath_table.h"


/** From when the program may take a leg's packets, 0: not yet */
void gate_set(struct kpath *k, uint32_t slot, uint64_t drained)
{
	__atomic_store_n(&k->prog.gates[slot].drained, drained,
			 __ATOMIC_SEQ_CST);
}


/** false: it can't be read, or is another leg's by now */
bool state_get(struct kpath *k, const struct kpath_side *sd,
	       struct kp_leg *kl)
{
	return !bpf_map_lookup_elem_flags(k->prog.legs, &sd->slot, kl,
					  BPF_F_LOCK) &&
	       kl->gen == sd->gen;
}


/** 0 or an errno; kl gets what was written */
int state_put(struct kpath *k, const struct kpath_side *sd,
	      const struct leg *leg, struct kp_leg *kl)
{
	table_state(kl, leg);
	kl->gen = sd->gen;

	return bpf_map_update_elem(k->prog.legs, &sd->slot, kl, BPF_F_LOCK)
		       ? errno
		       : 0;
}


/** What the kernel knows of a live leg, into ours */
void state_merge(struct leg *leg, struct kpath_side *sd,
		 const struct kp_leg *kl)
{
	if (!kl->live)
		return;

	sd->live = true;
	table_merge(leg, kl, &sd->seen);
}


static void slot_take(struct kpath *k, uint32_t *slot)
{
	if (k->freec) {
		*slot = k->freev[--k->freec];
	} else {
		*slot	     = k->restv[k->rest_head];
		k->rest_head = (k->rest_head + 1) % KPATH_RESTING;
		--k->restc;
	}
}


/* It rests first: a packet that is in the program just now still finds it */
static void slot_give(struct kpath *k, uint32_t slot)
{
	if (k->restc == KPATH_RESTING) {
		k->freev[k->freec++] = k->restv[k->rest_head];
		k->rest_head	     = (k->rest_head + 1) % KPATH_RESTING;
		--k->restc;
	}
	k->restv[(k->rest_head + k->restc++) % KPATH_RESTING] = slot;
}


/** A slot for each leg; false: there are none */
bool slots_have(struct kpath *k, struct kpath_stream *ks)
{
	if (ks->slots)
		return true;
	if (k->freec + k->restc < 2)
		return false;

	slot_take(k, &ks->side[0].slot);
	slot_take(k, &ks->side[1].slot);
	ks->slots = true;

	return true;
}


/** The stream is going */
void slots_give(struct kpath *k, struct kpath_stream *ks)
{
	if (!ks->slots)
		return;

	slot_give(k, ks->side[0].slot);
	slot_give(k, ks->side[1].slot);
	ks->slots = false;
}
