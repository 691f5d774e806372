/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stock.h  Pairs of sockets opened ahead, so that a call needn't wait
 */
#ifndef POSTERN_RELAY_STOCK_H
#define POSTERN_RELAY_STOCK_H

#include <stdbool.h>
#include <stdint.h>
#include "addr/addr.h"

struct iface;
struct stock;

int stock_alloc(struct stock **sp, struct iface *ifc);
bool stock_take(struct stock *s, uint16_t *port, int fd[2]);
bool stock_take_exact(struct stock *s, uint16_t port, int fd[2]);
uint32_t stock_count(const struct stock *s);

int stock_socket(int *fdp, const struct addr *local, uint8_t dscp,
		 bool shared);
void stock_dscp_set(int fd, int af, uint8_t dscp);
void stock_reuse_set(int fd, bool on);

#endif
