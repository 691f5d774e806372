/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file notify.h  Telling systemd how we are
 */
#ifndef POSTERN_DAEMON_NOTIFY_H
#define POSTERN_DAEMON_NOTIFY_H

int notify_systemd(const char *state);

#endif
