/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file guests.h  Connections that have not shown yet which agent they are
 */
#ifndef POSTERN_RELAY_GUESTS_H
#define POSTERN_RELAY_GUESTS_H

#include <openssl/types.h>
#include "agents.h"

struct guests;

int guests_alloc(struct guests **gp, struct relay *r, struct agents *agents);
void guests_take(struct guests *gs, SSL_CTX *ctx, int fd,
		 const struct addr *peer);

#endif
