/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/rpc: any octets as they would come from a socket, in pieces whose size
 * the first octet gives. What decodes must encode to a line that decodes.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rpc/line.h"
#include "rpc/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void one_line(const char *line, size_t len)
{
	struct rpc_error err;
	struct rpc_msg m, back;
	size_t outlen;
	char *out;

	if (!rpc_msg_decode(&m, line, len, &err) && m.type == RPC_REQUEST &&
	    !rpc_request_encode(&out, &outlen, 1, m.method, m.params)) {
		if (rpc_msg_decode(&back, out, outlen, NULL) ||
		    strcmp(back.method, m.method) ||
		    (m.params && !json_equal(back.params, m.params))) {
			fprintf(stderr, "rpc: not the same: %s\n", out);
			abort();
		}
		rpc_msg_reset(&back);
		free(out);
	}
	rpc_msg_reset(&m);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rpc_linebuf lb = {0};
	size_t step = size ? data[0] % 64 + 1u : 1;

	for (size_t off = 1; off < size;) {
		const char *line;
		size_t n, len;
		char *p;

		if (rpc_linebuf_space(&lb, &p, &n))
			break;
		n = n < step ? n : step;
		n = n < size - off ? n : size - off;
		memcpy(p, data + off, n);
		rpc_linebuf_fill(&lb, n);
		off += n;
		while (rpc_linebuf_next(&lb, &line, &len))
			one_line(line, len);
	}
	rpc_linebuf_reset(&lb);
	return 0;
}
