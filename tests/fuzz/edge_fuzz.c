/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modules/traversal: whatever a terminal sends, and is sent: it is read to its
 * end and no further, what follows the headers is not touched, and what goes in
 * and out again unchanged by anybody comes to the same for both. Text in which
 * addresses are hidden comes back as it was, whatever it is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "edge/edge.h"

enum {
	TEXT_MAX = 1024,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void hidden(const char *text, size_t len, const struct edge *e)
{
	char far[64 * TEXT_MAX], back[2 * TEXT_MAX];
	size_t n = 0, m = 0;

	if (edge_text(far, sizeof(far), &n, text, len, e))
		return;
	if (edge_text(back, sizeof(back), &m, far, n, e) || m != len ||
	    memcmp(back, text, len))
		abort();
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char in[65536], out[65536];
	struct edge e = {0};
	char *copy;
	size_t n, m;

	if (size > 16384 || addr_parse(&e.self, "203.0.113.10", 5060) ||
	    addr_parse(&e.channel, "203.0.113.10", 10042) ||
	    addr_parse(&e.door, "10.0.0.2", 5060) ||
	    addr_parse(&e.terminal, "10.0.0.5", 5062))
		return 0;

	e.transport = size ? data[size - 1] % EDGE_TRANSPORTS : EDGE_UDP;

	/* of just its size, so that reading on is noticed */
	copy = malloc(size ? size : 1);
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (!edge_in(in, sizeof(in), &n, copy, size, &e)) {
		if (n > sizeof(in))
			abort();
		(void)edge_out(out, sizeof(out), &m, in, n, &e);
	}
	(void)edge_out(out, sizeof(out), &m, copy, size, &e);
	e.hides = true;
	hidden(copy, size < TEXT_MAX ? size : TEXT_MAX, &e);
	if (!edge_in(in, sizeof(in), &n, copy, size, &e))
		(void)edge_out(out, sizeof(out), &m, in, n, &e);
	if (!edge_in(in, size / 2, &n, copy, size, &e) && n > size / 2)
		abort();
	free(copy);
	return 0;
}
