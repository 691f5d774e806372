/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file hangup.h  SIGHUP: read again what may change while the program runs
 */
#ifndef POSTERN_DAEMON_HANGUP_H
#define POSTERN_DAEMON_HANGUP_H

struct hangup;

int hangup_alloc(struct hangup **hp, void (*handler)(void *arg), void *arg);

#endif
