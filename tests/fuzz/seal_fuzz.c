/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/media: datagrams anybody may send: without the key nothing opens, and
 * what was tried does not keep the real ones out.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "media/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct seal_secret secret = {.key = {1}, .salt = {2}};
	static uint8_t out[65536], good[64];
	struct sealer *s = NULL;
	struct opener *o = NULL;
	struct seal_head h;
	size_t n, len;

	if (sealer_alloc(&s, SEAL_AES_128_GCM, &secret, 1) ||
	    opener_alloc(&o, SEAL_AES_128_GCM, &secret, 1))
		abort();
	if (seal(s, false, good, sizeof(good), &len, (const uint8_t *)"x", 1))
		abort();

	if (!seal_open(o, &h, out, sizeof(out), &n, data, size) &&
	    (size != len || memcmp(data, good, len)))
		abort();
	(void)seal_open(o, &h, out, sizeof(out), &n, good, len);
	if (seal(s, true, good, sizeof(good), &len, NULL, 0) ||
	    seal_open(o, &h, out, sizeof(out), &n, good, len) || n || !h.rtcp)
		abort();

	sealer_free(s);
	opener_free(o);
	return 0;
}
