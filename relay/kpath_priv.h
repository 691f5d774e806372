/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_priv.h  The kernel path's one context
 */
#ifndef POSTERN_RELAY_KPATH_PRIV_H
#define POSTERN_RELAY_KPATH_PRIV_H

#include "relay.h"
#include "kpath.h"
#include "kpath_load.h"

enum {
	NAMES_MAX     = 256,
	KPATH_RESTING = 256,
	KPATH_WINDOW  = 32, /* slots read at a time */
};

struct kpath {
	struct relay *relay;
	struct kpath_prog prog;
	struct list pending;	  /**< struct stream, on the way over */
	struct tmr tmr;
	uint32_t *freev;	  /**< slots, the last one is taken next */
	uint32_t freec;
	uint32_t restv[KPATH_RESTING]; /**< slots just given back, a ring */
	uint32_t rest_head, restc;
	uint64_t gen;
	struct kp_leg window[KPATH_WINDOW]; /**< of slots, for this tick */
	uint32_t window_first, windowc;
	char devices[NAMES_MAX];
	int guard;		  /**< -1: none */
};

#endif
