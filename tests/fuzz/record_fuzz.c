/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file record_fuzz.c  Any octets as a record; what is taken goes through a
 * batch and comes out again as it was
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "logic/batch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static int same_h(const struct record *r, unsigned place, void *arg)
{
	uint8_t buf[RECORD_MAX];
	size_t len;
	(void)place;
	(void)arg;

	if (record_encode(buf, sizeof(buf), &len, r))
		abort();
	return 0;
}


/* Datagrams one after the other, each with two octets of length in front */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct batch_conf conf = {
		.delay_ms = 1, .full = 8, .max_records = 64,
		.max_bytes = 64 * 1024, .retry_min_ms = 1, .retry_max_ms = 2,
	};
	struct batch *b = NULL;

	if (batch_alloc(&b, &conf))
		return 0;

	while (size >= 2) {
		size_t len = (size_t)(data[0] << 8 | data[1]);
		uint8_t *copy;

		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		/* so that reading past its end is seen */
		copy = malloc(len ? len : 1);
		if (!copy)
			break;
		memcpy(copy, data, len);
		if (batch_add(b, copy, len, 0) == 0)
			(void)batch_each(b, same_h, NULL);
		free(copy);
		data += len;
		size -= len;
		if (len % 7 == 3)
			batch_drop(b, (unsigned)len % 64);
		if (len % 11 == 5)
			(void)batch_drop_contacts(b);
	}
	(void)batch_each(b, same_h, NULL);
	batch_free(b);

	return 0;
}
