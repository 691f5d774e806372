/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay: any JSON as parameters of session.open and session.update. It is read
 * whole, within the limits, or refused with a sentence.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "relay/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void check(bool good)
{
	if (!good)
		abort();
}


static void within_limits(const struct session_req *r)
{
	check(r->streamc <= STREAMS_MAX);
	check(r->id && *r->id && strlen(r->id) <= ID_LEN_MAX);
	check(r->timeout >= -1 && r->timeout <= TIMEOUT_MAX);
	check(r->hold >= -1 && r->hold <= 1);

	for (size_t i = 0; i < r->streamc; i++) {
		const struct stream_req *st = &r->streamv[i];

		check(st->index <= STREAM_INDEX_MAX);
		for (size_t k = 0; k < i; k++)
			check(r->streamv[k].index != st->index);
		for (int k = 0; k < 2; k++) {
			const struct leg_req *leg = &st->leg[k];

			check(!(leg->clear & ~leg->set));
			check(leg->dscp <= 63);
		}
	}
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session_req *r = malloc(sizeof(*r));
	struct rpc_error err  = {0};
	json_t *params;

	check(r);
	params = json_loadb((const char *)data, size, 0, NULL);
	if (params) {
		if (session_req_decode(r, params, &err))
			check(err.code != 0 && *err.message);
		else
			within_limits(r);
	}

	json_decref(params);
	free(r);
	return 0;
}
