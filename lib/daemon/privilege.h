/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file privilege.h  What the process may do, taken once and given up
 */
#ifndef POSTERN_DAEMON_PRIVILEGE_H
#define POSTERN_DAEMON_PRIVILEGE_H

#include <stdint.h>

uint32_t privilege_nofile(uint32_t want);
int privilege_rundir(const char *path, const char *user);
int privilege_drop(const char *user);
int privilege_drop_but(const char *user, uint64_t keep);

#endif
