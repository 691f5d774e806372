/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bare_tc.h  What the bare TC forwarder's loader tells its program
 */
#ifndef POSTERN_BENCH_BARE_TC_H
#define POSTERN_BENCH_BARE_TC_H

/** Where what comes in for one of the relay's ports goes; network order */
struct bare_rule {
	__be32 saddr, daddr;
	__be16 sport, dport;
	__u32 ifindex; /* 0: no rule */
	__u8 dmac[6], smac[6];
};

#endif
