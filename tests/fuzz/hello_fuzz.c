/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/tunnel: what is said first, by anybody: read, and said again the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "tunnel/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	struct hello h, h2;
	struct welcome w;
	struct refuse r;

	(void)welcome_decode(&w, p, size);
	(void)refuse_decode(&r, p, size);
	if (!hello_decode(&h, p, size)) {
		char *text = hello_encode(&h);

		if (!text || hello_decode(&h2, text, strlen(text)) ||
		    strcmp(h.agent, h2.agent) || strcmp(h.proof, h2.proof) ||
		    strcmp(h.session, h2.session) || strcmp(h.hide, h2.hide))
			abort();
		free(text);
	}

	return 0;
}
