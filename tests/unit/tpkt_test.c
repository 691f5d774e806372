/* SPDX-License-Identifier: GPL-2.0-or-later */
/* h323gw/tpkt: messages out of a stream, however it is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>
#include "h323gw/tpkt/tpkt.h"


struct got {
	unsigned n, alive;
	size_t len[8];
	uint8_t first[8];
	int stop;
};

/* 5 octets, a sign of life, 1 octet, 300 octets */
static uint8_t stream[4 + 5 + 4 + 4 + 1 + 4 + 300];


static int on_message(const uint8_t *p, size_t len, void *arg)
{
	struct got *g = arg;

	if (!len) {
		++g->alive;
		return g->stop;
	}
	assert_true(g->n < 8);
	g->len[g->n]   = len;
	g->first[g->n] = p[0];
	for (size_t i = 1; i < len; i++)
		assert_int_equal(p[i], p[0]);
	++g->n;
	return g->stop;
}


static int make(void **state)
{
	static const size_t lens[] = {5, 0, 1, 300};
	uint8_t *p = stream;
	(void)state;

	for (int i = 0; i < 4; i++) {
		assert_int_equal(tpkt_header(p, lens[i]), 0);
		memset(p + TPKT_HEADER, 'a' + i, lens[i]);
		p += TPKT_HEADER + lens[i];
	}
	assert_ptr_equal(p, stream + sizeof(stream));
	return 0;
}


static void whatever_the_pieces(void **state)
{
	(void)state;

	for (size_t chunk = 1; chunk <= sizeof(stream); chunk++) {
		struct got g = {0};
		struct tpkt *t;

		assert_int_equal(tpkt_alloc(&t, 0), 0);
		for (size_t at = 0; at < sizeof(stream); at += chunk) {
			size_t n = sizeof(stream) - at;

			if (n > chunk)
				n = chunk;
			assert_int_equal(tpkt_feed(t, stream + at, n,
						   on_message, &g), 0);
		}
		assert_int_equal(g.n, 3);
		assert_int_equal(g.alive, 1);
		assert_int_equal(g.len[0], 5);
		assert_int_equal(g.len[1], 1);
		assert_int_equal(g.len[2], 300);
		assert_int_equal(g.first[2], 'd');
		assert_int_equal(tpkt_pending(t), 0);
		tpkt_free(t);
	}
}


static void what_is_none(void **state)
{
	struct got g = {0};
	struct tpkt *t;
	(void)state;

	assert_int_equal(tpkt_alloc(&t, 0), 0);
	assert_int_equal(tpkt_feed(t, (const uint8_t *)"GET /", 5, on_message,
				   &g), EBADMSG);
	assert_int_equal(tpkt_feed(t, stream, sizeof(stream), on_message, &g),
			 EBADMSG);
	tpkt_free(t);

	assert_int_equal(tpkt_alloc(&t, 0), 0);
	assert_int_equal(tpkt_feed(t, (const uint8_t *)"\3\0\0\3", 4,
				   on_message, &g), EBADMSG);
	tpkt_free(t);

	assert_int_equal(tpkt_alloc(&t, 299), 0);
	assert_int_equal(tpkt_feed(t, stream, sizeof(stream), on_message, &g),
			 EMSGSIZE);
	assert_int_equal(g.n, 2);
	tpkt_free(t);
}


static void a_handler_may_end_it(void **state)
{
	struct got g = {.stop = ECANCELED};
	struct tpkt *t;
	uint8_t head[TPKT_HEADER];
	(void)state;

	assert_int_equal(tpkt_alloc(&t, 0), 0);
	assert_int_equal(tpkt_feed(t, stream, sizeof(stream), on_message, &g),
			 ECANCELED);
	assert_int_equal(g.n, 1);
	tpkt_free(t);
	assert_int_equal(tpkt_header(head, TPKT_PAYLOAD_MAX), 0);
	assert_int_equal(tpkt_header(head, TPKT_PAYLOAD_MAX + 1), EMSGSIZE);

	/* one that is not whole is forgotten with the reader */
	assert_int_equal(tpkt_alloc(&t, 0), 0);
	assert_int_equal(tpkt_feed(t, stream, 7, on_message, &g), 0);
	assert_int_equal(tpkt_pending(t), 7);
	tpkt_free(t);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_the_pieces),
		cmocka_unit_test(what_is_none),
		cmocka_unit_test(a_handler_may_end_it),
	};

	return cmocka_run_group_tests(tests, make, NULL);
}
