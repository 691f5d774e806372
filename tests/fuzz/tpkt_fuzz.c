/* SPDX-License-Identifier: GPL-2.0-or-later */
/* h323gw/tpkt: in pieces and at once, the same messages come out. */
#include <stdint.h>
#include <stdlib.h>
#include "h323gw/tpkt/tpkt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


struct got {
	unsigned n;
	uint64_t digest;
};


static int on_message(const uint8_t *p, size_t len, void *arg)
{
	struct got *g = arg;

	++g->n;
	for (size_t i = 0; i < len; i++)
		g->digest = g->digest * 31 + p[i];
	return 0;
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct got a = {0}, b = {0};
	struct tpkt *t, *u;
	size_t chunk, at;
	int one, two = 0;

	if (!size || tpkt_alloc(&t, 0) || tpkt_alloc(&u, 0))
		return 0;
	chunk = 1u + data[0] % 64;
	one   = tpkt_feed(t, data + 1, size - 1, on_message, &a);
	for (at = 1; at < size; at += chunk)
		two = tpkt_feed(u, data + at,
				chunk < size - at ? chunk : size - at,
				on_message, &b);
	if (one != two || a.n != b.n || a.digest != b.digest)
		abort();
	tpkt_free(t);
	tpkt_free(u);

	return 0;
}
