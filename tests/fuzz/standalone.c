/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file standalone.c  A main() for fuzz targets where there is no libFuzzer
 *
 * Runs the target over each file it is given, or each file of a folder;
 * without arguments over the target's own corpus, so that "make check" replays
 * what fuzzing once found. Speaks TAP: one test, and a crash or a sanitizer's
 * report fails it.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static int run_file(const char *path)
{
	uint8_t *data = NULL;
	FILE *f = fopen(path, "rb");
	struct stat st;
	int err = 0;

	if (!f || fstat(fileno(f), &st)) {
		err = errno;
		goto out;
	}

	/* exactly as long as the input, so that reading on is noticed */
	data = malloc((size_t)st.st_size + !st.st_size);
	if (!data) {
		err = ENOMEM;
		goto out;
	}

	if (fread(data, 1, (size_t)st.st_size, f) != (size_t)st.st_size) {
		err = EIO;
		goto out;
	}

	printf("# %s\n", path);
	(void)LLVMFuzzerTestOneInput(data, (size_t)st.st_size);

 out:
	free(data);
	if (f)
		fclose(f);

	return err;
}


static int is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}


static int run(const char *path, unsigned *count)
{
	struct dirent **entries;
	char sub[4096];
	int err = 0, i, n;

	n = scandir(path, &entries, is_visible, alphasort);
	if (n < 0) {
		if (errno != ENOTDIR)
			return errno;

		++*count;
		return run_file(path);
	}

	for (i = 0; i < n; i++) {
		if (!err && (size_t)snprintf(sub, sizeof(sub), "%s/%s", path,
					     entries[i]->d_name) <
				    sizeof(sub))
			err = run(sub, count);

		free(entries[i]);
	}
	free(entries);

	return err;
}


/** ".../lt-conf_fuzz" has its corpus in tests/fuzz/corpus/conf */
static void corpus_path(char *buf, size_t size, const char *argv0)
{
	const char *src = getenv("top_srcdir");
	const char *name = strrchr(argv0, '/');
	size_t len;

	name = name ? name + 1 : argv0;
	if (!strncmp(name, "lt-", 3))
		name += 3;

	len = strlen(name);
	if (len > 5 && !strcmp(name + len - 5, "_fuzz"))
		len -= 5;

	(void)snprintf(buf, size, "%s/tests/fuzz/corpus/%.*s",
		       src ? src : ".", (int)len, name);
}


int main(int argc, char *argv[])
{
	char corpus[4096];
	unsigned count = 0;
	int err = 0, i;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..1\n");

	if (argc < 2) {
		corpus_path(corpus, sizeof(corpus), argv[0]);
		err = run(corpus, &count);
	}

	for (i = 1; i < argc && !err; i++)
		err = run(argv[i], &count);

	if (err)
		printf("not ok 1 - corpus (%s)\n", strerror(err));
	else if (!count)
		printf("not ok 1 - corpus (no file in it)\n");
	else
		printf("ok 1 - corpus (%u files)\n", count);

	return err || !count;
}
