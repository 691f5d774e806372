/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/bytes: what was sent last is kept, and an end of a channel goes on in
 * another tunnel's where the far end stopped receiving.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <endian.h>
#include <errno.h>
#include <cmocka.h>
#include "rpc/libre.h"
#include "bytes/ends.h"
#include "bytes/tail.h"


static void since(const struct tail *t, uint64_t received, const char *rest)
{
	const uint8_t *p;
	size_t len;

	assert_int_equal(tail_since(t, received, &p, &len), 0);
	assert_int_equal(len, strlen(rest));
	assert_memory_equal(p, rest, len);
}


static void the_last_is_kept(void **state)
{
	const uint8_t *p;
	uint8_t big[TAIL_MAX / 2 + 7];
	struct tail *t;
	size_t len;
	(void)state;

	assert_int_equal(tail_alloc(&t), 0);
	since(t, 0, "");
	assert_int_equal(tail_since(t, 1, &p, &len), ERANGE);
	tail_add(t, (const uint8_t *)"hello ", 6);
	tail_add(t, (const uint8_t *)"world", 5);
	since(t, 0, "hello world");
	since(t, 6, "world");
	since(t, 11, "");
	assert_int_equal(tail_since(t, 12, &p, &len), ERANGE);

	memset(big, 'x', sizeof(big));
	for (int i = 0; i < 9; i++)
		tail_add(t, big, sizeof(big));
	tail_add(t, (const uint8_t *)"end", 3);
	assert_int_equal(tail_sent(t), 11 + 9 * sizeof(big) + 3);
	since(t, tail_sent(t) - 3, "end");
	assert_int_equal(tail_since(t, tail_sent(t) - TAIL_MAX, &p, &len), 0);
	assert_int_equal(tail_since(t, 0, &p, &len), ERANGE);
	mem_deref(t);
}


static void more_at_once_than_is_kept(void **state)
{
	uint8_t *big = test_malloc(3 * TAIL_MAX);
	const uint8_t *p;
	struct tail *t;
	size_t len;
	(void)state;

	for (size_t i = 0; i < 3 * TAIL_MAX; i++)
		big[i] = (uint8_t)(i ^ i >> 8);
	assert_int_equal(tail_alloc(&t), 0);
	tail_add(t, big, 3 * TAIL_MAX);
	assert_int_equal(tail_since(t, 2 * TAIL_MAX, &p, &len), 0);
	assert_int_equal(len, TAIL_MAX);
	assert_memory_equal(p, big + 2 * TAIL_MAX, len);
	assert_int_equal(tail_since(t, 2 * TAIL_MAX - 1, &p, &len), ERANGE);
	mem_deref(t);
	test_free(big);
}


/* ---- an agent, its tunnels, and the far end of its channel ---- */

struct fake {
	struct joint_end je;
	char got[256];
	size_t len;
	unsigned fins, cuts;
};

struct town {
	struct tunnel *agent, *server;
	struct channel *up, *down; /* the channel's ends */
	struct fake *terminal;
	struct joint_end *end;
	struct joint *joint;
	unsigned closed;
	char far[256]; /* what the far end got of the channel */
	size_t len;
	unsigned fins;
};


static size_t fake_write(struct joint_end *je, const uint8_t *p, size_t len)
{
	struct fake *f = (struct fake *)je;

	assert_true(f->len + len < sizeof(f->got));
	memcpy(f->got + f->len, p, len);
	f->len += len;

	return len;
}


static void fake_fin(struct joint_end *je)
{
	++((struct fake *)je)->fins;
}


static void fake_consumed(struct joint_end *je, size_t len, bool all)
{
	(void)je;
	(void)len;
	(void)all;
}


static void fake_cut(struct joint_end *je, enum tunnel_reason why)
{
	(void)why;
	++((struct fake *)je)->cuts;
}


static const struct joint_ops fake_ops = {
	.write	  = fake_write,
	.fin	  = fake_fin,
	.consumed = fake_consumed,
	.cut	  = fake_cut,
};


static void far_recv(struct channel *ch, const uint8_t *p, size_t len,
		     void *arg)
{
	struct town *t = arg;

	assert_true(t->len + len < sizeof(t->far));
	memcpy(t->far + t->len, p, len);
	t->len += len;
	channel_consumed(ch, len);
}


static void far_fin(struct channel *ch, void *arg)
{
	(void)ch;
	++((struct town *)arg)->fins;
}


static void far_close(struct channel *ch, enum tunnel_reason why, void *arg)
{
	(void)ch;
	(void)why;
	((struct town *)arg)->down = NULL;
}


static const struct channel_handlers far_handlers = {
	.recvh	= far_recv,
	.finh	= far_fin,
	.closeh = far_close,
};


static void on_open(struct tunnel *tun, struct channel *ch, const char *what,
		    size_t len, void *arg)
{
	struct town *t = arg;
	(void)tun;
	(void)what;
	(void)len;

	t->down = ch;
	assert_int_equal(channel_accept(ch, &far_handlers, t), 0);
}


static void carry(struct town *t)
{
	uint8_t buf[4096];
	size_t n, m;

	do {
		n = tunnel_output(t->agent, buf, sizeof(buf));
		assert_int_equal(tunnel_input(t->server, buf, n), 0);
		m = tunnel_output(t->server, buf, sizeof(buf));
		assert_int_equal(tunnel_input(t->agent, buf, m), 0);
	} while (n || m);
}


static const struct channel_handlers none;


/* a tunnel with a channel in it */
static void tunnel_up(struct town *t)
{
	static const struct tunnel_handlers ah = {0}, sh = {.openh = on_open};

	assert_int_equal(tunnel_alloc(&t->agent, TUNNEL_AGENT, &ah, t), 0);
	assert_int_equal(tunnel_alloc(&t->server, TUNNEL_SERVER, &sh, t), 0);
	assert_int_equal(tunnel_attach(t->agent, 0), 0);
	assert_int_equal(tunnel_attach(t->server, 0), 0);
	assert_int_equal(tunnel_open(&t->up, t->agent, CHANNEL_BYTES, "x", 1,
				     &none, NULL), 0);
	carry(t);
	assert_non_null(t->down);
}


static void tunnel_down(struct town *t)
{
	t->agent  = mem_deref(t->agent);
	t->server = mem_deref(t->server);
	assert_null(t->down);
}


static void on_close(struct joint *j, enum tunnel_reason why, void *arg)
{
	struct town *t = arg;
	(void)j;
	(void)why;

	++t->closed;
	t->joint = mem_deref(t->joint);
}


static void begin(struct town *t)
{
	memset(t, 0, sizeof(*t));
	tunnel_up(t);
	t->terminal = mem_zalloc(sizeof(*t->terminal), NULL);
	assert_non_null(t->terminal);
	t->terminal->je.ops = &fake_ops;
	assert_int_equal(end_channel(&t->end, t->up), 0);
	assert_int_equal(end_lasts(t->end, 60000), 0);
	assert_int_equal(joint_alloc(&t->joint, &t->terminal->je, t->end, 0,
				     on_close, t), 0);
}


static void end(struct town *t)
{
	mem_deref(t->joint);
	mem_deref(t->end);
	mem_deref(t->terminal);
	mem_deref(t->agent);
	mem_deref(t->server);
}


static void terminal_says(struct town *t, const char *s)
{
	joint_put(&t->terminal->je, (const uint8_t *)s, strlen(s));
	carry(t);
}


static void far_says(struct town *t, const char *s)
{
	assert_int_equal(channel_send(t->down, (const uint8_t *)s, strlen(s)),
			 0);
	carry(t);
}


static void far_counts(struct town *t, uint64_t n)
{
	const uint64_t count = htobe64(n);

	assert_int_equal(channel_send(t->down, (const uint8_t *)&count, 8), 0);
	carry(t);
}


static void it_goes_on(void **state)
{
	struct town t;
	(void)state;

	begin(&t);
	terminal_says(&t, "setup ");
	far_says(&t, "connect ");
	/* not carried: it is lost with the tunnel */
	joint_put(&t.terminal->je, (const uint8_t *)"lost ", 5);
	assert_false(end_is_away(t.end));
	tunnel_down(&t);
	assert_int_equal(t.closed, 0);
	assert_int_equal(t.terminal->cuts, 0);
	assert_true(end_is_away(t.end));
	assert_int_equal(end_received(t.end), 8);
	/* kept until it goes on */
	joint_put(&t.terminal->je, (const uint8_t *)"kept ", 5);

	tunnel_up(&t);
	end_again(t.end, t.up);
	carry(&t);
	assert_int_equal(t.len, 6);
	far_counts(&t, 6);
	assert_int_equal(t.len, 16);
	assert_memory_equal(t.far, "setup lost kept ", 16);
	terminal_says(&t, "more");
	far_says(&t, "too");
	assert_memory_equal(t.far, "setup lost kept more", 20);
	assert_int_equal(t.terminal->len, 11);
	assert_memory_equal(t.terminal->got, "connect too", 11);
	assert_int_equal(end_received(t.end), 11);
	end(&t);
}


static void the_count_comes_in_pieces(void **state)
{
	static const uint8_t p[] = {0, 0, 0, 0, 0, 0, 0, 2, 'h', 'i'};
	struct town t;
	(void)state;

	begin(&t);
	terminal_says(&t, "abcd");
	tunnel_down(&t);
	t.len = 0;
	tunnel_up(&t);
	end_again(t.end, t.up);
	assert_int_equal(channel_send(t.down, p, 3), 0);
	carry(&t);
	assert_int_equal(t.len, 0);
	assert_int_equal(channel_send(t.down, p + 3, sizeof(p) - 3), 0);
	carry(&t);
	assert_memory_equal(t.far, "cd", 2);
	assert_int_equal(t.terminal->len, 2);
	assert_memory_equal(t.terminal->got, "hi", 2);
	end(&t);
}


static void it_may_be_lost_again(void **state)
{
	struct town t;
	(void)state;

	begin(&t);
	terminal_says(&t, "abcd");
	tunnel_down(&t);
	tunnel_up(&t);
	end_again(t.end, t.up);
	carry(&t);
	tunnel_down(&t); /* before the count came */
	assert_true(end_is_away(t.end));
	tunnel_up(&t);
	t.len = 0;
	end_again(t.end, t.up);
	far_counts(&t, 1);
	assert_memory_equal(t.far, "bcd", 3);
	assert_int_equal(t.closed, 0);
	end(&t);
}


/* what the terminal said last, and that it said all, gets there */
static void the_terminal_leaves_meanwhile(void **state)
{
	struct town t;
	(void)state;

	begin(&t);
	terminal_says(&t, "abcd");
	tunnel_down(&t);
	joint_put(&t.terminal->je, (const uint8_t *)"bye", 3);
	joint_fin(&t.terminal->je);
	tunnel_up(&t);
	t.len = 0;
	end_again(t.end, t.up);
	far_counts(&t, 4);
	assert_memory_equal(t.far, "bye", 3);
	assert_int_equal(t.fins, 1);
	end(&t);
}


/* it has received what was never sent, or does not know the connection */
static void it_does_not_go_on(void **state)
{
	struct town t;
	(void)state;

	for (int i = 0; i < 3; i++) {
		begin(&t);
		terminal_says(&t, "abcd");
		tunnel_down(&t);
		tunnel_up(&t);
		end_again(t.end, t.up);
		if (i == 0)
			far_counts(&t, 5);
		else if (i == 1)
			channel_fin(t.down);
		else
			channel_reset(t.down, TUNNEL_REFUSED);
		carry(&t);
		assert_int_equal(t.closed, 1);
		assert_int_equal(t.terminal->cuts, 1);
		end(&t);
	}
}


/* a server that is stopped says so in each channel */
static void the_server_stops(void **state)
{
	struct town t;
	(void)state;

	begin(&t);
	terminal_says(&t, "abcd");
	channel_reset(t.down, TUNNEL_SHUTDOWN);
	carry(&t);
	assert_int_equal(t.closed, 0);
	assert_true(end_is_away(t.end));
	tunnel_down(&t);
	tunnel_up(&t);
	t.len = 0;
	end_again(t.end, t.up);
	far_counts(&t, 2);
	assert_memory_equal(t.far, "cd", 2);
	end(&t);
}


/* a channel that ends for another reason takes the connection with it */
static void other_ends_are_ends(void **state)
{
	struct town t;
	(void)state;

	begin(&t);
	channel_reset(t.down, TUNNEL_UNREACHABLE);
	carry(&t);
	assert_int_equal(t.closed, 1);
	assert_int_equal(t.terminal->cuts, 1);
	end(&t);

	begin(&t);
	channel_fin(t.down);
	carry(&t);
	assert_int_equal(t.terminal->fins, 1);
	tunnel_down(&t); /* they have said all: nobody is there to go on */
	assert_int_equal(t.closed, 1);
	end(&t);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_is_kept),
		cmocka_unit_test(more_at_once_than_is_kept),
		cmocka_unit_test(it_goes_on),
		cmocka_unit_test(the_count_comes_in_pieces),
		cmocka_unit_test(it_may_be_lost_again),
		cmocka_unit_test(the_terminal_leaves_meanwhile),
		cmocka_unit_test(it_does_not_go_on),
		cmocka_unit_test(the_server_stops),
		cmocka_unit_test(other_ends_are_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
