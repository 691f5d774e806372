/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tunnel_test.c  lib/tunnel: two ends, and octets carried between them by
 * hand: in pieces of any size, over one connection after another
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>
#include "tests/unit/tunnel_util.h"


static void octets_arrive_whatever_the_pieces(void **state)
{
	static const unsigned chunks[] = {1, 3, 8, 9, 1000, 20000};
	static uint8_t data[100000];
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		struct user *u, *v;

		w->chunk = chunks[i];
		u = open_channel(w, 1, CHANNEL_BYTES, "tcp 192.0.2.1 1720");
		run(w);
		assert_string_equal(w->e[0].what, "tcp 192.0.2.1 1720");
		assert_int_equal(u->accepted, 1);
		v = &w->e[0].users[w->e[0].userc - 1];

		fill(data, sizeof(data), (unsigned)i);
		assert_int_equal(channel_send(u->ch, data, sizeof(data)), 0);
		channel_fin(u->ch);
		run(w);
		assert_int_equal(v->got->end, sizeof(data));
		assert_memory_equal(v->got->buf, data, sizeof(data));
		assert_int_equal(v->fins, 1);
		assert_int_equal(v->closed, 0);

		assert_int_equal(channel_send(v->ch, data, 10), 0);
		channel_fin(v->ch);
		run(w);
		assert_int_equal(u->got->end, 10);
		assert_int_equal(u->closed, 1);
		assert_int_equal(v->closed, 1);
		assert_int_equal(u->why, TUNNEL_OK);
	}
	assert_int_equal(tunnel_channels(w->e[0].t), 0);
	assert_int_equal(tunnel_channels(w->e[1].t), 0);
}


static void messages_stay_whole(void **state)
{
	static uint8_t data[TUNNEL_MESSAGE_MAX];
	static const size_t lens[] = {1, 500, 4096, 4097, 20000,
				      TUNNEL_MESSAGE_MAX};
	struct world *w = *state;
	struct user *u, *v;
	size_t total = 0;

	u = open_channel(w, 0, CHANNEL_MESSAGES, "sip");
	run(w);
	v = &w->e[1].users[0];
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		fill(data, lens[i], (unsigned)i);
		assert_int_equal(channel_send(u->ch, data, lens[i]), 0);
		run(w);
		total += lens[i];
		assert_int_equal(v->messages, i + 1);
		assert_int_equal(v->got->end, total);
		assert_memory_equal(v->got->buf + total - lens[i], data,
				    lens[i]);
	}
	assert_int_equal(channel_send(u->ch, data, TUNNEL_MESSAGE_MAX + 1),
			 EMSGSIZE);
	/* windows have not shrunk: a great many more go through */
	for (unsigned i = 0; i < 40; i++) {
		assert_int_equal(channel_send(u->ch, data, 20000), 0);
		run(w);
	}
	assert_int_equal(v->messages, 46);
}


static void who_reads_slowly_stops_nobody_else(void **state)
{
	static uint8_t data[TUNNEL_QUEUE_MAX];
	struct world *w = *state;
	struct user *slow, *quick, *v;

	slow  = open_channel(w, 1, CHANNEL_BYTES, "slow");
	quick = open_channel(w, 1, CHANNEL_BYTES, "quick");
	run(w);
	v	= &w->e[0].users[0];
	v->hold = true;
	assert_int_equal(channel_send(slow->ch, data, sizeof(data)), 0);
	assert_int_equal(channel_send(slow->ch, data, 1), EAGAIN);
	run(w);
	assert_int_equal(v->got->end, TUNNEL_WINDOW);
	assert_int_equal(channel_queued(slow->ch),
			 TUNNEL_QUEUE_MAX - TUNNEL_WINDOW);
	assert_int_equal(slow->sendable, 0);

	assert_int_equal(channel_send(quick->ch, data, 100000), 0);
	run(w);
	assert_int_equal(w->e[0].users[1].got->end, 100000);

	v->hold = false;
	channel_consumed(v->ch, v->got->end);
	run(w);
	assert_int_equal(v->got->end, sizeof(data));
	assert_int_equal(slow->sendable, 1);
	assert_int_equal(channel_send(slow->ch, data, 1), 0);
	run(w);
	assert_int_equal(v->got->end, sizeof(data) + 1);
}


/* one connection after another takes over at any point, in the middle of
 * frames and with octets lost: no channel notices */
static void connections_come_and_go(void **state)
{
	static uint8_t data[30000];
	struct world *w = *state;
	struct user *u, *v;
	size_t sent = 0;

	srand(7);
	u = open_channel(w, 1, CHANNEL_MESSAGES, "sip");
	run(w);
	v = &w->e[0].users[0];
	for (unsigned i = 0; i < 300; i++) {
		size_t len = 1 + (size_t)rand() % sizeof(data);

		fill(data, len, i);
		if (!channel_send(u->ch, data, len))
			sent += len;
		(void)channel_send(v->ch, data, 10 + len / 100);
		w->chunk = 1 + (unsigned)rand() % 5000;
		(void)emit(w, 1);
		(void)emit(w, 0);
		assert_int_equal(deliver(w, 1, (size_t)rand() % 60000), 0);
		assert_int_equal(deliver(w, 0, (size_t)rand() % 3000), 0);
		if (rand() % 3)
			continue;
		for (int k = 0; k < ENDS; k++)
			tunnel_detach(w->e[k].t);
		if (rand() % 2)
			(void)channel_send(u->ch, data, 5), sent += 5;
		join(w);
	}
	run(w);
	assert_int_equal(v->got->end, sent);
	assert_true(tunnel_stats(w->e[1].t)->resent > 0);
	assert_int_equal(w->e[0].ends + w->e[1].ends, 0);
	assert_int_equal(v->closed + u->closed, 0);
}


static void another_tunnel_can_not_take_over(void **state)
{
	struct world *w = *state;
	struct user *u	= open_channel(w, 1, CHANNEL_BYTES, "x");

	run(w);
	assert_int_equal(channel_send(u->ch, (const uint8_t *)"abc", 3), 0);
	run(w);
	tunnel_detach(w->e[1].t);
	assert_int_equal(tunnel_attach(w->e[1].t, 1 << 20), EPROTO);
	tunnel_ack(w->e[0].t);
	assert_false(tunnel_attached(w->e[1].t));
}


/* what was acknowledged is forgotten, so nobody can ask for it again */
static void acknowledged_is_forgotten(void **state)
{
	static uint8_t data[200000];
	struct world *w = *state;
	struct user *u	= open_channel(w, 1, CHANNEL_BYTES, "x");

	run(w);
	assert_int_equal(channel_send(u->ch, data, sizeof(data)), 0);
	run(w);
	tunnel_ack(w->e[0].t);
	run(w);
	tunnel_detach(w->e[1].t);
	assert_int_equal(tunnel_attach(w->e[1].t, 0), EPROTO);
	assert_int_equal(
		tunnel_attach(w->e[1].t, tunnel_received(w->e[0].t)), 0);
}


static void refused_and_reset(void **state)
{
	struct world *w = *state;
	struct user *u;

	w->e[0].refuse = TUNNEL_UNREACHABLE;
	u = open_channel(w, 1, CHANNEL_BYTES, "nowhere");
	assert_int_equal(channel_send(u->ch, (const uint8_t *)"early", 5), 0);
	run(w);
	assert_int_equal(u->closed, 1);
	assert_int_equal(u->why, TUNNEL_UNREACHABLE);
	assert_int_equal(u->got->end, 0);
	assert_int_equal(tunnel_stats(w->e[0].t)->channels_refused, 1);

	w->e[0].refuse = TUNNEL_OK;
	u = open_channel(w, 1, CHANNEL_BYTES, "somewhere");
	assert_int_equal(channel_send(u->ch, (const uint8_t *)"early", 5), 0);
	run(w);
	assert_int_equal(w->e[0].users[0].got->end, 5);
	/* data crosses the reset: it is no fault */
	assert_int_equal(channel_send(u->ch, (const uint8_t *)"late", 4), 0);
	channel_reset(w->e[0].users[0].ch, TUNNEL_SHUTDOWN);
	run(w);
	assert_int_equal(u->why, TUNNEL_SHUTDOWN);
	assert_int_equal(w->e[0].ends + w->e[1].ends, 0);
}


static void a_tunnel_has_so_many_channels(void **state)
{
	struct world *w = *state;
	unsigned n = 0;
	int err;

	w->e[0].refuse = TUNNEL_OK;
	do {
		struct channel *ch;

		err = tunnel_open(&ch, w->e[1].t, CHANNEL_BYTES, "", 0,
				  &(struct channel_handlers){0}, NULL);
		n += !err;
	} while (!err);
	assert_int_equal(err, ENOBUFS);
	assert_int_equal(n, TUNNEL_CHANNELS_MAX);
}


static void life_signs(void **state)
{
	struct world *w = *state;

	tunnel_ping(w->e[1].t, 0x1122334455667788);
	run(w);
	assert_true(tunnel_last_pong(w->e[1].t) == 0x1122334455667788);
	tunnel_goaway(w->e[0].t, TUNNEL_REVOKED);
	run(w);
	assert_int_equal(w->e[1].ends, 1);
	assert_int_equal(w->e[1].why, TUNNEL_REVOKED);
	assert_int_equal(tunnel_input(w->e[1].t, (const uint8_t *)"", 1),
			 ENOTCONN);
}


/* each of these is against the rules, and ends the tunnel with that reason */
static void rules(void **state)
{
	static const struct {
		struct frame f;
		const char *payload;
	} bad[] = {
		{{0, 99, 0, 0}, ""},
		{{0, FRAME_PING, 0, 0}, ""},
		{{FRAME_PAYLOAD_MAX + 1, FRAME_DATA, 0, 0}, ""},
		{{2, FRAME_HELLO, 0, 0}, "{}"},
		{{8, FRAME_ACK, 0, 0}, "\0\0\0\0\0\1\0\0"},
		{{8, FRAME_PING, 0, 5}, "12345678"},
		{{1, FRAME_DATA, 2, 0}, "x"},
		{{1, FRAME_DATA, 0, 5}, "x"},	/* not open */
		{{1, FRAME_DATA, 0, 2}, "x"},	/* ours, not opened */
		{{5, FRAME_OPEN, 0, 2}, "\1\0\0\1\0"}, /* our number */
		{{5, FRAME_OPEN, 0, 1}, "\3\0\0\1\0"}, /* no such kind */
		{{5, FRAME_OPEN, 0, 1}, "\1\377\0\1\0"}, /* window */
		{{4, FRAME_CREDIT, 0, 0}, "\177\377\377\377"},
		{{4, FRAME_ACCEPT, 0, 0}, "\0\0\1\0"},
		{{0, FRAME_FIN, 0, 0}, ""},
		{{2, FRAME_RESET, 0, 0}, "\0\1"},
		{{1, FRAME_FIN, 0, 0}, "x"},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct end e = {0};
		uint8_t p[64] = {0};
		int err;

		assert_int_equal(tunnel_alloc(&e.t, TUNNEL_SERVER,
					      &end_handlers, &e), 0);
		assert_int_equal(tunnel_attach(e.t, 0), 0);
		frame_encode(p, &bad[i].f);
		memcpy(p + FRAME_HEADER, bad[i].payload,
		       bad[i].f.length < 32 ? bad[i].f.length : 0);
		err = tunnel_input(e.t, p, sizeof(p));
		if (err != EPROTO && err != EBADMSG)
			fail_msg("case %zu: %d", i, err);
		assert_int_equal(e.ends, 1);
		assert_int_equal(e.why, TUNNEL_PROTOCOL);
		assert_int_equal(e.opens, 0);
		mem_deref(e.t);
	}
}


/* more than the window allows */
static void the_window_is_kept(void **state)
{
	uint8_t p[FRAME_MAX] = {0};
	struct end e = {0};
	struct frame f = {5, FRAME_OPEN, 0, 1};
	int err = 0;
	unsigned n = 0;
	(void)state;

	assert_int_equal(tunnel_alloc(&e.t, TUNNEL_SERVER, &end_handlers, &e),
			 0);
	assert_int_equal(tunnel_attach(e.t, 0), 0);
	frame_encode(p, &f);
	memcpy(p + FRAME_HEADER, "\1\0\0\1\0", 5);
	assert_int_equal(tunnel_input(e.t, p, FRAME_HEADER + 5), 0);
	e.users[0].hold = true;
	f = (struct frame){FRAME_PAYLOAD_MAX, FRAME_DATA, 0, 1};
	frame_encode(p, &f);
	while (!err) {
		err = tunnel_input(e.t, p, FRAME_MAX);
		n += !err;
	}
	assert_int_equal(err, EPROTO);
	assert_int_equal(n, TUNNEL_WINDOW / FRAME_PAYLOAD_MAX);
	assert_int_equal(e.why, TUNNEL_PROTOCOL);
	mem_deref(e.t);
	assert_int_equal(e.users[0].closed, 1);
	mem_deref(e.users[0].got);
}


int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		T(octets_arrive_whatever_the_pieces),
		T(messages_stay_whole),
		T(who_reads_slowly_stops_nobody_else),
		T(connections_come_and_go),
		T(another_tunnel_can_not_take_over),
		T(acknowledged_is_forgotten),
		T(refused_and_reset),
		T(a_tunnel_has_so_many_channels),
		T(life_signs),
		cmocka_unit_test(rules),
		cmocka_unit_test(the_window_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
