/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_load.h  The program and its tables, got into the kernel
 */
#ifndef POSTERN_RELAY_KERNEL_LOAD_H
#define POSTERN_RELAY_KERNEL_LOAD_H

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
	int flows, legs, passed;  /**< descriptors of the tables */
	struct kp_gate *gates;	  /**< mapped */
	uint64_t *alive;	  /**< mapped; ns */
	size_t gates_size, alive_size;
	uint32_t slots;
	unsigned devicev[KPATH_DEVICES]; /**< indices */
	size_t devicec;
	uint32_t handle;	  /**< of the filter: one for each relay */
};

int prog_load(struct kpath_prog *p, uint32_t streams, char *why, size_t size);
int prog_attach(struct kpath_prog *p, unsigned ifindex);
void prog_detach(const unsigned *ifindexv, size_t n, uint32_t handle);
void prog_close(struct kpath_prog *p);

#endif
