/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/per: what a hostile message can make it do is bounded, by the named
 * limits of per.h.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/per_util.h"

static uint8_t in[PER_UTIL_LEN], out[PER_UTIL_LEN];


static int try(const struct per_conf *conf, const char *type, size_t len)
{
	struct per_msg *m;
	struct per *per;
	int err;

	assert_int_equal(per_alloc(&per, conf), 0);
	assert_non_null(per_type_find(per, type));
	err = per_decode(&m, per, per_type_find(per, type), in, len, NULL);
	if (!err)
		per_msg_free(m);
	per_free(per);
	return err;
}


/* GenericParameters within each other: three octets a level. */
static void nesting(void **state)
{
	struct per_conf conf = {0};

	(void)state;
	for (size_t i = 0; i + 3 <= sizeof(in); i += 3)
		memcpy(in + i, "\x00\x07\x01", 3);
	assert_int_equal(try(NULL, "GenericParameter", sizeof(in) - 2),
			 EOVERFLOW);
	/* at its end a value that holds no other */
	memcpy(in + 9, "\x00\x00", 2);
	assert_int_equal(try(NULL, "GenericParameter", 11), 0);
	conf.depth_max = 8;
	assert_int_equal(try(&conf, "GenericParameter", 11), EOVERFLOW);
	/* no one may ask for more than the stack was thought out for */
	conf.depth_max = 1000000;
	memset(in + 9, 0, 2);
	for (size_t i = 0; i + 3 <= sizeof(in); i += 3)
		memcpy(in + i, "\x00\x07\x01", 3);
	assert_int_equal(try(&conf, "GenericParameter", sizeof(in) - 2),
			 EOVERFLOW);
}


/* Lists: as many elements as a length can say, of one octet each or none. */
static void elements(void **state)
{
	struct per_conf conf = {.elements_max = 10};
	size_t len;

	(void)state;
	/* ParameterValue genericParameter with eleven of logical */
	len = per_util_hex(in, sizeof(in), "70 0b 0000 0000 0000 0000 0000"
			   "0000 0000 0000 0000 0000 0000");
	assert_int_equal(try(NULL, "ParameterValue", len), 0);
	assert_int_equal(try(&conf, "ParameterValue", len), EOVERFLOW);
	/* 64K of them are announced and none is there */
	len = per_util_hex(in, sizeof(in), "70 c4 0000");
	assert_int_equal(try(NULL, "ParameterValue", len), EOVERFLOW);
	conf.elements_max = 1000000;
	assert_int_equal(try(&conf, "ParameterValue", len), EBADMSG);
	/* fragments without end */
	in[0] = 0x70;
	memset(in + 1, 0xc1, sizeof(in) - 1);
	assert_true(try(NULL, "ParameterValue", sizeof(in)) != 0);
	memset(in, 0xc5, sizeof(in));
	assert_int_equal(try(NULL, "RandomVal", sizeof(in)), EBADMSG);
}


static void memory(void **state)
{
	struct per_conf conf = {.bytes_max = 4096};
	struct per_util_mem mem = {0};

	(void)state;
	in[0] = 0x60;			/* ParameterValue octetString */
	in[1] = 0x80 | 8000 >> 8;
	in[2] = 8000 & 0xff;
	assert_int_equal(try(&conf, "ParameterValue", 8003), EOVERFLOW);
	conf.bytes_max = 65536;
	per_util_mem(&conf, &mem);
	assert_int_equal(try(&conf, "ParameterValue", 8003), 0);
	assert_int_equal(mem.live, 0);
	assert_true(mem.calls > 0);
}


struct sum {
	struct per *per;
	size_t most;
	size_t n;
};

static void measure(const struct per_type *type, const uint8_t *buf,
		    size_t len, void *arg)
{
	struct sum *s = arg;
	struct per_msg *m;

	assert_int_equal(per_decode(&m, s->per, type, buf, len, NULL), 0);
	assert_true(per_msg_memory(m) <= 64 * 1024);
	per_msg_free(m);
	++s->n;
}


/* What a usual message takes. */
static void memory_of_messages(void **state)
{
	struct sum s = {0};

	(void)state;
	assert_int_equal(per_alloc(&s.per, NULL), 0);
	per_util_each(s.per, "h323.txt", measure, &s);
	assert_true(s.n > 200);
	per_free(s.per);
}


static void wild(const struct per_type *type, const uint8_t *buf, size_t len,
		 void *arg)
{
	struct per *per = arg;
	uint32_t rnd = 12345;
	struct per_msg *m;
	size_t n;

	memcpy(in, buf, len);
	for (unsigned i = 0; i < 200; i++) {
		rnd = rnd * 1664525 + 1013904223;
		in[(rnd >> 8) % len] ^= (uint8_t)(1u << (rnd >> 29));
		if (per_decode(&m, per, type, in, len, NULL))
			continue;
		assert_int_equal(per_msg_encode(m, out, sizeof(out), &n, NULL),
				 0);
		per_msg_free(m);
	}
}


/* Flipped bits: refused, or read and written again. */
static void flipped(void **state)
{
	struct per *per;

	(void)state;
	assert_int_equal(per_alloc(&per, NULL), 0);
	per_util_each(per, "h323.txt", wild, per);
	per_free(per);
}


static void arguments(void **state)
{
	struct per_conf half = {.free_h = NULL};
	struct per_util_mem mem = {0};
	struct per *per = NULL;
	struct per_msg *m;

	(void)state;
	per_util_mem(&half, &mem);
	half.free_h = NULL;
	assert_int_equal(per_alloc(&per, &half), EINVAL);
	assert_int_equal(per_alloc(&per, NULL), 0);
	assert_null(per_type_find(per, "NoSuchType"));
	assert_null(per_type_find(per, "fastStart"));
	assert_int_equal(per_decode(&m, per, NULL, in, 1, NULL), EINVAL);
	assert_int_equal(per_decode(&m, per, per_type_find(per, "RasMessage"),
				    in, 0, NULL), EBADMSG);
	assert_int_equal(per_decode(&m, per, per_type_find(per, "RasMessage"),
				    in, (size_t)PER_LENGTH_MAX + 1, NULL),
			 EOVERFLOW);
	per_msg_free(NULL);
	per_free(per);
	per_free(NULL);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nesting),
		cmocka_unit_test(elements),
		cmocka_unit_test(memory),
		cmocka_unit_test(memory_of_messages),
		cmocka_unit_test(flipped),
		cmocka_unit_test(arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
