/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file wire.h  A party without an IP stack: frames out, a program that counts
 *
 * Two parties on one core do not keep up with 200,000 packets/s through the
 * kernel's UDP. So where there is a device of their own, what they send is
 * written to it as frames (packet(7)), and what comes is counted and dropped at
 * its ingress by a program (wire.bpf.c).
 */
#ifndef POSTERN_BENCH_WIRE_H
#define POSTERN_BENCH_WIRE_H

#include <linux/types.h>
#include "delays.h"

#define WIRE_OURS 0x676f6c72

/** After RTP's fixed header (RFC 3550 §5.1) */
struct wire_stamp {
	__u32 ours;   /* WIRE_OURS */
	__u64 when;   /* sent, ns, of the clock that BPF reads */
	__u8 counts;
} __attribute__((packed));

/** What the program has seen */
struct wire_seen {
	__u64 all;
	__u64 got;		/* that count */
	__u64 delay[DELAYS];
};

#ifndef __bpf__
#include <stddef.h>
#include <sys/socket.h>
#include <netinet/in.h>

enum {
	WIRE_HEADERS = 10 + 14 + 20 + 8, /* virtio_net_hdr, Ethernet, IP, UDP */
};

struct wire;

int  wire_open(struct wire **wp, const char *object, const char *device,
	       const char *mac, size_t payload);
int  wire_fd(const struct wire *w);
void wire_headers(const struct wire *w, char buf[WIRE_HEADERS],
		  const struct sockaddr_in *from,
		  const struct sockaddr_in *to);
int  wire_seen(const struct wire *w, struct wire_seen *seen);
void wire_close(struct wire *w);
#endif

#endif
