/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of h323gw/per share. Owns nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/per_util.h"


static int digit(char c)
{
	const char *all = "0123456789abcdef";
	const char *p = c ? strchr(all, c) : NULL;

	return p ? (int)(p - all) : -1;
}


size_t per_util_hex(uint8_t *buf, size_t size, const char *hex)
{
	size_t n = 0;

	while (*hex && n < size) {
		if (digit(hex[0]) < 0) {
			++hex;
			continue;
		}
		if (digit(hex[1]) < 0)
			break;
		buf[n++] = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
		hex += 2;
	}
	return n;
}


size_t per_util_each(const struct per *per, const char *file, per_util_h *h,
		     void *arg)
{
	const char *src = getenv("top_srcdir");
	char path[4096], *line = NULL, *blank;
	uint8_t *buf = malloc(PER_UTIL_LEN);
	size_t n = 0, size = 0, len;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/tests/vectors/%s",
		       src ? src : ".", file);
	f = fopen(path, "r");
	while (f && buf && getline(&line, &size, f) > 0) {
		const struct per_type *type;

		blank = strchr(line, ' ');
		if (line[0] == '#' || !blank)
			continue;
		*blank = '\0';
		type = per_type_find(per, line);
		len = per_util_hex(buf, PER_UTIL_LEN, blank + 1);
		h(type, buf, len, arg);
		++n;
	}
	if (f)
		fclose(f);
	free(line);
	free(buf);
	return n;
}


static void *take(size_t size, void *arg)
{
	struct per_util_mem *mem = arg;
	void *p;

	if (++mem->calls == mem->fail_at)
		return NULL;
	p = malloc(size);
	/* nothing may rely on memory being zero */
	if (p) {
		memset(p, 0xa5, size);
		++mem->live;
	}
	return p;
}


static void give(void *p, void *arg)
{
	struct per_util_mem *mem = arg;

	--mem->live;
	free(p);
}


void per_util_mem(struct per_conf *conf, struct per_util_mem *mem)
{
	conf->alloc_h = take;
	conf->free_h = give;
	conf->arg = mem;
}
