/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_abi.h  What the relay and its program in the kernel share
 *
 * Laid out the same for clang's BPF target and for the relay. Addresses and
 * ports are in network byte order; an IPv4 address is the first word.
 */
#ifndef POSTERN_RELAY_KPATH_ABI_H
#define POSTERN_RELAY_KPATH_ABI_H

#include <linux/types.h>

#define KP_MARGIN_NS 200000ull	  /* from the program to the socket's queue */
#define KP_TICK_NS   10000000ull   /* the coarse clock is no older than that */
#define KP_LINE	     64		   /* of the cache */
#define KP_ADDRESSES 32		   /* of ours, in each family */
#define KP_HOP_NS    1000000000ull /* a route is believed so long */

enum {
	KP_RTP,
	KP_RTCP,
	KP_COMPONENTS
};

/** A transport address */
struct kp_key {
	__be32 ip[4];
	__be16 port;
	__u8 v6;
	__u8 zero;
};

/** How a packet leaves: from our other leg to its party */
struct kp_out {
	__be16 sport, dport;
	__u32 csum_addr;  /**< what the addresses add to UDP's checksum */
	__u32 csum_ports; /**< what the ports do */
	__u8 v6, tos, valid, zero;
	__be32 saddr[4], daddr[4];
};

/** What comes to one port of a leg's */
struct kp_flow {
	struct kp_key source;		   /**< its one source */
	__u8 there;			   /**< 0: nothing comes */
	__u8 mux;			   /**< RTCP comes here, too */
	__u8 zero[2];
	struct kp_out out[KP_COMPONENTS];  /**< by what the packet is */
};

/** An even port of ours and the next one: whose they are, or 0. An element of
 * an array has eight octets at least. */
struct kp_ports {
	__u32 whose[2];
};

#define KP_PORT(slot, component) (1 + 2 * (slot) + (component))
#define KP_PORT_SLOT(entry)	 (((entry) - 1) >> 1)
#define KP_PORT_COMPONENT(entry) (((entry) - 1) & 1)

/** The next hop of one component */
struct kp_hop {
	__u64 until;	/**< ns, believed so long */
	__u32 ifindex;
	__u32 len;	/**< IP length that is known to fit */
	__u8 dmac[6], smac[6]; /**< dmac zero: no Ethernet there */
	__u32 zero;
};

/** That neighbour by its name */
struct kp_neighbour {
	__u32 family;
	__be32 ip[4];
};

/** As struct media_seq */
struct kp_seq {
	__u32 ssrc, base, highest, received, running, zero;
};

/** As struct bucket */
struct kp_bucket {
	__u64 rate, depth, level, last;
};

/** What is known of a component's source; as in struct latch_path */
struct kp_path {
	__u64 heard;	/**< ms */
	__u32 ssrc;
	__u16 seq;
	__u8 has_ssrc, has_seq;
};

struct kp_part {
	struct kp_path path;
	struct kp_hop hop;
};

struct kp_counters {
	__u64 packets, bytes, rtcp_packets, rtcp_bytes;
	__u64 refused_bandwidth;
};

/** A leg while the kernel has it; whoever writes holds the lock. What each
 * packet of RTP needs is in the first three lines of the cache. */
struct kp_leg {
#ifdef __bpf__
	struct bpf_spin_lock lock;
#else
	__u32 lock;
#endif
	__u16 live;	/**< 1: packets don't go up any more */
	__u16 limited;	/**< 1: bucket has a rate */
	struct kp_part rtp;
	__u64 gen;	/**< which offer this is */
	struct kp_counters n;
	struct kp_seq seq;
	struct kp_flow flow[KP_COMPONENTS]; /**< by port */
	__u64 lost_before; /**< of seq */
	struct kp_bucket bucket;
	struct kp_part rtcp;
	struct kp_neighbour neighbour[KP_COMPONENTS];
	__u64 zero[2];
};

_Static_assert(sizeof(struct kp_leg) % KP_LINE == 0, "lines of the cache");

/** Before a leg is live, by slot */
struct kp_gate {
	__u64 drained; /**< ns: the sockets were empty then; the relay's */
};

#endif
