/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sealed.h  The port agents' sealed datagrams come in on
 */
#ifndef POSTERN_RELAY_SEALED_H
#define POSTERN_RELAY_SEALED_H

#include "relay.h"

struct sealed;

int sealed_open(struct sealed **sp, struct relay *r, const struct addr *at);

#endif
