/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tone_test.c  The tone meter hears what is there, and nothing else
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "tests/peers/tone.h"
#include "tests/peers/wav.h"

enum { RATE = 8000, SECOND = 8000 };

static struct tone_meter meter;


static int setup(void **state)
{
	(void)state;

	return tone_meter_init(&meter, RATE);
}


static void put_tone(unsigned hz, size_t samples)
{
	struct tone_source s;

	tone_source_init(&s, hz, RATE);
	while (samples--)
		tone_meter_put(&meter, tone_source_next(&s));
}


static void hears_a_tone(void **state)
{
	(void)state;

	put_tone(440, 2 * SECOND);
	assert_int_equal(tone_meter_heard(&meter, 440), 2000);
	assert_int_equal(tone_meter_heard(&meter, 880), 0);
	assert_int_equal(tone_meter_strongest(&meter), 440);
	assert_true(meter.level > -9.5 && meter.level < -8.5);
}


static void tells_tones_apart(void **state)
{
	(void)state;

	put_tone(440, SECOND);
	put_tone(1200, 2 * SECOND);
	assert_int_equal(tone_meter_heard(&meter, 440), 1000);
	assert_int_equal(tone_meter_heard(&meter, 1200), 2000);
	assert_int_equal(tone_meter_strongest(&meter), 1200);
}


static void silence_and_noise_are_no_tone(void **state)
{
	uint32_t r = 1;

	(void)state;
	put_tone(0, SECOND);
	for (size_t i = 0; i < SECOND; i++) {
		r = r * 1664525 + 1013904223;
		tone_meter_put(&meter, (int16_t)(r >> 16));
	}
	assert_int_equal(meter.windows, 20);
	assert_int_equal(tone_meter_strongest(&meter), 0);
}


static void a_mix_is_no_tone(void **state)
{
	struct tone_source a, b;

	(void)state;
	tone_source_init(&a, 440, RATE);
	tone_source_init(&b, 1200, RATE);
	for (size_t i = 0; i < SECOND; i++)
		tone_meter_put(&meter,
			       (int16_t)(tone_source_next(&a) / 2 +
					 tone_source_next(&b) / 2));
	assert_int_equal(tone_meter_strongest(&meter), 0);
}


/* A packet in ten from somebody else is heard as that */
static void a_click_spoils_its_window_only(void **state)
{
	(void)state;
	put_tone(440, SECOND / 2);
	put_tone(1200, 400);
	put_tone(440, SECOND / 2 - 400);
	assert_int_equal(meter.windows, 10);
	assert_in_range(tone_meter_heard(&meter, 440), 900, 1000);
}


static void refuses_a_rate(void **state)
{
	(void)state;

	assert_int_equal(tone_meter_init(&meter, 4000), EINVAL);
	assert_int_equal(tone_meter_init(&meter, 96000), EINVAL);
}


static void wav_comes_back(void **state)
{
	struct wav_format fmt;
	FILE *f = tmpfile();
	int16_t v;

	(void)state;
	assert_non_null(f);
	assert_int_equal(wav_header_write(f, RATE, 3), 0);
	for (int16_t i = -1; i < 2; i++)
		assert_int_equal(wav_sample_write(f, (int16_t)(i * 1000)), 0);
	rewind(f);
	assert_int_equal(wav_header_read(f, &fmt), 0);
	assert_int_equal(fmt.rate, RATE);
	assert_int_equal(fmt.channels, 1);
	for (int16_t i = -1; i < 2; i++) {
		assert_int_equal(wav_sample_read(f, &fmt, &v), 0);
		assert_int_equal(v, i * 1000);
	}
	assert_int_equal(wav_sample_read(f, &fmt, &v), ENODATA);
	fclose(f);
}


static void wav_refuses_what_is_none(void **state)
{
	struct wav_format fmt;
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	assert_int_equal(wav_header_read(f, &fmt), EBADMSG);
	fputs("RIFF----WAVEdata----", f);
	rewind(f);
	assert_int_equal(wav_header_read(f, &fmt), EBADMSG);
	fclose(f);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(hears_a_tone, setup),
		cmocka_unit_test_setup(tells_tones_apart, setup),
		cmocka_unit_test_setup(silence_and_noise_are_no_tone, setup),
		cmocka_unit_test_setup(a_mix_is_no_tone, setup),
		cmocka_unit_test_setup(a_click_spoils_its_window_only, setup),
		cmocka_unit_test(refuses_a_rate),
		cmocka_unit_test(wav_comes_back),
		cmocka_unit_test(wav_refuses_what_is_none),
	};

	return cmocka_run_group_tests_name("tone", tests, NULL, NULL);
}
