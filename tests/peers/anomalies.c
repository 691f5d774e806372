/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages with anomalies, to standard output, each behind its length in four
 * octets:
 *
 *	anomalies ras|signalling EVERY
 *
 * Of them every EVERYth.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include "h323gw/per/per.h"
#include "tests/unit/h323_anomalies.h"


static unsigned long every, number;


static void put(const uint8_t *p, size_t len)
{
	const uint32_t head = htonl((uint32_t)len);

	if (number++ % every)
		return;
	(void)fwrite(&head, sizeof(head), 1, stdout);
	(void)fwrite(p, 1, len, stdout);
}


int main(int argc, char *argv[])
{
	struct per *per;

	every = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	if (!every || per_alloc(&per, NULL))
		return 2;
	if (!strcmp(argv[1], "ras"))
		anomalies_of_ras(per, put);
	else
		anomalies_of_signalling(per, put);
	per_free(per);

	return fflush(stdout) ? 1 : 0;
}
