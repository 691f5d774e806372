/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/bytes: MSRP by anybody. In one piece or in many, the same comes out; and
 * where the paths' hosts are what they are to be, nothing is changed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "rpc/libre.h"
#include "bytes/msrp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* in pieces of n octets; 0: in one */
static struct mbuf *passed(const uint8_t *p, size_t len, size_t n)
{
	struct mbuf *mb = mbuf_alloc(len + 1);
	struct msrp *m	= NULL;
	int err = mb ? msrp_alloc(&m, "h:1", "h:1") : 1;

	if (!n)
		n = len ? len : 1;
	for (size_t i = 0; i < len && !err; i += n)
		err = msrp_pass(m, mb, p + i, n < len - i ? n : len - i);
	if (err || msrp_flush(m, mb))
		abort();
	mem_deref(m);

	return mb;
}


static void same(const struct mbuf *a, const struct mbuf *b)
{
	if (a->end != b->end || (a->end && memcmp(a->buf, b->buf, a->end)))
		abort();
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mbuf *whole, *pieces, *again;

	if (!size)
		return 0;
	whole  = passed(data + 1, size - 1, 0);
	pieces = passed(data + 1, size - 1, data[0] % 64 + 1u);
	same(whole, pieces);
	again = passed(whole->buf, whole->end, data[0] % 7 + 1u);
	/* a line too long to look at may be short enough now */
	if (size <= MSRP_LINE_MAX)
		same(whole, again);
	mem_deref(whole);
	mem_deref(pieces);
	mem_deref(again);

	return 0;
}
