/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/wire: what is written is read, and a step too far is the last one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "wire/wire.h"


static void numbers_come_back(void **state)
{
	uint8_t b[18 + 3];
	struct wire w;
	(void)state;

	wire_write(&w, b, sizeof(b));
	wire_put_u8(&w, 0x01);
	wire_put_u16(&w, 0x0203);
	wire_put_u24(&w, 0x040506);
	wire_put_u32(&w, 0x0708090a);
	wire_put_u64(&w, 0x0b0c0d0e0f101112);
	wire_put(&w, "end", 3);
	assert_false(wire_error(&w));
	assert_int_equal(wire_tell(&w), sizeof(b));
	for (int i = 0; i < 18; i++)
		assert_int_equal(b[i], i + 1);

	wire_read(&w, b, sizeof(b));
	assert_int_equal(wire_u8(&w), 0x01);
	assert_int_equal(wire_u16(&w), 0x0203);
	assert_int_equal(wire_u24(&w), 0x040506);
	assert_int_equal(wire_u32(&w), 0x0708090a);
	assert_true(wire_u64(&w) == 0x0b0c0d0e0f101112);
	assert_memory_equal(wire_octets(&w, 3), "end", 3);
	assert_int_equal(wire_left(&w), 0);
	assert_false(wire_error(&w));
}


static void a_step_too_far_is_the_last(void **state)
{
	uint8_t b[4] = {1, 2, 3, 4};
	struct wire w, sub;
	(void)state;

	wire_read(&w, b, sizeof(b));
	wire_skip(&w, 3);
	assert_int_equal(wire_u16(&w), 0);
	assert_true(wire_error(&w));
	assert_int_equal(wire_u8(&w), 0); /* though there is one */
	assert_int_equal(wire_left(&w), 0);
	assert_null(wire_octets(&w, 0));

	wire_read(&w, b, sizeof(b));
	sub = wire_sub(&w, 2);
	assert_int_equal(wire_left(&sub), 2);
	assert_int_equal(wire_u16(&sub), 0x0102);
	assert_int_equal(wire_u8(&w), 3);
	sub = wire_sub(&w, 2);
	assert_true(wire_error(&sub));
	assert_true(wire_error(&w));

	wire_read(&w, b, sizeof(b));
	wire_skip(&w, SIZE_MAX);
	assert_true(wire_error(&w));
	wire_read(&w, b, sizeof(b));
	wire_seek(&w, 5);
	assert_true(wire_error(&w));
}


static void nothing_is_written_beyond_the_room(void **state)
{
	uint8_t b[4] = {9, 9, 9, 9};
	struct wire w;
	(void)state;

	wire_write(&w, b, 3);
	wire_put_u16(&w, 1);
	wire_put_u16(&w, 0x0505);
	assert_true(wire_error(&w));
	wire_put_u8(&w, 5);
	assert_int_equal(wire_tell(&w), 2);
	assert_int_equal(b[2], 9);
	assert_int_equal(b[3], 9);

	wire_read(&w, b, sizeof(b));
	wire_put_u8(&w, 1);
	assert_true(wire_error(&w));
	assert_int_equal(b[0], 0);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_come_back),
		cmocka_unit_test(a_step_too_far_is_the_last),
		cmocka_unit_test(nothing_is_written_beyond_the_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
