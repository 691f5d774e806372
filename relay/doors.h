/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file doors.h  Where agents knock: listening sockets, and the certificate
 */
#ifndef POSTERN_RELAY_DOORS_H
#define POSTERN_RELAY_DOORS_H

#include "agents.h"

struct doors;

int doors_open(struct doors **dp, struct relay *r, struct agents *agents);
int doors_reload(struct doors *ds);
const char *doors_fingerprint(const struct doors *ds);
const char *doors_address(const struct doors *ds);

#endif
