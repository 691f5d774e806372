/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent: signalled: any octets as a SIP message that goes through the agent */
#include <stdint.h>
#include <stdlib.h>
#include "rpc/libre.h"
#include "../../agent/signalled.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct signalled *s = NULL;

	if (signalled_alloc(&s))
		abort();
	(void)signalled_message(s, SIGNALLED_OURS, data, size);
	mem_deref(s);

	return 0;
}
