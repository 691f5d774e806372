/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file party.h  One end of all streams: sends, receives, counts
 *
 * All streams share its address; the relay's port tells them apart.
 */
#ifndef POSTERN_BENCH_PARTY_H
#define POSTERN_BENCH_PARTY_H

#include <stdint.h>
#include "plan.h"
#include "wire.h"

enum {
	PARTY_PACKET = 172, /* octets of RTP */
};

/** Where a party is; without an object it is a UDP socket */
struct party_place {
	const char *namespace;	/**< or NULL: where we are */
	const char *object;	/**< wire.bpf.c, compiled, or NULL */
	const char *device;
	const char *mac;	/**< next hop's */
};

struct party;

int  party_open(struct party **pp, const struct party_place *at,
		const struct plan_stream *sv, size_t n, int side);
uint64_t party_clock(const struct party *p);
void party_send(struct party *p, size_t first, size_t n, bool counts);
void party_recv(struct party *p);
int  party_seen(struct party *p, struct wire_seen *seen);
void party_close(struct party *p);

#endif
