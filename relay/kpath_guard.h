/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_guard.h  A process that takes the program out when the relay ends
 */
#ifndef POSTERN_RELAY_KPATH_GUARD_H
#define POSTERN_RELAY_KPATH_GUARD_H

#include "kpath_load.h"

int guard_start(int *fdp, const struct kpath_prog *p, const char *user);
bool guard_tables_open(const struct kpath_prog *p, const char *user);

#endif
