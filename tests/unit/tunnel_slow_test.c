/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/tunnel: many who read nothing, and one who waits for no more of theirs
 * than is on its way already. In octets, which are time on any line: not what
 * a clock says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>
#include "rpc/libre.h"
#include "tunnel/frame.h"
#include "tunnel/tunnel.h"


enum {
	SLOW	= 200,
	ROOM	= FRAME_MAX, /* of one look at what is to go out */
	AHEAD	= 16384,     /* made ready before it is asked for */
	ROUND	= 4096 + FRAME_HEADER, /* of a channel, in turn */
	MESSAGE = 700,
	LITTLE	= 64, /* headers, signs of life */
};

struct slow {
	struct channel *ch, *other;
	size_t got;
};

static struct {
	struct tunnel *t[2];
	struct slow slow[SLOW];
	struct channel *quick;
	unsigned slowc;
	size_t messages;
	bool ended;
} w;


static void on_slow(struct channel *ch, const uint8_t *p, size_t len,
		    void *arg)
{
	struct slow *s = arg;
	(void)ch;
	(void)p;

	/* nothing is consumed */
	s->got += len;
}


static void on_quick(struct channel *ch, const uint8_t *p, size_t len,
		     void *arg)
{
	(void)p;
	(void)arg;

	assert_int_equal(len, MESSAGE);
	++w.messages;
	channel_consumed(ch, len);
}


static void on_open(struct tunnel *t, struct channel *ch, const char *what,
		    size_t len, void *arg)
{
	static const struct channel_handlers slow  = {.recvh = on_slow},
					     quick = {.recvh = on_quick};
	struct slow *s = &w.slow[w.slowc];
	(void)t;
	(void)len;
	(void)arg;

	if (what[0] == 'q') {
		assert_int_equal(channel_accept(ch, &quick, NULL), 0);
		return;
	}
	++w.slowc;
	s->other = ch;
	assert_int_equal(channel_accept(ch, &slow, s), 0);
}


static void on_end(struct tunnel *t, enum tunnel_reason why, void *arg)
{
	(void)t;
	(void)why;
	(void)arg;

	w.ended = true;
}


static int setup(void **state)
{
	static const struct tunnel_handlers h = {.openh = on_open,
						 .endh	= on_end};
	(void)state;

	memset(&w, 0, sizeof(w));
	for (int i = 0; i < 2; i++)
		assert_int_equal(tunnel_alloc(&w.t[i], (enum tunnel_side)i, &h,
					      NULL), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(tunnel_attach(w.t[i], 0), 0);
	return 0;
}


static int teardown(void **state)
{
	(void)state;

	for (int i = 0; i < 2; i++)
		w.t[i] = mem_deref(w.t[i]);
	return 0;
}


/* one look: what end i has to say goes to the other; octets */
static size_t look(int i)
{
	uint8_t buf[ROOM];
	const size_t n = tunnel_output(w.t[i], buf, sizeof(buf));

	if (n)
		assert_int_equal(tunnel_input(w.t[1 - i], buf, n), 0);
	return n;
}


static void run(void)
{
	while (look(0) + look(1))
		;
}


static void open_all(void)
{
	static const struct channel_handlers none = {0};

	for (unsigned i = 0; i < SLOW; i++)
		assert_int_equal(tunnel_open(&w.slow[i].ch, w.t[TUNNEL_AGENT],
					     CHANNEL_BYTES, "s", 1, &none,
					     NULL), 0);
	assert_int_equal(tunnel_open(&w.quick, w.t[TUNNEL_AGENT],
				     CHANNEL_MESSAGES, "q", 1, &none, NULL),
			 0);
	run();
	assert_int_equal(w.slowc, SLOW);
}


/* as much as each of them takes */
static size_t fill(void)
{
	static const uint8_t data[8192];
	size_t all = 0;

	for (unsigned i = 0; i < SLOW; i++) {
		while (!channel_send(w.slow[i].ch, data, sizeof(data)))
			all += sizeof(data);
	}

	return all;
}


/* octets of all sorts that go before one message does */
static size_t octets_before_a_message(void)
{
	static const uint8_t m[MESSAGE];
	const size_t was = w.messages;
	size_t n	 = 0;

	assert_int_equal(channel_send(w.quick, m, sizeof(m)), 0);
	while (w.messages == was) {
		const size_t one = look(TUNNEL_AGENT);

		/* credit and acknowledgements come back */
		assert_true(look(TUNNEL_SERVER) + one > 0);
		n += one;
	}

	return n - MESSAGE;
}


static void who_reads_nothing_holds_up_nobody(void **state)
{
	(void)state;

	open_all();
	(void)fill();
	run();
	for (unsigned i = 0; i < SLOW; i++)
		assert_int_equal(w.slow[i].got, TUNNEL_WINDOW);
	/* however much waits, it is nobody's turn but the message's */
	for (unsigned i = 0; i < 1000; i++)
		assert_true(octets_before_a_message() <= LITTLE);
	assert_false(w.ended);
}


/* no more than one turn of each, while all are still being served */
static void who_reads_waits_one_turn(void **state)
{
	(void)state;

	open_all();
	(void)fill();
	for (unsigned i = 0; i < 20; i++)
		assert_true(octets_before_a_message() <=
			    AHEAD + ROOM + (size_t)SLOW * ROUND);
	assert_false(w.ended);
}


static void memory_is_bounded(void **state)
{
	size_t taken;
	(void)state;

	open_all();
	taken = fill();
	assert_true(taken <= (size_t)SLOW * TUNNEL_QUEUE_MAX);
	run();
	/* a window's worth has gone to each; that much more is taken, and
	 * nothing after it */
	taken += fill();
	run();
	for (unsigned n = 0; n < 10; n++)
		assert_int_equal(fill(), 0);
	assert_true(taken <= (size_t)SLOW * (TUNNEL_QUEUE_MAX +
					     TUNNEL_WINDOW));
	for (unsigned i = 0; i < SLOW; i++) {
		assert_true(channel_queued(w.slow[i].ch) <= TUNNEL_QUEUE_MAX);
		assert_int_equal(w.slow[i].got, TUNNEL_WINDOW);
	}
}


/* who begins to read again gets all of it, in order with nobody */
static void who_reads_again_goes_on(void **state)
{
	size_t queued;
	(void)state;

	open_all();
	(void)fill();
	run();
	queued = channel_queued(w.slow[7].ch);
	while (channel_queued(w.slow[7].ch)) {
		const size_t was = w.slow[7].got;

		channel_consumed(w.slow[7].other, TUNNEL_WINDOW);
		run();
		assert_true(w.slow[7].got > was);
		assert_true(octets_before_a_message() <= LITTLE);
	}
	assert_int_equal(w.slow[7].got, TUNNEL_WINDOW + queued);
	assert_int_equal(w.slow[8].got, TUNNEL_WINDOW);
}


/* a connection that takes nothing: what it was given is held, to a limit */
static void a_line_that_stands_still(void **state)
{
	uint8_t buf[ROOM];
	size_t held = 0, n;
	(void)state;

	open_all();
	(void)fill();
	while ((n = tunnel_output(w.t[TUNNEL_AGENT], buf, sizeof(buf))))
		held += n;
	/* nothing is acknowledged */
	assert_true(held <= TUNNEL_RESEND_MAX + AHEAD + ROOM);
	assert_true(held >= TUNNEL_RESEND_MAX / 2);
	assert_false(w.ended);
}


int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(who_reads_nothing_holds_up_nobody),
		T(who_reads_waits_one_turn),
		T(memory_is_bounded),
		T(who_reads_again_goes_on),
		T(a_line_that_stands_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
