/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/media: probes anybody may send: what is read writes back to the same
 * octets, only the token that was given serves, and what was tried does not
 * keep it from that.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "media/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct token t = {.given = {1, 2, 3}, .until = 10, .id = 1,
			  .is_given = true};
	struct probe pr = {.id = 1, .token = {1, 2, 3}}, got;
	uint8_t good[PROBE_LEN], again[PROBE_LEN];
	static const uint8_t types[] = {PROBE_ALIVE, PROBE_ANSWER};
	struct bare_head head;
	struct sign sign;

	probe_encode(good, &pr);
	for (size_t i = 0; i < sizeof(types); i++) {
		if (sign_decode(&sign, types[i], data, size))
			continue;
		sign_encode(again, types[i], &sign);
		if (size != ALIVE_LEN || memcmp(again, data, size))
			abort();
	}
	if (!bare_head_decode(&head, data, size)) {
		bare_head_encode(again, &head);
		if (size <= BARE_HEADER || memcmp(again, data, BARE_HEADER))
			abort();
	}
	if (!probe_decode(&got, data, size)) {
		probe_encode(again, &got);
		if (!probe_is(data, size) || size != PROBE_LEN ||
		    memcmp(again, data, size))
			abort();
		if (token_serve(&t, &got, 10) == TOKEN_GOOD)
			abort();
		if (token_serve(&t, &got, 9) == TOKEN_GOOD &&
		    memcmp(data, good, size))
			abort();
	}
	switch (token_serve(&t, &pr, 9)) {

	case TOKEN_GOOD:
		break;
	case TOKEN_REPLAYED:
		if (size == PROBE_LEN && !memcmp(data, good, size))
			break;
		abort();
	default:
		abort();
	}

	return 0;
}
