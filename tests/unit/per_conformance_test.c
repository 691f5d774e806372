/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/per with values that Erlang/OTP's codec encoded, thousands of all
 * types: each decodes to the same value here and encodes to the same octets.
 * tests/conformance/run made the file, VECTORS; built twice, for the modules of
 * H.323 and for tests/conformance/EXTENSIONS.asn1.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/conformance/vector.h"

static struct per *per;


static int setup(void **state)
{
	(void)state;
	return vector_codec(&per);
}


static int teardown(void **state)
{
	(void)state;
	per_free(per);
	return 0;
}


static FILE *vectors(void)
{
	const char *src = getenv("top_srcdir");
	char command[4096];
	FILE *f;

	(void)snprintf(command, sizeof(command),
		       "xz -dc '%s/tests/vectors/" VECTORS "'",
		       src ? src : ".");
	f = popen(command, "r");
	assert_non_null(f);
	return f;
}


static void all(void **state)
{
	size_t count = 0, wrong = 0, nested = 0, size = 0;
	char *line = NULL;
	FILE *f = vectors();

	(void)state;
	while (getline(&line, &size, f) > 0) {
		struct vector_result r;

		++count;
		vector_check(&r, per, line);
		if (r.what && ++wrong < 10)
			print_message("line %zu, %s: %s: %.200s\n", count,
				      line, r.what, r.seen ? r.seen : "");
		nested += r.nested;
		free(r.seen);
	}
	free(line);
	assert_int_equal(pclose(f), 0);
	print_message("%zu values, %zu messages within them\n", count, nested);
	assert_int_equal(wrong, 0);
	assert_true(count >= VECTORS_LEAST);
}


/* One octet or one character that is different would have been noticed. */
static void differences(void **state)
{
	struct vector_result r;
	char *line = NULL, *copy, *text;
	size_t size = 0;
	FILE *f = vectors();

	(void)state;
	do
		assert_true(getline(&line, &size, f) > 0);
	while (!strpbrk(line, "{") || !strpbrk(line, "0123456789}"));
	copy = strdup(line);
	assert_non_null(copy);

	vector_check(&r, per, copy);
	assert_null(r.what);
	free(r.seen);

	strcpy(copy, line);
	text = strrchr(copy, ' ');
	text[1] = '[';
	vector_check(&r, per, copy);
	assert_string_equal(r.what, "it decodes to another value");
	free(r.seen);

	strcpy(copy, line);
	text = strchr(copy, ' ');
	text[1] = text[1] == '8' ? '0' : '8';
	vector_check(&r, per, copy);
	assert_non_null(r.what);
	free(r.seen);

	free(copy);
	free(line);
	/* xz may not like that nobody reads on */
	(void)pclose(f);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all),
		cmocka_unit_test(differences),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
