/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our side of the conformance test (see run): what the codec reads, and what it
 * makes.
 *
 *	values types             all types it knows, a line each
 *	values check < VECTORS   exit status 1 if one is wrong
 *	values make SEED COUNT BUDGET FAULTS TYPE...
 *	                         vectors, half of them of the types named;
 *	                         FAULTS, with commas: "empty_string", "long_text"
 *
 * Ends with a line "#NAME COUNT" for all that it counted.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/conformance/make.h"
#include "tests/conformance/vector.h"

enum {
	SHOWN	  = 20,		/* vectors that are wrong, at most */
	TYPES_MAX = 4096,
};

struct names {
	const char *name[TYPES_MAX];
	size_t count;
};


static const char *const faults[MAKER_FAULTS] = {
	[MAKER_EMPTY_STRING] = "empty_string",
	[MAKER_LONG_TEXT]    = "long_text",
};


static void name_print(const char *name, void *arg)
{
	(void)arg;
	printf("%s\n", name);
}


static void name_note(const char *name, void *arg)
{
	struct names *names = arg;

	if (names->count < TYPES_MAX)
		names->name[names->count++] = name;
}


static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}


static int check(const struct per *per)
{
	size_t wrong = 0, count = 0, nested = 0, size = 0;
	struct vector_result r;
	char *line = NULL, *copy;

	while (getline(&line, &size, stdin) > 0) {
		copy = strdup(line);
		if (!copy)
			return 1;
		vector_check(&r, per, line);
		if (r.what && ++wrong <= SHOWN)
			printf("%s: %.2000s\n  read: %.2000s\n", r.what, copy,
			       r.seen ? r.seen : "");
		nested += r.nested;
		++count;
		free(r.seen);
		free(copy);
	}
	free(line);
	printf("#read %zu\n#wrong %zu\n#nested %zu\n", count, wrong, nested);
	return wrong || !count;
}


static int make(const struct per *per, char *argv[])
{
	const uint64_t seed = strtoull(argv[0], NULL, 10);
	const uint64_t count = strtoull(argv[1], NULL, 10);
	const unsigned budget = (unsigned)strtoul(argv[2], NULL, 10);
	struct names top = {.count = 0}, all = {.count = 0};
	struct maker *mk;
	int err = maker_alloc(&mk, per, seed, budget);

	if (err)
		return 1;
	for (int i = 0; i < MAKER_FAULTS; i++) {
		if (strstr(argv[3], faults[i]))
			maker_avoid(mk, (enum maker_fault)i);
	}
	for (char **p = &argv[4]; *p; p++)
		name_note(*p, &top);
	maker_types(per, name_note, &all);
	/* the tables' own order depends on where they lie */
	qsort(all.name, all.count, sizeof(*all.name), by_name);
	for (uint64_t i = 0; i < count && !err; i++) {
		const struct names *n = i % 2 && top.count ? &top : &all;
		const char *name = n->name[i / 2 % n->count];
		struct per_msg *m;

		err = maker_make(&m, mk, per_type_find(per, name), i);
		if (!err) {
			err = vector_write(stdout, per, name, m);
			per_msg_free(m);
		}
		if (err)
			fprintf(stderr, "%s %" PRIu64 ": %s\n", name, i,
				strerror(err));
	}
	for (int i = 0; i < MAKER_FAULTS; i++)
		printf("#turned_away_%s %zu\n", faults[i],
		       maker_turned_away(mk, (enum maker_fault)i));
	maker_free(mk);
	return err != 0;
}


int main(int argc, char *argv[])
{
	struct per *per;
	int status = 2;

	if (vector_codec(&per))
		return 1;
	if (argc == 2 && !strcmp(argv[1], "types")) {
		maker_types(per, name_print, NULL);
		status = 0;
	}
	else if (argc == 2 && !strcmp(argv[1], "check"))
		status = check(per);
	else if (argc > 5 && !strcmp(argv[1], "make"))
		status = make(per, &argv[2]);
	else
		fprintf(stderr, "usage: values types | check | make ...\n");
	per_free(per);
	return status;
}
