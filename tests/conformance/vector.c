/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vectors against our codec. No state but that of one call.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tests/conformance/text.h"
#include "tests/conformance/vector.h"

enum {
	ELEMENTS_MAX = 1 << 20,
	BYTES_MAX    = 1 << 26,
};


int vector_codec(struct per **perp)
{
	static const struct per_conf conf = {
		.elements_max = ELEMENTS_MAX,
		.bytes_max    = BYTES_MAX,
	};

	return per_alloc(perp, &conf);
}


static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}


/* Hexadecimal digits to octets, where they stand. False: others */
static bool octets(char *hex, size_t *lenp)
{
	uint8_t *to = (uint8_t *)hex;
	size_t n = 0;

	for (; hex[2 * n]; n++) {
		const int hi = digit(hex[2 * n]);
		const int lo = hi < 0 ? -1 : digit(hex[2 * n + 1]);

		if (lo < 0)
			return false;
		to[n] = (uint8_t)(hi << 4 | lo);
	}
	*lenp = n;
	return true;
}


static const char *encode_check(const struct per_msg *m, const uint8_t *buf,
				size_t len, const char *what)
{
	const size_t size = len + 64;
	uint8_t *out = malloc(size);
	size_t n = 0;

	if (!out)
		return "there is no memory for it";
	if (per_msg_encode(m, out, size, &n, NULL) || n != len ||
	    memcmp(out, buf, len) != 0) {
		free(out);
		return what;
	}
	free(out);
	return NULL;
}


/* Messages within the message, the innermost first. */
static const char *nested_check(struct per_msg *m, size_t *count)
{
	const struct per_nested *nested;
	size_t i = per_msg_nested(m, &nested);

	while (i--) {
		if (!nested[i].value)
			continue;
		if (per_nested_changed(m, &nested[i]))
			return "a message within it does not encode";
		++*count;
	}
	return NULL;
}


static const char *check(struct vector_result *r, struct per_msg *m,
			 const struct per *per, const uint8_t *buf, size_t len,
			 const char *text)
{
	const char *what;

	if (per_msg_len(m) != len)
		return "octets are left over";
	if (text_of(&r->seen, per, per_msg_type(m), per_msg_value(m)))
		return "its value can't be written";
	if (strcmp(r->seen, text) != 0)
		return "it decodes to another value";
	what = encode_check(m, buf, len, "it encodes to other octets");
	if (what)
		return what;
	what = nested_check(m, &r->nested);
	if (what || !r->nested)
		return what;
	return encode_check(m, buf, len,
			    "a message within encodes to other octets");
}


void vector_check(struct vector_result *r, const struct per *per, char *line)
{
	char *end, *hex = strchr(line, ' ');
	char *text = hex ? strchr(hex + 1, ' ') : NULL;
	const struct per_type *type;
	struct per_msg *m;
	size_t len;

	memset(r, 0, sizeof(*r));
	r->what = "it is no vector";
	if (!text)
		return;
	*hex++ = '\0';
	*text++ = '\0';
	end = strchr(text, '\n');
	if (end)
		*end = '\0';
	type = per_type_find(per, line);
	if (!type) {
		r->what = "the type is not known";
		return;
	}
	if (!octets(hex, &len))
		return;
	r->what = "it does not decode";
	if (per_decode(&m, per, type, (uint8_t *)hex, len, NULL))
		return;
	r->what = check(r, m, per, (uint8_t *)hex, len, text);
	per_msg_free(m);
}


int vector_write(FILE *f, const struct per *per, const char *name,
		 const struct per_msg *msg)
{
	enum { ROOM = PER_LENGTH_MAX };
	uint8_t *out = malloc(ROOM);
	char *text = NULL;
	size_t n;
	int err = ENOMEM;

	if (!out)
		return err;
	err = per_msg_encode(msg, out, ROOM, &n, NULL);
	if (err)
		goto out;
	err = text_of(&text, per, per_msg_type(msg), per_msg_value(msg));
	if (err)
		goto out;
	fprintf(f, "%s ", name);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%02X", out[i]);
	fprintf(f, " %s\n", text);

 out:
	free(text);
	free(out);
	return err;
}
