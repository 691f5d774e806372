/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/tunnel/connect: what a proxy answers, in one piece and octet by octet:
 * the result is the same, and says of no octet that it is the head's that did
 * not come.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "tunnel/connect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void check(int good)
{
	if (!good)
		abort();
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct connect_answer whole = {0}, part = {0};
	int err, e = EAGAIN;
	size_t n;

	if (size > 2 * CONNECT_ANSWER_MAX)
		return 0;

	err = connect_answer_decode(&whole, data, size);
	if (err)
		check(err == EAGAIN || err == EPROTO);
	else
		check(whole.len <= size && whole.status >= 100 &&
		      whole.status <= 599 &&
		      strlen(whole.reason) <= CONNECT_REASON_MAX);

	for (n = 0; n <= size && e == EAGAIN; n++)
		e = connect_answer_decode(&part, data, n);
	if (!err && whole.len <= CONNECT_ANSWER_MAX)
		check(!e && part.status == whole.status &&
		      part.len == whole.len &&
		      !strcmp(part.reason, whole.reason));

	return 0;
}
