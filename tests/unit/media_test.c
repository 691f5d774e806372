/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_test.c  What a datagram is, and what was lost on the way
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "media/classify.h"


#define LEN(a) (sizeof(a) / sizeof((a)[0]))

struct datagram {
	const char *what;
	size_t len;
	enum latch_kind kind;
	uint8_t octet[48];
	uint32_t ssrc;
	uint16_t seq;
	uint8_t pt;
};

static const struct datagram datagrams[] = {
	{"nothing", 0, LATCH_PKT_OTHER, {0}, 0, 0, 0},
	{"one octet that could be RTP", 1, LATCH_PKT_OTHER, {0x80}, 0, 0, 0},
	{"PCMU", 12, LATCH_PKT_RTP,
	 {0x80, 0x00, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef},
	 0xdeadbeef, 0x1234, 0},
	{"RTP, one octet short", 11, LATCH_PKT_OTHER,
	 {0x80, 0x00, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe}, 0, 0, 0},
	{"marker, dynamic payload type", 12, LATCH_PKT_RTP,
	 {0x80, 0x80 | 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7}, 7, 1, 96},
	{"version 1", 12, LATCH_PKT_OTHER,
	 {0x40, 0x00, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef},
	 0, 0, 0},
	{"two CSRCs, whole", 20, LATCH_PKT_RTP,
	 {0x82, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9}, 9, 1, 8},
	{"two CSRCs, cut", 19, LATCH_PKT_OTHER,
	 {0x82, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9}, 0, 0, 0},
	{"extension of one word", 20, LATCH_PKT_RTP,
	 {0x90, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0xbe, 0xde, 0, 1},
	 9, 1, 8},
	{"extension longer than the packet", 20, LATCH_PKT_OTHER,
	 {0x90, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0xbe, 0xde, 0, 2}, 0, 0, 0},
	{"extension header cut", 15, LATCH_PKT_OTHER,
	 {0x90, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0xbe, 0xde, 0}, 0, 0, 0},
	{"receiver report, empty", 8, LATCH_PKT_RTCP,
	 {0x80, 201, 0, 1, 0, 0, 0, 5}, 5, 0, 201},
	{"sender report", 28, LATCH_PKT_RTCP,
	 {0x80, 200, 0, 6, 0, 0, 0, 5}, 5, 0, 200},
	{"sender report, cut", 27, LATCH_PKT_OTHER,
	 {0x80, 200, 0, 6, 0, 0, 0, 5}, 0, 0, 0},
	{"feedback alone (RFC 5506)", 12, LATCH_PKT_RTCP,
	 {0x81, 205, 0, 2, 0, 0, 0, 5}, 5, 0, 205},
	{"not RTCP any more", 12, LATCH_PKT_RTP,
	 {0x80, 224, 0, 2, 0, 0, 0, 5, 0, 0, 0, 3}, 3, 2, 96},
	{"not RTCP yet", 12, LATCH_PKT_RTP,
	 {0x80, 191, 0, 2, 0, 0, 0, 5, 0, 0, 0, 3}, 3, 2, 63},
	{"STUN binding request", 20, LATCH_PKT_STUN,
	 {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, 0, 0, 0},
	{"STUN whose length lies", 20, LATCH_PKT_OTHER,
	 {0, 1, 0, 4, 0x21, 0x12, 0xa4, 0x42}, 0, 0, 0},
	{"UDPTL, sequence number 1", 20, LATCH_PKT_OTHER,
	 {0, 1, 0, 0, 0, 1, 0, 0}, 0, 0, 0},
	{"DTLS ClientHello record", 17, LATCH_PKT_DTLS,
	 {22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4}, 0, 0, 0},
	{"DTLS record, cut", 16, LATCH_PKT_OTHER,
	 {22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4}, 0, 0, 0},
	{"TLS is not DTLS", 17, LATCH_PKT_OTHER,
	 {22, 0x03, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4}, 0, 0, 0},
	{"keepalive of zeros", 4, LATCH_PKT_OTHER, {0}, 0, 0, 0},
};


static void every_kind_is_told(void **state)
{
	size_t i;
	(void)state;

	for (i = 0; i < LEN(datagrams); i++) {
		const struct datagram *d = &datagrams[i];
		struct media_info mi;

		media_classify(&mi, d->octet, d->len);

		if (mi.kind != d->kind || mi.ssrc != d->ssrc ||
		    mi.seq != d->seq || mi.pt != d->pt)
			fail_msg("%s: kind %d ssrc %u seq %u pt %u", d->what,
				 mi.kind, mi.ssrc, mi.seq, mi.pt);
	}
}


static void no_buffer_is_noise(void **state)
{
	struct media_info mi;
	(void)state;

	media_classify(&mi, NULL, 12);
	assert_int_equal(LATCH_PKT_OTHER, mi.kind);
}


static uint64_t lost(const uint16_t *seqv, size_t n)
{
	struct media_seq s;
	size_t i;

	memset(&s, 0, sizeof(s));
	for (i = 0; i < n; i++)
		media_seq_update(&s, 7, seqv[i]);

	return media_seq_lost(&s);
}


static void lost_counts_gaps(void **state)
{
	static const uint16_t whole[] = {1, 2, 3, 4};
	static const uint16_t gap[] = {1, 2, 5, 6};
	static const uint16_t wrap[] = {65534, 65535, 0, 2};
	static const uint16_t misordered[] = {10, 12, 11, 13};
	static const uint16_t before_first[] = {10, 9, 11};
	static const uint16_t doubled[] = {1, 1, 2, 2, 3};
	static const uint16_t first_at_zero[] = {0, 65535, 1};
	static const uint16_t restart[] = {1, 3, 40000, 40001};
	(void)state;

	assert_int_equal(0, lost(whole, 0));
	assert_int_equal(0, lost(whole, 1));
	assert_int_equal(0, lost(whole, LEN(whole)));
	assert_int_equal(2, lost(gap, LEN(gap)));
	assert_int_equal(1, lost(wrap, LEN(wrap)));
	assert_int_equal(0, lost(misordered, LEN(misordered)));
	assert_int_equal(0, lost(before_first, LEN(before_first)));
	assert_int_equal(0, lost(doubled, LEN(doubled)));
	assert_int_equal(0, lost(first_at_zero, LEN(first_at_zero)));
	/* a jump is another stream, not 39996 lost packets */
	assert_int_equal(1, lost(restart, LEN(restart)));
}


static void lost_goes_on_over_many_cycles(void **state)
{
	struct media_seq s;
	uint32_t i;
	(void)state;

	memset(&s, 0, sizeof(s));
	for (i = 0; i < 200000; i++) {
		if (i % 1000)
			media_seq_update(&s, 7, (uint16_t)(i + 65000));
	}

	assert_int_equal(199, media_seq_lost(&s));
}


static void lost_is_kept_when_the_ssrc_changes(void **state)
{
	struct media_seq s;
	(void)state;

	memset(&s, 0, sizeof(s));
	media_seq_update(&s, 7, 1);
	media_seq_update(&s, 7, 4);
	media_seq_update(&s, 8, 1000);
	media_seq_update(&s, 8, 1002);

	assert_int_equal(3, media_seq_lost(&s));
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_told),
		cmocka_unit_test(no_buffer_is_noise),
		cmocka_unit_test(lost_counts_gaps),
		cmocka_unit_test(lost_goes_on_over_many_cycles),
		cmocka_unit_test(lost_is_kept_when_the_ssrc_changes),
	};

	return cmocka_run_group_tests_name("media", tests, NULL, NULL);
}
