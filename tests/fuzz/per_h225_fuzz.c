/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/per: any octets as call signalling.
 */
#include "tests/fuzz/per_fuzz.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_type("H323-UserInformation", data, size);
	return 0;
}
