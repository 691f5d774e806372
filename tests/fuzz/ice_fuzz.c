/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay: any datagram as an ICE connectivity check. The first octet chooses
 * between an agent that knows the other's user fragment and one that does not.
 * Nothing that was not made with our password is authentic; what was is in the
 * corpus, and only that may be.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "rpc/libre.h"
#include "relay/ice.h"

#define PWD "0123456789abcdefghijkl"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static const struct ice_req agents[] = {
	{"ours", PWD, NULL, NULL},
	{"ours", PWD, "them", "their password, 22 chars"},
};


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ice_check check = {0};
	struct mbuf *answer;
	struct ice *ice = NULL;
	struct addr src;
	int code;

	if (!size || addr_parse(&src, "203.0.113.7", 4000))
		return 0;

	answer = mbuf_alloc(256);
	if (answer && !ice_alloc(&ice, &agents[data[0] & 1])) {
		code = ice_answer(ice, data + 1, size - 1, &src, &check,
				  answer);
		/* who is not authentic nominates nobody */
		if (check.nominated && !check.authentic)
			abort();
		/* an answer is a whole STUN message, or none */
		if (code >= 0 && answer->end && answer->end < 20)
			abort();
	}

	mem_deref(ice);
	mem_deref(answer);
	return 0;
}
