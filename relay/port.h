/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file port.h  Even/odd port pairs of one interface, given in random order
 *
 * Numbers only, no socket. Taking, taking exactly and giving back are O(1).
 * Legs with one port take a pair too, so that the odd port is there when
 * rtcp-mux is refused in the answer.
 */
#ifndef POSTERN_RELAY_PORT_H
#define POSTERN_RELAY_PORT_H

#include <stdbool.h>
#include <stdint.h>

struct ports;

/** A random number below `below`; replaced by tests */
typedef uint32_t(ports_rand_h)(uint32_t below);

int ports_alloc(struct ports **pp, uint16_t min, uint16_t max,
		ports_rand_h *randh);
int ports_take(struct ports *p, uint16_t *port);
int ports_take_exact(struct ports *p, uint16_t port);
void ports_give(struct ports *p, uint16_t port);
bool ports_in_range(const struct ports *p, uint16_t port);
uint32_t ports_free(const struct ports *p);
uint32_t ports_total(const struct ports *p);

#endif
