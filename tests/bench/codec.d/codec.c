/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long the codec takes for one message, again and again on one core: reads
 * lines "NAME TYPE HEX", prints "NAME OPERATION NANOSECONDS" of each. Options:
 * how many milliseconds for each figure.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "h323gw/per/per.h"


enum {
	ROOM  = 100000,
	BATCH = 256,
};

struct bench {
	struct per *per;
	const struct per_type *type;
	struct per_msg *msg;
	uint8_t buf[ROOM], out[ROOM];
	size_t len, n;
	size_t memory;
};


static double seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}


static bool other(const struct per_addr *a, struct per_ipport *to, void *arg)
{
	(void)a;
	(void)arg;

	to->ip[0]  = 198;
	to->port  ^= 1;
	return true;
}


static bool decode(struct bench *b)
{
	struct per_msg *m;

	if (per_decode(&m, b->per, b->type, b->buf, b->len, NULL))
		return false;
	b->memory = per_msg_memory(m);
	per_msg_free(m);
	return true;
}


static bool encode(struct bench *b)
{
	return !per_msg_encode(b->msg, b->out, ROOM, &b->n, NULL);
}


static bool rewrite(struct bench *b)
{
	return !per_rewrite(b->per, b->type, b->buf, b->len, other, NULL,
			    b->out, ROOM, &b->n, NULL);
}


static bool copy(struct bench *b)
{
	memcpy(b->out, b->buf, b->len);
	/* or it would be left out */
	__asm__ volatile("" : : "r"(b->out) : "memory");
	return true;
}


static void measure(const char *name, const char *what,
		    bool (*op)(struct bench *b), struct bench *b, double least)
{
	double begin = seconds(), now;
	unsigned long n = 0;

	do {
		for (int i = 0; i < BATCH; i++) {
			if (!op(b)) {
				fprintf(stderr, "%s: %s failed\n", name, what);
				exit(1);
			}
		}
		n += BATCH;
		now = seconds();
	} while (now - begin < least);
	printf("%s %s %.1f\n", name, what, (now - begin) / (double)n * 1e9);
}


static size_t octets(uint8_t *to, const char *hex)
{
	unsigned v;
	size_t n = 0;

	while (n < ROOM && sscanf(hex, "%2x", &v) == 1 && hex[0] && hex[1]) {
		to[n++] = (uint8_t)v;
		hex += 2;
	}
	return n;
}


int main(int argc, char *argv[])
{
	static struct bench b;
	static char line[2 * ROOM + 200], hex[2 * ROOM + 1];
	const double least = (argc > 1 ? atof(argv[1]) : 200) / 1000;
	char name[64], type[64];

	if (per_alloc(&b.per, NULL))
		return 1;
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%63s %63s %200000s", name, type, hex) != 3)
			continue;
		b.type = per_type_find(b.per, type);
		b.len  = octets(b.buf, hex);
		if (!b.type || per_decode(&b.msg, b.per, b.type, b.buf, b.len,
					  NULL)) {
			fprintf(stderr, "%s: does not decode\n", name);
			return 1;
		}
		measure(name, "decode", decode, &b, least);
		measure(name, "encode", encode, &b, least);
		measure(name, "rewrite", rewrite, &b, least);
		measure(name, "copy", copy, &b, least);
		printf("%s memory %zu\n%s octets %zu\n", name, b.memory, name,
		       b.len);
		per_msg_free(b.msg);
	}
	per_free(b.per);
	return 0;
}
