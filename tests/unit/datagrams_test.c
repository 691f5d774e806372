/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/tunnel: datagrams inside a connection: what waits too long is dropped, so
 * little is under way that a slow path makes nothing late, and frames that are
 * none end it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>
#include "rpc/libre.h"
#include "tunnel/agequeue.h"
#include "tunnel/datagrams.h"
#include "tunnel/flight.h"
#include "tunnel/frame.h"


/* ---- the queue ---- */

static void queue_takes_in_order(void **state)
{
	uint8_t room[100], out[64];
	struct agequeue q;
	(void)state;

	agequeue_init(&q, room, sizeof(room));
	assert_int_equal(agequeue_next(&q), 0);
	assert_int_equal(agequeue_take(&q, out), 0);
	/* around the end of the ring many times */
	for (unsigned i = 0; i < 500; i++) {
		uint8_t a[33], b[17];

		memset(a, (int)(i & 0xff), sizeof(a));
		memset(b, (int)(~i & 0xff), sizeof(b));
		assert_int_equal(agequeue_put(&q, a, sizeof(a), i), 0);
		assert_int_equal(agequeue_put(&q, b, sizeof(b), i + 1), 0);
		assert_int_equal(q.n, 2);
		assert_int_equal(agequeue_next(&q), sizeof(a));
		assert_int_equal(agequeue_since(&q), i);
		assert_int_equal(agequeue_take(&q, out), sizeof(a));
		assert_memory_equal(out, a, sizeof(a));
		assert_int_equal(agequeue_since(&q), i + 1);
		assert_int_equal(agequeue_take(&q, out), sizeof(b));
		assert_memory_equal(out, b, sizeof(b));
		assert_int_equal(q.used, 0);
	}
}


static void queue_by_octets(void **state)
{
	uint8_t room[100], out[100];
	struct agequeue q;
	(void)state;

	agequeue_init(&q, room, sizeof(room));
	for (uint8_t i = 0; i < 5; i++)
		assert_int_equal(agequeue_put(&q, &i, 1, i), 0);
	/* 5 times 11 octets, and 40 and 10: the oldest goes */
	assert_int_equal(agequeue_put(&q, out, 40, 5), 1);
	assert_int_equal(agequeue_since(&q), 1);
	/* all of them */
	assert_int_equal(agequeue_put(&q, out, 90, 6), 5);
	assert_int_equal(q.n, 1);
	assert_int_equal(q.used, sizeof(room));
	/* what doesn't fit drops nothing else */
	assert_int_equal(agequeue_put(&q, out, 91, 7), 1);
	assert_int_equal(agequeue_put(&q, out, 0, 7), 1);
	assert_int_equal(agequeue_put(&q, out, 65536, 7), 1);
	assert_int_equal(agequeue_since(&q), 6);
}


static void queue_by_age(void **state)
{
	uint8_t room[1000], c = 0;
	struct agequeue q;
	(void)state;

	agequeue_init(&q, room, sizeof(room));
	for (unsigned i = 0; i < 10; i++)
		(void)agequeue_put(&q, &c, 1, 20 * i);
	assert_int_equal(agequeue_expire(&q, 150, 150), 0);
	assert_int_equal(agequeue_expire(&q, 151, 150), 1);
	assert_int_equal(agequeue_expire(&q, 250, 150), 4);
	assert_int_equal(agequeue_since(&q), 100);
	assert_int_equal(agequeue_expire(&q, 10000, 150), 5);
	assert_int_equal(agequeue_expire(&q, 10000, 150), 0);
}


/* ---- what is under way ---- */

static void flight_says_no(void **state)
{
	struct flight f;
	(void)state;

	flight_init(&f);
	assert_true(flight_room(&f, 100000, 0)); /* one is always let go */
	flight_sent(&f, FLIGHT_FIRST - 100, 0);
	assert_true(flight_room(&f, 100, 0));
	assert_false(flight_room(&f, 101, 0));
	flight_sent(&f, 100, 0);
	assert_int_equal(flight_arrived(&f, FLIGHT_FIRST + 1, 10), EPROTO);
	assert_int_equal(flight_arrived(&f, FLIGHT_FIRST, 10), 0);
	assert_int_equal(f.base, 10);
	assert_int_equal(flight_arrived(&f, FLIGHT_FIRST - 1, 10), EPROTO);
	/* said twice: nothing */
	assert_int_equal(flight_arrived(&f, FLIGHT_FIRST, 500), 0);
	assert_int_equal(f.base, 10);

	/* what is late stops the rest, however little it is */
	flight_sent(&f, 1, 100);
	assert_true(flight_room(&f, 1, 100 + 10 + 2 * FLIGHT_TARGET_MS));
	assert_false(flight_room(&f, 1, 101 + 10 + 2 * FLIGHT_TARGET_MS));

	/* as many as may be */
	flight_init(&f);
	for (unsigned i = 0; i < FLIGHT_MAX; i++) {
		assert_true(flight_room(&f, 1, 0));
		flight_sent(&f, 1, 0);
	}
	assert_false(flight_room(&f, 1, 0));
	flight_sent(&f, 1, 0);
	assert_int_equal(f.sent, FLIGHT_MAX);
}


static void flight_window(void **state)
{
	struct flight f;
	uint64_t now = 0;
	(void)state;

	flight_init(&f);
	/* a quick path: it grows to the most */
	for (unsigned i = 0; i < 40; i++) {
		while (flight_room(&f, 1200, now))
			flight_sent(&f, 1200, now);
		now += 20;
		assert_int_equal(flight_arrived(&f, f.sent, now), 0);
	}
	assert_true(f.window > 1000000);
	/* and late: at once in proportion, not below the least */
	while (flight_room(&f, 2000, now))
		flight_sent(&f, 2000, now);
	now += 1200;
	assert_int_equal(flight_arrived(&f, f.sent, now), 0);
	assert_true(f.window < 120000);
	for (unsigned i = 0; i < 10; i++) {
		flight_sent(&f, 10, now);
		now += 1200;
		assert_int_equal(flight_arrived(&f, f.sent, now), 0);
	}
	assert_int_equal(f.window, FLIGHT_LEAST);
}


/* ---- both ends, and a path between ---- */

enum {
	PATH = 4 * 1024 * 1024,
	PACKET = 200,
	/* waits here, and in the path's buffer, whose depth is what the other
	 * end has said of it a while ago */
	WORST = DATAGRAMS_AGE_MS + FLIGHT_TARGET_MS + 50,
};

/* A path that lets through so many octets a millisecond, and forgets nothing:
 * each octet is as late as the buffer is full */
struct path {
	uint8_t *buf;
	uint64_t *at; /* when it may come out */
	size_t in, out;
	uint64_t free_at; /* us */
	unsigned rate;	  /* octets a ms, 0: any number */
	unsigned delay;	  /* ms */
};

struct side {
	struct datagrams *d;
	struct path path; /* from here */
	uint64_t got, worst, now, sum;
	uint64_t since; /* what counts */
};


static void on_datagram(const uint8_t *p, size_t len, void *arg)
{
	struct side *s = arg;
	uint64_t sent, late;

	assert_int_equal(len, PACKET);
	sent = frame_u64(p);
	late = s->now - sent;
	if (sent < s->since)
		return;
	++s->got;
	s->sum += late;
	if (late > s->worst)
		s->worst = late;
}


static void side_init(struct side *s, unsigned rate, unsigned delay)
{
	memset(s, 0, sizeof(*s));
	assert_int_equal(datagrams_alloc(&s->d, on_datagram, s), 0);
	s->path.buf   = malloc(PATH);
	s->path.at    = malloc(PATH * sizeof(*s->path.at));
	s->path.rate  = rate;
	s->path.delay = delay;
	assert_non_null(s->path.buf);
	assert_non_null(s->path.at);
}


static void side_end(struct side *s)
{
	mem_deref(s->d);
	free(s->path.buf);
	free(s->path.at);
}


static void send_out(struct side *s, uint64_t now)
{
	uint8_t buf[32768];
	struct path *pa = &s->path;
	size_t n;

	while ((n = datagrams_output(s->d, buf, sizeof(buf), now))) {
		for (size_t i = 0; i < n; i++) {
			if (pa->free_at < now * 1000)
				pa->free_at = now * 1000;
			if (pa->rate)
				pa->free_at += 1000 / pa->rate;
			assert_true(pa->in < PATH);
			pa->buf[pa->in] = buf[i];
			pa->at[pa->in++] = pa->free_at / 1000 + pa->delay;
		}
	}
}


static void arrive(struct side *from, struct side *to, uint64_t now)
{
	struct path *pa = &from->path;
	size_t n = 0;

	while (pa->out + n < pa->in && pa->at[pa->out + n] <= now)
		++n;
	to->now = now;
	if (n)
		assert_int_equal(datagrams_input(to->d, pa->buf + pa->out, n,
						 now), 0);
	pa->out += n;
}


/* packets each ms from one side, for a while */
static void run(struct side s[2], uint64_t begin, unsigned each, unsigned count,
		uint64_t ms)
{
	uint8_t p[PACKET] = {0};

	for (uint64_t now = begin; now < begin + ms; now++) {
		if (now % each == 0) {
			for (unsigned i = 0; i < count; i++) {
				frame_u64_put(p, now);
				datagrams_put(s[0].d, p, sizeof(p), now);
			}
		}
		send_out(&s[0], now);
		arrive(&s[0], &s[1], now);
		send_out(&s[1], now);
		arrive(&s[1], &s[0], now);
	}
}


static void all_of_them(void **state)
{
	struct side s[2];
	(void)state;

	side_init(&s[0], 0, 10);
	side_init(&s[1], 0, 10);
	run(s, 1000, 20, 1, 10000);
	/* the last is on its way */
	assert_in_range(s[1].got, 499, 500);
	assert_int_equal(s[1].worst, 10);
	assert_int_equal(datagrams_stats(s[0].d)->old, 0);
	assert_int_equal(datagrams_stats(s[0].d)->full, 0);
	assert_int_equal(datagrams_stats(s[0].d)->out, 500);
	assert_int_equal(datagrams_stats(s[1].d)->in, s[1].got);
	side_end(&s[0]);
	side_end(&s[1]);
}


/* 8 octets a ms, 20,000 offered a second: what arrives is young, the rest is
 * dropped, and the path is used */
static void slow_path(void **state)
{
	struct side s[2];
	const struct datagrams_stats *st;
	(void)state;

	side_init(&s[0], 8, 10);
	side_init(&s[1], 0, 10);
	s[1].since = 5000; /* that is, after four seconds */
	run(s, 1000, 10, 1, 60000);
	st = datagrams_stats(s[0].d);
	assert_true(s[1].worst < WORST);
	assert_true(st->old > 2000);
	/* of 8 octets a ms, and 208 a frame, in 56 s */
	assert_true(s[1].got > 56000 * 8 / 208 * 8 / 10);
	assert_int_equal(st->out + st->old + st->full +
			 datagrams_waiting(s[0].d), 6000);
	side_end(&s[0]);
	side_end(&s[1]);
}


/* it becomes slow in the middle, and quick again */
static void changing_path(void **state)
{
	struct side s[2];
	(void)state;

	side_init(&s[0], 0, 10);
	side_init(&s[1], 0, 10);
	s[1].since = 1500;
	run(s, 1000, 1, 4, 2000); /* 800 octets a ms: the window is wide */
	assert_int_equal(datagrams_stats(s[0].d)->old, 0);
	assert_int_equal(s[1].worst, 10);
	s[0].path.rate = 100;
	s[1].since     = 4000; /* after a second of it */
	run(s, 3000, 1, 4, 4000);
	assert_true(s[1].worst < WORST);
	assert_true(s[1].got > 3000 * 100 / 208 * 8 / 10);
	s[0].path.rate = 0;
	s[1].since = 8000;
	s[1].worst = s[1].got = 0;
	run(s, 7000, 1, 4, 2000);
	assert_int_equal(s[1].worst, 10);
	assert_true(s[1].got > 4 * 950);
	side_end(&s[0]);
	side_end(&s[1]);
}


/* more than waits, at once */
static void burst(void **state)
{
	uint8_t p[FRAME_DATAGRAM_MAX + 1] = {0};
	struct datagrams *d;
	(void)state;

	assert_int_equal(datagrams_alloc(&d, NULL, NULL), 0);
	for (unsigned i = 0; i < 1000; i++)
		datagrams_put(d, p, 1000, 5);
	assert_int_equal(datagrams_waiting(d), DATAGRAMS_QUEUE / 1010);
	assert_int_equal(datagrams_stats(d)->full,
			 1000 - DATAGRAMS_QUEUE / 1010);
	/* what no frame has room for is left out */
	datagrams_put(d, p, sizeof(p), 5);
	datagrams_put(d, p, 0, 5);
	assert_int_equal(datagrams_waiting(d), DATAGRAMS_QUEUE / 1010);
	mem_deref(d);
}


/* ---- what comes in ---- */

static size_t frame(uint8_t *p, enum frame_type type, size_t len)
{
	const struct frame f = {.length = (uint16_t)len,
				.type	= (uint8_t)type};

	frame_encode(p, &f);
	memset(p + FRAME_HEADER, 0, len);

	return FRAME_HEADER + len;
}


static void count(const uint8_t *p, size_t len, void *arg)
{
	(void)p;
	*(size_t *)arg += len;
}


/* cut anywhere, it is the same */
static void in_pieces(void **state)
{
	uint8_t in[8192], out[256];
	size_t len = 0;
	(void)state;

	len += frame(in + len, FRAME_DATAGRAM, 1);
	len += frame(in + len, FRAME_PING, 8);
	len += frame(in + len, FRAME_DATAGRAM, FRAME_DATAGRAM_MAX);
	len += frame(in + len, FRAME_DATAGRAM, 300);
	len += frame(in + len, FRAME_ACK, 8);

	for (size_t chunk = 1; chunk <= len; chunk++) {
		struct datagrams *d;
		size_t got = 0;

		assert_int_equal(datagrams_alloc(&d, count, &got), 0);
		for (size_t at = 0; at < len; at += chunk)
			assert_int_equal(
				datagrams_input(d, in + at,
						len - at < chunk ? len - at
								 : chunk, 0),
				0);
		assert_int_equal(got, 1 + FRAME_DATAGRAM_MAX + 300);
		assert_int_equal(datagrams_stats(d)->in, 3);
		/* an ACK and a PONG, once */
		assert_int_equal(datagrams_output(d, out, sizeof(out), 0), 32);
		assert_int_equal(out[2], FRAME_ACK);
		assert_int_equal(frame_u64(out + 8), got + 24);
		assert_int_equal(out[16 + 2], FRAME_PONG);
		assert_int_equal(datagrams_output(d, out, sizeof(out), 0), 0);
		mem_deref(d);
	}
}


static void broken(void **state)
{
	static const struct {
		enum frame_type type;
		size_t len;
	} v[] = {
		{FRAME_HELLO, 2},   {FRAME_WELCOME, 2}, {FRAME_GOAWAY, 2},
		{FRAME_DATA, 10},   {FRAME_OPEN, 5},	{FRAME_ACK, 7},
		{FRAME_DATAGRAM, 0}, {FRAME_DATA, 16384},
		{(enum frame_type)9, 8},
		{FRAME_DATAGRAM, FRAME_DATAGRAM_MAX + 1},
	};
	uint8_t in[FRAME_MAX];
	(void)state;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		for (size_t chunk = 1; chunk < 40; chunk += 38) {
			const size_t len = frame(in, v[i].type, v[i].len);
			struct datagrams *d;
			int err = 0;

			assert_int_equal(datagrams_alloc(&d, NULL, NULL), 0);
			for (size_t at = 0; at < len && !err; at += chunk)
				err = datagrams_input(
					d, in + at,
					len - at < chunk ? len - at : chunk,
					0);
			assert_int_not_equal(err, 0);
			mem_deref(d);
		}
	}
	{
		/* nothing was sent, and it says it has come */
		struct datagrams *d;

		assert_int_equal(datagrams_alloc(&d, NULL, NULL), 0);
		(void)frame(in, FRAME_ACK, 8);
		in[15] = 1;
		assert_int_equal(datagrams_input(d, in, 16, 0), EPROTO);
		mem_deref(d);
	}
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queue_takes_in_order),
		cmocka_unit_test(queue_by_octets),
		cmocka_unit_test(queue_by_age),
		cmocka_unit_test(flight_says_no),
		cmocka_unit_test(flight_window),
		cmocka_unit_test(all_of_them),
		cmocka_unit_test(slow_path),
		cmocka_unit_test(changing_path),
		cmocka_unit_test(burst),
		cmocka_unit_test(in_pieces),
		cmocka_unit_test(broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
