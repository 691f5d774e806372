/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tunnels.h  Where agents come in, and their tunnels' life
 */
#ifndef POSTERN_RELAY_TUNNELS_H
#define POSTERN_RELAY_TUNNELS_H

#include "agents.h"

struct tunnels;

int tunnels_listen(struct tunnels **tp, struct relay *r);
struct agents *tunnels_agents(struct tunnels *t);
const char *tunnels_fingerprint(const struct tunnels *t);
const char *tunnels_address(const struct tunnels *t);
void tunnels_revoke(struct agent *ag);

#endif
