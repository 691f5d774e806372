/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file holes.c  Free blocks of the usual sizes in a worker's private memory
 */
#include <stddef.h>
#include "glue/compat.h"
#include "core/mem/mem.h"
#include "glue/holes.h"

/* what the headers of a message, its lumps and its reply come to */
static const struct
{
	unsigned size, count;
} blocks[] = {
		{64, 32},
		{128, 32},
		{256, 32},
		{512, 16},
		{1024, 8},
		{4096, 4},
};

enum {
	KINDS = sizeof(blocks) / sizeof(blocks[0]),
	HOLES = 32 + 32 + 32 + 16 + 8 + 4,
};

void holes_make(void)
{
	void *hole[HOLES];
	unsigned n = 0;

	for(unsigned i = 0; i < KINDS; i++) {
		for(unsigned j = 0; j < blocks[i].count; j++) {
			hole[n] = pkg_malloc(blocks[i].size);
			/* stays, and keeps the hole apart from the next */
			if(!hole[n++] || !pkg_malloc(1))
				goto out;
		}
	}
out:
	while(n) {
		n--;
		if(hole[n])
			pkg_free(hole[n]);
	}
}
