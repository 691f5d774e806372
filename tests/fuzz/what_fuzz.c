/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/bytes: what a channel is for, by anybody: read, said again the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "bytes/what.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static bool same(const struct addr *a, const struct addr *b)
{
	return addr_is_set(a) ? addr_eq(a, b) : !addr_is_set(b);
}


static void call(const char *data, size_t size)
{
	struct what_h225 w, again;
	char text[WHAT_LEN];
	size_t n;

	if (what_h225_decode(&w, data, size))
		return;
	n = what_h225_encode(&w, text);
	if (n >= sizeof(text) || what_h225_decode(&again, text, n) ||
	    !same(&w.to, &again.to) || !same(&w.from, &again.from) ||
	    !same(&w.local, &again.local) || strcmp(w.key, again.key) ||
	    w.again != again.again ||
	    (w.again && w.received != again.received) ||
	    (!addr_is_set(&w.to) && w.id != again.id))
		abort();
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct what_service s, again;
	struct what_tcp t, t2;
	char text[WHAT_LEN];
	size_t n;

	call((const char *)data, size);
	if (!what_tcp_decode(&t, (const char *)data, size)) {
		n = what_tcp_encode(&t, text);
		if (n >= sizeof(text) || what_tcp_decode(&t2, text, n) ||
		    t.id != t2.id || !same(&t.to, &t2.to) ||
		    !same(&t.from, &t2.from))
			abort();
	}
	if (what_service_decode(&s, (const char *)data, size))
		return 0;

	n = what_service_encode(&s, text);
	if (n >= sizeof(text) || what_service_decode(&again, text, n) ||
	    !same(&s.to, &again.to) || s.ask != again.ask ||
	    !same(&s.from, &again.from))
		abort();

	return 0;
}
