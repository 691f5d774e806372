/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/tunnel: what comes in on a media connection, whatever it is: two octets
 * say how it is cut into pieces, and each datagram is sent back.
 */
#include <stdint.h>
#include <stdlib.h>
#include "rpc/libre.h"
#include "tunnel/datagrams.h"
#include "tunnel/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void on_datagram(const uint8_t *p, size_t len, void *arg)
{
	struct datagrams **d = arg;

	if (!len || len > FRAME_DATAGRAM_MAX)
		abort();
	datagrams_put(*d, p, len, 1);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[4096];
	struct datagrams *d = NULL;
	size_t chunk, at = 2;
	uint64_t now = 1;
	int err	     = 0;

	if (size < 3 || datagrams_alloc(&d, on_datagram, &d))
		return 0;
	chunk = 1u + data[0] + (size_t)data[1] * 64;

	while (at < size && !err) {
		const size_t n = chunk < size - at ? chunk : size - at;

		err = datagrams_input(d, data + at, n, now);
		now += 20;
		if (datagrams_output(d, out, sizeof(out), now) > sizeof(out))
			abort();
		at += n;
	}
	mem_deref(d);

	return 0;
}
