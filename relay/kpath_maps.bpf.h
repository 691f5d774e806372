/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_maps.bpf.h  What the program in the kernel shares with the relay
 *
 * The tables, laid out by kpath_abi.h, and what is constant once the program
 * is loaded. The relay writes all of it but for what its comments say.
 */
#ifndef POSTERN_RELAY_KPATH_MAPS_H
#define POSTERN_RELAY_KPATH_MAPS_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include "kpath_abi.h"

/* Whose each port is, one address of ours after another: KP_PORT() */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set by the relay */
	__type(key, __u32);
	__type(value, struct kp_ports);
} ports SEC(".maps");

/* Nobody maps it; but so its elements begin with a page, and each lies in
 * lines of the cache of its own */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kp_leg);
} legs SEC(".maps");

/* When a packet of an armed leg went up last, ns; nobody else writes it */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} passed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kp_gate);
} gates SEC(".maps");

/* Until when the relay is known to be alive, ns */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} alive SEC(".maps");

/* Our addresses, IPv4 before IPv6; constants once the program is loaded */
const volatile __be32 ours4[KP_ADDRESSES] = {0};
const volatile __be32 ours6[KP_ADDRESSES][4] = {0};
const volatile __u32 ours4c = 0, ours6c = 0;

/* The kernel has a clock that costs nothing, and ticks each few ms (5.11) */
const volatile __u32 coarse = 0;


static __always_inline int relay_is_alive(__u64 now)
{
	const __u32 zero   = 0;
	const __u64 *until = bpf_map_lookup_elem(&alive, &zero);

	return until && now < *until;
}

#endif
