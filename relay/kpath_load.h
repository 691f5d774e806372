/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_load.h  The program and its tables, got into the kernel
 */
#ifndef POSTERN_RELAY_KPATH_LOAD_H
#define POSTERN_RELAY_KPATH_LOAD_H

#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"
#include "kpath_abi.h"

enum {
	KPATH_DEVICES = 32,
};

struct kpath_bpf;

struct kpath_prog {
	struct kpath_bpf *skel;
	int legs, passed;	  /**< descriptors of the tables */
	uint32_t *ports;	  /**< mapped; KP_PORT() */
	struct kp_gate *gates;	  /**< mapped */
	uint64_t *alive;	  /**< mapped; ns */
	size_t ports_size, gates_size, alive_size;
	struct addr addrv[2 * KP_ADDRESSES]; /**< ours, as they are numbered */
	unsigned addrc;
	uint32_t slots;
	unsigned devicev[KPATH_DEVICES]; /**< indices */
	size_t devicec;
	uint32_t handle;	  /**< of the filter: one for each relay */
};

int prog_address(struct kpath_prog *p, const struct addr *a);
int prog_load(struct kpath_prog *p, uint32_t streams, char *why, size_t size);
uint32_t *prog_port(const struct kpath_prog *p, const struct addr *at);
int prog_attach(struct kpath_prog *p, unsigned ifindex);
void prog_detach(const unsigned *ifindexv, size_t n, uint32_t handle);
void prog_close(struct kpath_prog *p);

#endif
