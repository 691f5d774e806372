/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file leg_sock.h  A leg's sockets
 */
#ifndef POSTERN_RELAY_LEG_SOCK_H
#define POSTERN_RELAY_LEG_SOCK_H

#include "leg.h"

int leg_sock_open(struct leg *leg, enum latch_component component);
void leg_sock_use(struct leg *leg, const int fd[2]);
int leg_sock_start(struct leg *leg);
void leg_sock_close(struct leg *leg);
void leg_sock_tos(struct leg *leg);
void leg_sock_follow(struct leg *leg);

#endif
