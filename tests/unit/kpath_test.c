/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_test.c  Kernel path and sockets' path agree on random packets
 *
 * Feeds tests/fuzz/kpath_fuzz.c, which compares them, with packets that are
 * mostly media, and sees to it that all verdicts have been met.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
bool kpath_counts(unsigned long *passed, unsigned long *shot,
		  unsigned long *up);


enum {
	PACKETS = 60000,
	HEAD	= 6,
	SEED	= 20261,
};


static uint8_t octet(void)
{
	return (uint8_t)(random() >> 7);
}


/* One in eight: an octet of its own choosing */
static uint8_t mostly(uint8_t usual)
{
	return random() % 8 ? usual : octet();
}


static size_t make(uint8_t *b)
{
	const bool rtcp = octet() & 1;
	const size_t len = (size_t)random() % (random() % 4 ? 180 : 1300);
	size_t i;

	for (i = 0; i < HEAD + len; i++)
		b[i] = octet();

	b[1] = rtcp;
	b[1] = mostly(b[1]);
	b[2] = mostly(0);
	b[3] = (uint8_t)(octet() & octet());
	if (len < 12)
		return HEAD + len;

	b[HEAD]	    = mostly(0x80);
	b[HEAD + 1] = mostly(rtcp ? 200 + octet() % 4 : octet() % 100);
	if (rtcp) {
		b[HEAD + 2] = mostly(0);
		b[HEAD + 3] = mostly((uint8_t)(len / 4 - 1));
	}
	memcpy(b + HEAD + (rtcp ? 4 : 8), "\x11\x22\x33\x44", 4);

	return HEAD + len;
}


static void both_paths_agree(void **state)
{
	unsigned long passed, shot, up;
	uint8_t b[2048];
	unsigned i;
	(void)state;

	srandom(SEED);
	for (i = 0; i < PACKETS; i++)
		(void)LLVMFuzzerTestOneInput(b, make(b));

	if (!kpath_counts(&passed, &shot, &up))
		skip();

	print_message("# passed %lu, shot %lu, up %lu\n", passed, shot, up);
	assert_true(passed > PACKETS / 5);
	assert_true(shot > PACKETS / 100);
	assert_true(up > PACKETS / 10);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_paths_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
