/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sealed.h  The ports agents' sealed datagrams and probes come in on
 */
#ifndef POSTERN_RELAY_SEALED_H
#define POSTERN_RELAY_SEALED_H

#include "relay.h"

struct sealed;

int sealed_open(struct sealed **sp, struct relay *r, const struct addr *at,
		bool probes);

#endif
